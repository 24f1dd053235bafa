"""API clients: registered with what they may do, their secret shown once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from caseway.access import clients as access_clients
from caseway.access.models import ApiClient
from caseway.access.permissions import SCOPES
from caseway.configuration import configuration
from caseway.core.errors import Invalid
from caseway.portal.doors import actor_of, screen
from caseway.portal.sentences import said

GRANTS = [
    ("client_credentials", gettext_lazy("acts for itself (client credentials)")),
    ("authorization_code", gettext_lazy("logs people in (authorization code)")),
]


SCOPE_WORDS = {
    "submissions:write": gettext_lazy("send submissions"),
    "submissions:read": gettext_lazy("read submissions, documents and cases"),
    "deliveries:read": gettext_lazy("see deliveries and connections"),
    "deliveries:write": gettext_lazy("have deliveries tried again"),
    "connections:read": gettext_lazy("see connections, their keys and conformance runs"),
    "connections:verify": gettext_lazy("start conformance runs"),
    "mappings:read": gettext_lazy("read mappings"),
    "arrivals:read": gettext_lazy("see what arrived over connections"),
    "arrivals:write": gettext_lazy("accept or reject what arrived"),
    "answers:write": gettext_lazy("answer applicants"),
    "remit": gettext_lazy("report what became of a case (return channel)"),
    "openid": gettext_lazy("know who signed in"),
    "profile": gettext_lazy("know the name of who signed in"),
    "email": gettext_lazy("know the e-mail address of who signed in"),
}


class ClientForm(forms.Form):
    """A system that gets tokens from us."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=100, help_text=gettext_lazy("What people call it.")
    )
    grants = forms.MultipleChoiceField(
        label=gettext_lazy("How it uses Caseway"), choices=GRANTS, widget=forms.CheckboxSelectMultiple
    )
    redirect_uris = forms.CharField(
        label=gettext_lazy("Return URL"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy(
            "Where people come back to after they logged in. One a line; only for the second use."
        ),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        choices=[(scope, format_lazy("{} ({})", SCOPE_WORDS.get(scope, scope), scope)) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )


@screen("clients.edit")
def clients(request: HttpRequest) -> HttpResponse:
    """Every client of the organisation."""
    rows = [(one, access_clients.terms_of(one)) for one in access_clients.clients(actor_of(request))]
    return render(request, "setup/clients.html", {"clients": rows})


@screen("clients.edit")
def client_new(request: HttpRequest) -> HttpResponse:
    """Register a client; the answer shows its secret, and no other page ever does."""
    form = ClientForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            return _secret(request, *_register(request, form.cleaned_data))
        except Invalid as error:
            field = str(error.details.get("field", ""))
            form.add_error(field if field in form.fields else None, said(error.sentence))
    return render(request, "setup/client_form.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
@screen("clients.edit")
def client_rotate(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """Give a client a new secret; the old one ends at once."""
    return _secret(request, *access_clients.rotate_secret(actor_of(request), client_id))


@require_POST
@screen("clients.edit")
def client_remove(request: HttpRequest, client_id: UUID) -> HttpResponse:
    """Remove a client; its tokens end at once."""
    access_clients.remove_client(actor_of(request), client_id)
    messages.success(request, _("The client is removed, and its tokens have ended."))
    return redirect("setup:clients")


def _register(request: HttpRequest, said: dict[str, Any]) -> tuple[ApiClient, str]:
    uris = [line.strip() for line in said["redirect_uris"].splitlines() if line.strip()]
    return access_clients.register_client(
        actor_of(request), said["name"], said["grants"], uris, said["scopes"]
    )


def _secret(request: HttpRequest, client: ApiClient, secret: str) -> HttpResponse:
    context = {"client": client, "secret": secret, "public_url": configuration().public_url}
    return render(request, "setup/client_secret.html", context)
