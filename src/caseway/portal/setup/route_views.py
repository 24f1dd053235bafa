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

from caseway.access import audit
from caseway.access.permissions import allowed, require
from caseway.delivery.models import Connection, Route
from caseway.intake.models import Submission
from caseway.portal.doors import actor_of, found, screen
from caseway.portal.words import CHANNELS, KINDS

_ANY = ("", gettext_lazy("any"))


class RouteForm(forms.ModelForm):  # type: ignore[type-arg]
    """A route; an empty condition matches everything."""

    class Meta:
        model = Route
        fields = ("name", "connection", "form_id", "service_id", "kind", "channel", "position", "active")
        labels = {
            "name": gettext_lazy("Name"),
            "connection": gettext_lazy("Deliver to"),
            "form_id": gettext_lazy("Form"),
            "service_id": gettext_lazy("Service"),
            "position": gettext_lazy("Position"),
            "active": gettext_lazy("In use"),
        }
        help_texts = {
            "form_id": gettext_lazy("Identifier of the form, as the sender gives it. Empty: any form."),
            "service_id": gettext_lazy("Identifier of the service. Empty: any service."),
            "position": gettext_lazy(
                "Routes are looked at in this order; each connection is delivered to once."
            ),
        }

    kind = forms.ChoiceField(
        label=gettext_lazy("What arrives"), required=False, choices=[_ANY, *KINDS.items()]
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"), required=False, choices=[_ANY, *CHANNELS.items()]
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["connection"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Connection.objects.order_by("name")
        known = [("form_id", "forms-known"), ("service_id", "services-known")]
        for name, datalist in known:
            self.fields[name].widget.attrs["list"] = datalist


@screen("connections.read")
def routes(request: HttpRequest) -> HttpResponse:
    """Every route in the order they are looked at."""
    rows = Route.objects.select_related("connection")
    context = {"routes": rows, "may_route": allowed(actor_of(request), "routes.edit")}
    return render(request, "setup/routes.html", context)


@screen("routes.edit")
def route_new(request: HttpRequest) -> HttpResponse:
    """Make a route; `?connection=` chooses where it leads."""
    chosen = Connection.objects.filter(slug=request.GET.get("connection", "")).first()
    last = Route.objects.order_by("-position").first()
    route = Route(
        organisation_id=actor_of(request).organisation_id,
        connection=chosen,
        position=last.position + 10 if last else 10,
    )
    return _edit(request, route, new=True)


@screen("routes.edit")
def route_edit(request: HttpRequest, route_id: UUID) -> HttpResponse:
    """Change a route; what is owed already stays owed."""
    return _edit(request, found(Route.objects.filter(id=route_id).first(), "route"), new=False)


@require_POST
@screen("routes.edit")
def route_delete(request: HttpRequest, route_id: UUID) -> HttpResponse:
    """Take a route away; what is owed already stays owed."""
    route = found(Route.objects.filter(id=route_id).first(), "route")
    audit.record(actor_of(request), "routes.delete", "route", route.id, name=route.name)
    route.delete()
    messages.success(request, _("The route is gone. What was owed by it stays owed."))
    return redirect("setup:routes")


def _edit(request: HttpRequest, route: Route, *, new: bool) -> HttpResponse:
    form = RouteForm(request.POST or None, instance=route)
    if request.method == "POST" and form.is_valid():
        actor = actor_of(request)
        require(actor, "routes.edit")
        saved = form.save()
        audit.record(
            actor, "routes.edit", "route", saved.id, name=saved.name, connection=saved.connection.slug
        )
        messages.success(request, _("The route is saved. It holds for what arrives from now on."))
        return redirect("setup:routes")
    context = {"form": form, "route": None if new else route, **known_names()}
    return render(request, "setup/route_form.html", context, status=422 if form.is_bound else 200)


def known_names() -> dict[str, list[tuple[str, str]]]:
    """Return forms and services that have arrived, to choose from; free text stays possible."""
    forms_seen = Submission.objects.exclude(form_id="").values_list("form_id", "form_name").distinct()[:100]
    services = (
        Submission.objects.exclude(service_id="").values_list("service_id", "service_name").distinct()[:100]
    )
    return {"forms_known": list(forms_seen), "services_known": list(services)}
