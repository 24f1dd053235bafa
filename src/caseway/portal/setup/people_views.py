"""People: invited, given a role, let go."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from caseway.access import people as access_people
from caseway.access.models import Role
from caseway.core.errors import Invalid
from caseway.portal.doors import actor_of, screen
from caseway.portal.sentences import words_of
from caseway.portal.words import ROLES


class InviteForm(forms.Form):
    """A person who shall have a role here."""

    email = forms.EmailField(label=gettext_lazy("E-mail"))
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=[(role.value, words) for role, words in ROLES.items()]
    )


@screen("users.edit")
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with a role in the organisation."""
    return _page(request, InviteForm(initial={"role": Role.CASEWORKER.value}))


@require_POST
@screen("users.edit")
def person_invite(request: HttpRequest) -> HttpResponse:
    """Give a person a role; who is new gets an address, shown here to be passed on."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    said = form.cleaned_data
    try:
        invitation = access_people.invite_user(actor_of(request), said["email"], said["name"], said["role"])
    except Invalid as error:
        form.add_error("email", words_of(error))
        return _page(request, form)
    if invitation.url:
        return render(request, "setup/invitation.html", {"invitation": invitation})
    messages.success(request, _("The person has a role here now, and signs in as before."))
    return redirect("setup:people")


@require_POST
@screen("users.edit")
def person_renew(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Make a new address for who has not signed in yet."""
    invitation = access_people.renew_invitation(actor_of(request), user_id)
    return render(request, "setup/invitation.html", {"invitation": invitation})


@require_POST
@screen("users.edit")
def person_role(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Change a person's role."""
    access_people.set_role(actor_of(request), user_id, request.POST.get("role", ""))
    messages.success(request, _("The role is changed; it holds from the next click on."))
    return redirect("setup:people")


@require_POST
@screen("users.edit")
def person_remove(request: HttpRequest, user_id: UUID) -> HttpResponse:
    """Take a person out of the organisation."""
    access_people.deactivate_user(actor_of(request), user_id)
    messages.success(request, _("The person has no role here any more."))
    return redirect("setup:people")


def _page(request: HttpRequest, form: InviteForm) -> HttpResponse:
    context = {
        "members": access_people.members(actor_of(request)),
        "roles": [(role.value, words) for role, words in ROLES.items()],
        "role_words": {role.value: words for role, words in ROLES.items()},
        "form": form,
    }
    return render(request, "setup/people.html", context, status=422 if form.is_bound else 200)
