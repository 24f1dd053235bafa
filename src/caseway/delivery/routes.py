"""Routes as use cases, for every door: what is saved here holds for what arrives from then on."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import Max
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.access.scope import scope
from caseway.core.errors import Invalid, NotFound
from caseway.delivery.models import Connection, Route
from caseway.intake.data import Kind, Line60, Line100
from caseway.intake.text import Line

STEP = 10  # between the positions of two routes, so that one fits in between
_LAST = 2**31 - 1


class RouteDraft(BaseModel):
    """A route as somebody wants it. Empty conditions match everything; without a position it comes last."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: Annotated[str, Line(200, 1)]
    connection: Line60  # slug
    form_id: Line100 = ""
    service_id: Line100 = ""
    kind: Literal["", Kind] = ""
    channel: Annotated[str, Line(40, pattern=r"^([a-z0-9][a-z0-9._-]*)?$")] = ""
    position: int | None = Field(default=None, ge=0, le=_LAST)
    active: bool = True


def drafted(**values: Any) -> RouteDraft:
    """Return a draft of what was typed. Raises `Invalid` (`route.invalid`) with a sentence for each field."""
    try:
        return RouteDraft(**values)
    except ValidationError as error:
        raise Invalid(
            "Some of this cannot be used for a route.",
            code="route.invalid",
            remedy="Correct the fields named.",
            fields={str(one["loc"][0]): one["msg"] for one in error.errors()},
        ) from error


def save_route(actor: Actor, draft: RouteDraft, route_id: UUID | None = None) -> Route:
    """Make a route, or change the one of this id. What is owed already stays owed.

    Raises `NotFound` (`route.not_found`, `connection.not_found`) and `NotPermitted`.
    """
    require(actor, "routes.edit")
    with scope(actor.organisation_id):
        route = Route(organisation_id=actor.organisation_id) if route_id is None else _named(route_id)
        connection = Connection.objects.filter(slug=draft.connection).first()
        if connection is None:
            raise NotFound(f"There is no connection “{draft.connection}”.", code="connection.not_found")
        route.connection = connection
        if draft.position is not None or route_id is None:
            route.position = next_position() if draft.position is None else draft.position
        for name in ("name", "form_id", "service_id", "kind", "channel", "active"):
            setattr(route, name, getattr(draft, name))
        route.save()
        audit.record(actor, "routes.edit", "route", route.id, **draft.model_dump(exclude={"position"}))
    return route


def remove_route(actor: Actor, route_id: UUID) -> str:
    """Take a route away and return its name. What it made owed stays owed. Raises as `save_route` does."""
    require(actor, "routes.edit")
    with scope(actor.organisation_id):
        route = _named(route_id)
        audit.record(actor, "routes.delete", "route", route.id, name=route.name)
        route.delete()
    return route.name


def next_position() -> int:
    """Return the position behind every route, in the caller's scope."""
    return (Route.objects.aggregate(last=Max("position"))["last"] or 0) + STEP


def _named(route_id: UUID) -> Route:
    route = Route.objects.select_for_update().filter(id=route_id).first()
    if route is None:
        raise NotFound("There is no such route.", code="route.not_found")
    return route
