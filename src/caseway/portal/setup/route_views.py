"""Routes: what arrives, and where it is owed to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from caseway.access.permissions import allowed
from caseway.core.errors import Invalid
from caseway.delivery.models import Connection, Route
from caseway.delivery.routes import RouteDraft, drafted, next_position, remove_route, save_route
from caseway.intake.models import Submission
from caseway.portal.doors import actor_of, found, screen
from caseway.portal.sentences import said
from caseway.portal.words import CHANNELS, KINDS

_ANY = ("", gettext_lazy("any"))


class RouteForm(forms.Form):
    """A route; an empty condition matches everything."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    connection = forms.ModelChoiceField(
        label=gettext_lazy("Deliver to"),
        queryset=Connection.objects.none(),
        to_field_name="slug",
        empty_label="",
    )
    form_id = forms.CharField(
        label=gettext_lazy("Form"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Identifier of the form, as the sender gives it. Empty: any form."),
        widget=forms.TextInput({"list": "forms-known"}),
    )
    service_id = forms.CharField(
        label=gettext_lazy("Service"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("Identifier of the service. Empty: any service."),
        widget=forms.TextInput({"list": "services-known"}),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What arrives"), required=False, choices=[_ANY, *KINDS.items()]
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"), required=False, choices=[_ANY, *CHANNELS.items()]
    )
    position = forms.IntegerField(
        label=gettext_lazy("Position"),
        min_value=0,
        max_value=2**31 - 1,
        help_text=gettext_lazy("Routes are looked at in this order; each connection is delivered to once."),
    )
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["connection"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Connection.objects.order_by("name")

    def draft(self) -> RouteDraft:
        """Return what was typed, once the form is valid. Raises `Invalid` with a sentence for each field."""
        return drafted(**{**self.cleaned_data, "connection": self.cleaned_data["connection"].slug})


@screen("connections.read")
def routes(request: HttpRequest) -> HttpResponse:
    """Every route in the order they are looked at."""
    rows = Route.objects.select_related("connection")
    context = {"routes": rows, "may_route": allowed(actor_of(request), "routes.edit")}
    return render(request, "setup/routes.html", context)


@screen("routes.edit")
def route_new(request: HttpRequest) -> HttpResponse:
    """Make a route; `?connection=` chooses where it leads."""
    chosen = request.GET.get("connection", "")
    return _edit(request, None, {"connection": chosen, "position": next_position(), "active": True})


@screen("routes.edit")
def route_edit(request: HttpRequest, route_id: UUID) -> HttpResponse:
    """Change a route; what is owed already stays owed."""
    route = found(Route.objects.select_related("connection").filter(id=route_id).first(), "route")
    stored = {name: getattr(route, name) for name in RouteForm.base_fields}
    return _edit(request, route, {**stored, "connection": route.connection.slug})


@require_POST
@screen("routes.edit")
def route_delete(request: HttpRequest, route_id: UUID) -> HttpResponse:
    """Take a route away; what is owed already stays owed."""
    remove_route(actor_of(request), route_id)
    messages.success(request, _("The route is gone. What was owed by it stays owed."))
    return redirect("setup:routes")


def _edit(request: HttpRequest, route: Route | None, initial: dict[str, Any]) -> HttpResponse:
    form = RouteForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            save_route(actor_of(request), form.draft(), route.id if route else None)
        except Invalid as error:
            for name, sentence in error.details.get("fields", {"name": error.sentence}).items():
                form.add_error(name, said(sentence))
        else:
            messages.success(request, _("The route is saved. It holds for what arrives from now on."))
            return redirect("setup:routes")
    context = {"form": form, "route": route, **known_names()}
    return render(request, "setup/route_form.html", context, status=422 if form.is_bound else 200)


def known_names() -> dict[str, list[tuple[str, str]]]:
    """Return forms and services that have arrived, to choose from; free text stays possible."""
    forms_seen = Submission.objects.exclude(form_id="").values_list("form_id", "form_name").distinct()[:100]
    services = (
        Submission.objects.exclude(service_id="").values_list("service_id", "service_name").distinct()[:100]
    )
    return {"forms_known": list(forms_seen), "services_known": list(services)}
