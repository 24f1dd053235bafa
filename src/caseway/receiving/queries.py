"""Questions about what arrived, each named after what it asks. All run in the caller's scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, Q, QuerySet

from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.core.clock import now
from caseway.core.errors import NotConfigured, NotFound
from caseway.delivery.links import unseal
from caseway.delivery.models import Connection, WireExchange
from caseway.rails.contract import Finding
from caseway.rails.inbound import Receives
from caseway.rails.registry import rail
from caseway.receiving.alarms import LATE
from caseway.receiving.models import FINAL, UNANSWERED, Arrival, PollState
from caseway.receiving.reasons import reasons_of

__all__ = [
    "ArrivalFilter",
    "ReceivingHealth",
    "arrival",
    "arrival_of_submission",
    "arrivals",
    "decisions_for",
    "exchanges_of_arrival",
    "findings",
    "late_arrivals",
    "reasons_of",
    "receiving_health",
]


@dataclass(frozen=True)
class ArrivalFilter:
    """Which arrivals; what is empty does not matter. `connection` is a slug."""

    state: str = ""
    connection: str = ""
    late: bool = False

    def apply(self, rows: QuerySet[Arrival]) -> QuerySet[Arrival]:
        """Return the rows that match."""
        if self.state:
            rows = rows.filter(state=self.state)
        if self.connection:
            rows = rows.filter(connection__slug=self.connection)
        return rows.filter(_late()) if self.late else rows


def arrivals(
    actor: Actor, wanted: ArrivalFilter, *, after: UUID | None = None, limit: int = 50
) -> list[Arrival]:
    """Return a page of arrivals, newest first, before the given one (keyset). Raises `NotPermitted`."""
    require(actor, "arrivals.read")
    rows = wanted.apply(_whole()).order_by("-id")
    if after is not None:
        rows = rows.filter(id__lt=after)
    return list(rows[:limit])


def arrival(actor: Actor, arrival_id: UUID) -> Arrival:
    """Return one arrival. Raises `NotFound` (`arrival.not_found`), `NotPermitted`."""
    require(actor, "arrivals.read")
    found = _whole().filter(organisation_id=actor.organisation_id, id=arrival_id).first()
    if found is None:
        raise NotFound("There is no such arrival.", code="arrival.not_found")
    return found


def arrival_of_submission(actor: Actor, submission_id: UUID) -> Arrival | None:
    """Return the arrival that a submission was taken in from, or None. Raises `NotPermitted`."""
    require(actor, "arrivals.read")
    return _whole().filter(submission_id=submission_id).first()


def decisions_for(arrival: Arrival) -> frozenset[str]:
    """Return what a person may decide now: of accept, reject, forward (where the rail can), collect."""
    answer, state = arrival.answer, arrival.state
    if answer is not None and answer.purpose in FINAL:
        return frozenset()
    if state == Arrival.State.TAKEN_IN:
        forward = answer is None and _can_be_forwarded(arrival)
        return frozenset({"accept", "reject"} | ({"forward"} if forward else set()))
    seen = state == Arrival.State.HELD or (state == Arrival.State.FOUND and arrival.failures > 0)
    return frozenset({"collect"} | ({"reject"} if seen else set()))


def _can_be_forwarded(arrival: Arrival) -> bool:
    if arrival.kind != "submission":
        return False
    try:
        found = rail(arrival.connection.rail)
        return isinstance(found, Receives) and found.manners(unseal(arrival.connection)).forwards
    except NotConfigured:
        return False  # then the connection says what is wrong with it


def exchanges_of_arrival(
    actor: Actor, arrival_id: UUID, *, after: UUID | None = None, limit: int = 200
) -> list[WireExchange]:
    """Return what was exchanged while collecting one arrival, oldest first. Raises as `arrival` does."""
    arrival(actor, arrival_id)
    rows = WireExchange.objects.filter(arrival_id=arrival_id).select_related("connection")
    if after is not None:
        rows = rows.filter(id__gt=after)
    return list(rows.order_by("id")[:limit])


@dataclass(frozen=True)
class ReceivingHealth:
    """A connection over which things come, with what has no answer yet."""

    connection: Connection
    poll: PollState | None  # None: never asked
    found: int  # to be collected
    held: int  # a person is needed
    taken_in: int  # durable here, not answered yet
    late: int
    oldest: datetime | None  # without an answer

    @property
    def age(self) -> timedelta:
        return now() - self.oldest if self.oldest else timedelta()


def receiving_health() -> list[ReceivingHealth]:
    """Return every connection that was asked for arrivals or has some, the oldest unanswered first."""
    state = Arrival.State
    open_ones = (
        Arrival.objects.filter(UNANSWERED)
        .values("connection_id")
        .annotate(
            found=Count("id", filter=Q(state=state.FOUND)),
            held=Count("id", filter=Q(state=state.HELD)),
            taken_in=Count("id", filter=Q(state=state.TAKEN_IN)),
            late=Count("id", filter=Q(alarm_at__lte=now())),
            oldest=Min("found_at"),
        )
    )
    counts: dict[UUID, dict[str, Any]] = {
        row["connection_id"]: {name: value for name, value in row.items() if name != "connection_id"}
        for row in open_ones
    }
    polls = {poll.connection_id: poll for poll in PollState.objects.filter(polled_at__isnull=False)}
    failing = PollState.objects.filter(polled_at=None, failures__gt=0)
    polls |= {poll.connection_id: poll for poll in failing}
    nothing = {"found": 0, "held": 0, "taken_in": 0, "late": 0, "oldest": None}
    found = [
        ReceivingHealth(one, polls.get(one.id), **counts.get(one.id, nothing))
        for one in Connection.objects.filter(id__in={*counts, *polls}).order_by("name")
    ]
    return sorted(found, key=lambda health: (health.oldest is None, health.oldest or now()))


def late_arrivals(*, limit: int = 50) -> list[Arrival]:
    """Return what has been without an answer for too long, the longest first."""
    return list(_whole().filter(_late()).order_by("alarm_at", "id")[:limit])


def findings() -> list[Finding]:
    """Return what a person must know about receiving: what is late, and who cannot be asked."""
    found: list[Finding] = []
    for one in receiving_health():
        if one.late:
            found.append(_late_finding(one))
        if one.poll is not None and one.poll.failures:
            found.append(_poll_finding(one.connection, one.poll))
    return found


def _late_finding(health: ReceivingHealth) -> Finding:
    return Finding(
        LATE,
        False,
        f"Without an answer for too long at {health.connection.name}: {health.late}.",
        "Look at each: what is held needs a decision, what waits needs its cause mended, an answer that is "
        "stuck needs its delivery retried.",
        {"connection": health.connection.slug, "count": health.late, "oldest": str(health.oldest)},
    )


def _poll_finding(connection: Connection, poll: PollState) -> Finding:
    return Finding(
        "poll.fails",
        False,
        f"{connection.name} cannot be asked for what waits there: {poll.sentence}",
        "Look at the connection. It is asked again by itself.",
        {"connection": connection.slug, "code": poll.code, "failures": poll.failures},
    )


def _whole() -> QuerySet[Arrival]:
    return Arrival.objects.select_related("connection", "submission", "submission__case", "answer")


def _late() -> Q:
    return UNANSWERED & Q(alarm_at__lte=now())
