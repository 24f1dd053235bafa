"""`/events`: what happened, in order, to be followed by a cursor."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest

from caseway.api.door import Limit, actor_of, router, scoped
from caseway.api.shapes import EventShape, Shape, event_shape
from caseway.cases.cursor import events_behind
from caseway.intake.text import Line

api = router()


class EventPage(Shape):
    """Events in order. `next` is the cursor for the next request, also when there is nothing new yet."""

    items: list[EventShape]
    next: str


@api.get("/events", response=EventPage)
@scoped
def list_events(
    request: HttpRequest,
    after: Annotated[str, Line(60)] = "",
    limit: Limit = 100,
    kind: Annotated[str, Line(40)] = "",
) -> dict[str, Any]:
    """List events behind the cursor `after`, oldest first. Who follows the cursor misses none."""
    found = events_behind(actor_of(request), after, limit=limit, kind=kind)
    return {"items": [event_shape(event) for event in found.events], "next": found.cursor}
