"""`/replays`: many deliveries tried again as one batch, planned and looked at before it starts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Count
from django.http import HttpRequest
from pydantic import ConfigDict, Field

from caseway.api.delivery_reading import replay as find_replay
from caseway.api.door import actor_of, router, scoped
from caseway.api.shapes import Shape
from caseway.delivery.models import DeliveryState, Replay
from caseway.delivery.queries import DeliveryFilter
from caseway.delivery.replay import plan_replay, progress, start_replay
from caseway.intake.moments import Moment
from caseway.intake.text import Line

api = router()


class FilterShape(Shape):
    """Which deliveries; every field given must match."""

    model_config = ConfigDict(extra="forbid")
    state: DeliveryState | None = None
    code: Annotated[str, Line(80)] = ""
    connection: Annotated[str, Line(60)] = ""
    form: Annotated[str, Line(100)] = ""
    since: Moment | None = None
    until: Moment | None = None
    ids: list[UUID] = Field(default=[], max_length=10_000)


class ReplayWish(Shape):
    """What should be tried again, and why."""

    model_config = ConfigDict(extra="forbid")
    filter: FilterShape
    reason: Annotated[str, Line(300)] = ""


class SkipShape(Shape):
    """How many are skipped for one reason."""

    reason: str
    count: int


class ReplayShape(Shape):
    """A replay: what it will send, what it will skip and why, and how far it is."""

    id: UUID
    state: str
    filter: dict[str, Any]
    reason: str
    send: int
    skip: int
    done: int
    skipped: list[SkipShape]
    created_at: datetime
    created_by: str
    finished_at: datetime | None


@api.post("/replays", response={201: ReplayShape})
@scoped
def post_replay(request: HttpRequest, wish: ReplayWish) -> ReplayShape:
    """Plan a replay: nothing is sent, the answer says what would be."""
    chosen = wish.filter
    wanted = DeliveryFilter(
        state=chosen.state or "",
        code=chosen.code,
        connection=chosen.connection,
        form=chosen.form,
        since=chosen.since,
        until=chosen.until,
        ids=tuple(chosen.ids),
    )
    return _shape(plan_replay(actor_of(request), wanted, wish.reason))


@api.get("/replays/{uuid:replay_id}", response=ReplayShape)
@scoped
def get_replay(request: HttpRequest, replay_id: UUID) -> ReplayShape:
    """Show a replay and how far it is."""
    return _shape(find_replay(actor_of(request), replay_id))


@api.post("/replays/{uuid:replay_id}/start", response=ReplayShape)
@scoped
def post_start(request: HttpRequest, replay_id: UUID) -> ReplayShape:
    """Start a planned replay."""
    return _shape(start_replay(actor_of(request), replay_id))


def _shape(replay: Replay) -> ReplayShape:
    reasons = (
        replay.items.filter(decision="skip").values_list("reason").annotate(Count("id")).order_by("reason")
    )
    return ReplayShape(
        id=replay.id,
        state=replay.state,
        filter=replay.filter,
        reason=replay.reason,
        **progress(replay),
        skipped=[SkipShape(reason=reason, count=count) for reason, count in reasons],
        created_at=replay.created_at,
        created_by=replay.created_by,
        finished_at=replay.finished_at,
    )
