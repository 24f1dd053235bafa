"""Routes as use cases: add one; the next thing that arrives is owed by it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Max

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.access.scope import scope
from caseway.core.errors import NotFound
from caseway.delivery.models import Connection, Route


@dataclass(frozen=True)
class RouteDraft:
    """A route as somebody asked for it. Empty conditions match everything."""

    name: str
    connection: str  # slug
    form_id: str = ""
    service_id: str = ""
    kind: str = ""
    channel: str = ""


def add_route(actor: Actor, draft: RouteDraft) -> Route:
    """Add a route behind the others. Raises `NotFound` for an unknown connection, `NotPermitted`."""
    require(actor, "routes.edit")
    with scope(actor.organisation_id):
        connection = Connection.objects.filter(slug=draft.connection).first()
        if connection is None:
            raise NotFound(f"There is no connection “{draft.connection}”.", code="connection.not_found")
        last = Route.objects.aggregate(last=Max("position"))["last"] or 0
        route = Route.objects.create(
            organisation_id=actor.organisation_id,
            name=draft.name,
            position=last + 10,
            connection=connection,
            form_id=draft.form_id,
            service_id=draft.service_id,
            kind=draft.kind,
            channel=draft.channel,
        )
        audit.record(actor, "routes.edit", "route", route.id, name=route.name, connection=connection.slug)
    return route
