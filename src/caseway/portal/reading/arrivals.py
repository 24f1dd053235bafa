"""What arrived over connections, as the portal lists and counts it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Min, Q, QuerySet
from django.http import QueryDict

from caseway.delivery.models import STUCK_STATES, Connection, Delivery, Purpose
from caseway.receiving.models import ANSWERED, FINAL, UNANSWERED, Arrival
from caseway.receiving.queries import ArrivalFilter, ReceivingHealth, receiving_health

COUNTED_TO = 1000

_A_PERSON = Q(state=Arrival.State.HELD, answer=None) | Q(
    Q(answer=None) | ~Q(answer__purpose__in=FINAL), state=Arrival.State.TAKEN_IN
)
"""Held, or durable here and not decided about: nothing goes on without a person."""

VIEWS = ("person", "late", *Arrival.State.values)


@dataclass(frozen=True)
class ArrivalsChosen:
    """Which arrivals: every field is a parameter of the address; empty means all."""

    q: str = ""
    view: str = ""  # a state, `person` (waits for one) or `late`
    connection: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> ArrivalsChosen:
        """Return the filter in an address. A view that does not exist filters nothing."""
        said = {field.name: query.get(field.name, "") for field in fields(cls)}
        given = {name: value.replace("\0", "").strip()[:200] for name, value in said.items()}
        if given["view"] not in VIEWS:
            given["view"] = ""
        return cls(**given)

    def parameters(self, **changes: str) -> str:
        """Return the filter as the query of an address, with some fields changed."""
        return urlencode({name: value for name, value in {**asdict(self), **changes}.items() if value})

    @property
    def narrowed(self) -> bool:
        """Tell whether anything is filtered."""
        return any(asdict(self).values())


def arrivals(chosen: ArrivalsChosen) -> QuerySet[Arrival]:
    """Return the arrivals of a filter, in no order yet."""
    return _in_view(_without_view(chosen), chosen.view)


def view_counts(chosen: ArrivalsChosen) -> dict[str, int]:
    """Return how many arrivals of the filter are in each view, at most `COUNTED_TO`."""
    rows = _without_view(chosen)
    return {view: _in_view(rows, view).order_by()[:COUNTED_TO].count() for view in VIEWS}


def waiting_for_a_person() -> int:
    """Return how many arrivals do not go on without a person."""
    return Arrival.objects.filter(_A_PERSON).count()


def state_of(arrival: Arrival) -> str:
    """Return how an arrival is shown: by its answer, where there is one that ends it; else by itself."""
    answer = arrival.answer
    if answer is not None and answer.purpose in FINAL and arrival.state != Arrival.State.GONE:
        return _answered(answer)
    if arrival.state == Arrival.State.TAKEN_IN and answer is not None:
        return "forwarded"
    if arrival.state == Arrival.State.FOUND and arrival.failures:
        return "not_collected"
    return arrival.state


def _answered(answer: Delivery) -> str:
    accepts = answer.purpose == Purpose.ACCEPT
    if answer.state in STUCK_STATES:
        return "answer_stuck"
    if answer.state not in ANSWERED:
        return "accepting" if accepts else "rejecting"
    if answer.state == "not_applicable":
        return "closed"
    return "accepted" if accepts else "rejected"


@dataclass(frozen=True)
class ReceivingRow:
    """A connection over which things come; `answer_by`: when the other side ends the first without us."""

    health: ReceivingHealth
    answer_by: datetime | None
    person: int

    @property
    def tone(self) -> str:
        """Return how bad it is: late first, then what needs a person or cannot be asked."""
        if self.health.late:
            return "bad"
        failing = self.health.poll is not None and self.health.poll.failures
        return "wait" if self.person or failing else ""

    @property
    def waiting(self) -> int:
        return self.health.found + self.health.held + self.health.taken_in


def receiving_rows() -> list[ReceivingRow]:
    """Return every connection over which things come, the one with the oldest unanswered thing first."""
    ends: dict[UUID, datetime | None] = dict(
        Arrival.objects.filter(UNANSWERED).values_list("connection_id").annotate(first=Min("answer_by"))
    )
    person: dict[UUID, int] = {}
    for connection_id in Arrival.objects.filter(_A_PERSON).values_list("connection_id", flat=True):
        person[connection_id] = person.get(connection_id, 0) + 1
    return [
        ReceivingRow(one, ends.get(one.connection.id), person.get(one.connection.id, 0))
        for one in receiving_health()
    ]


def _without_view(chosen: ArrivalsChosen) -> QuerySet[Arrival]:
    rows = Arrival.objects.select_related("connection", "submission", "submission__case", "answer")
    rows = ArrivalFilter(connection=chosen.connection).apply(rows)
    if chosen.q:
        # by the index on (connection, kind, remote id) and that on (connection, remote case)
        everywhere = list(Connection.objects.values_list("id", flat=True))
        named = Q(kind__in=["submission", "reply"], remote_id=chosen.q) | Q(remote_case_id=chosen.q)
        rows = rows.filter(named, connection_id__in=everywhere)
    return rows


def _in_view(rows: QuerySet[Arrival], view: str) -> QuerySet[Arrival]:
    if view == "person":
        return rows.filter(_A_PERSON)
    if view == "late":
        return ArrivalFilter(late=True).apply(rows)
    return ArrivalFilter(state=view).apply(rows)
