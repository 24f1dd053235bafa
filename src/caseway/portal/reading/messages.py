"""The list of messages: filters that live in the address, counts by state, and what a row shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from caseway.access.scope import current_organisation
from caseway.cases.models import Case, Event
from caseway.core.redaction import mask
from caseway.delivery.models import Connection, Delivery, DeliveryState, Receipt
from caseway.intake.models import Submission
from caseway.intake.moments import EARLIEST, LATEST
from caseway.portal.reading.states import message_state

COUNTED_TO = 1000  # beyond this a count says "1000+": counting a million rows helps nobody
FOUND_TO = 500


@dataclass(frozen=True)
class MessageFilter:
    """Which messages: every field is a parameter of the address; empty means all."""

    q: str = ""
    state: str = ""
    connection: str = ""
    form: str = ""
    kind: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> MessageFilter:
        """Return the filter in an address. A state or day that does not exist filters nothing."""
        given = {field.name: query.get(field.name, "").strip()[:200] for field in fields(cls)}
        if given["state"] not in DeliveryState.values:
            given["state"] = ""
        given["since"], given["until"] = _a_day(given["since"]), _a_day(given["until"])
        return cls(**given)

    def parameters(self, **changes: str) -> str:
        """Return the filter as the query of an address, with some fields changed."""
        return urlencode({name: value for name, value in {**asdict(self), **changes}.items() if value})

    @property
    def narrowed(self) -> bool:
        """Tell whether anything is filtered."""
        return any(asdict(self).values())


@dataclass(frozen=True)
class MessageRow:
    """One message as a list shows it. `applicant` is masked."""

    submission: Submission
    deliveries: Sequence[Delivery]
    state: str
    applicant: str


def messages(chosen: MessageFilter) -> QuerySet[Submission]:
    """Return the messages of a filter, to be ordered by their id."""
    rows = _without_state(chosen)
    if not chosen.state:
        return rows
    # By a join, which can begin at the deliveries: what is stuck may lie behind a million that are not.
    owed = Q(deliveries__organisation_id=current_organisation(), deliveries__state=chosen.state)
    if chosen.connection:
        owed &= Q(deliveries__connection__slug=chosen.connection)
    return rows.filter(owed).distinct("id")


def state_counts(chosen: MessageFilter) -> dict[str, int]:
    """Return for each state how many messages of the filter have a delivery in it, at most `COUNTED_TO`."""
    rows = _without_state(chosen)
    counts: dict[str, int] = {}
    for state in DeliveryState.values:
        having = _deliveries(chosen).filter(submission_id=OuterRef("id"), state=state)
        counts[state] = rows.filter(Exists(having)).order_by()[:COUNTED_TO].count()
    return counts


def message_rows(submissions: Iterable[Submission]) -> list[MessageRow]:
    """Return the rows of a page, with the deliveries of each, in two queries."""
    chosen = list(submissions)
    ids = [submission.id for submission in chosen]
    by_submission: dict[UUID | None, list[Delivery]] = {}
    for delivery in (
        Delivery.objects.filter(submission_id__in=ids).select_related("connection").order_by("id")
    ):
        by_submission.setdefault(delivery.submission_id, []).append(delivery)
    excused = set(
        Event.objects.filter(submission_id__in=ids, kind="delivery.not_applicable").values_list(
            "submission_id", flat=True
        )
    )
    return [_row(submission, by_submission.get(submission.id, []), excused) for submission in chosen]


def forms_in_use() -> list[tuple[str, str]]:
    """Return the forms that messages came from lately: id and name."""
    rows = Submission.objects.exclude(form_id="").order_by("-id").values_list("form_id", "form_name")[:2000]
    return sorted(
        {form_id: name or form_id for form_id, name in reversed(rows)}.items(), key=lambda form: form[1]
    )


def _row(submission: Submission, deliveries: list[Delivery], excused: set[UUID | None]) -> MessageRow:
    state = message_state({delivery.state for delivery in deliveries}, submission.id in excused)
    return MessageRow(submission, deliveries, state, mask(str(submission.applicant.get("name", ""))))


def _without_state(chosen: MessageFilter) -> QuerySet[Submission]:
    rows = Submission.objects.select_related("case")
    if chosen.q:
        rows = rows.filter(id__in=_named(chosen.q))
    if chosen.form:
        rows = rows.filter(form_id=chosen.form)
    if chosen.kind:
        rows = rows.filter(kind=chosen.kind)
    if chosen.since:
        rows = rows.filter(received_at__gte=_midnight(chosen.since))
    if chosen.until:
        rows = rows.filter(received_at__lt=_midnight(chosen.until) + timedelta(days=1))
    if chosen.connection:
        rows = rows.filter(Exists(_deliveries(chosen).filter(submission_id=OuterRef("id"))))
    return rows


def _deliveries(chosen: MessageFilter) -> QuerySet[Delivery]:
    return Delivery.objects.filter(**({"connection__slug": chosen.connection} if chosen.connection else {}))


def _named(words: str) -> set[UUID]:
    """Find by reference, key, remote id, or case, whole words only. Returns ids of messages.

    Each is asked by its own index: with all in one condition PostgreSQL would look at every message.
    """
    ours = Submission.objects.filter(organisation_id=current_organisation())
    cases = Case.objects.filter(organisation_id=current_organisation())
    cases = cases.filter(Q(reference_folded=words.lower()) | ~Q(source_id="") & Q(source_id=words))
    receipts = Receipt.objects.filter(connection__in=Connection.objects.values("id"), remote_id=words)
    found = (
        ours.filter(reference=words.upper()).values_list("id"),  # we give capitals
        ours.filter(idempotency_key=words).values_list("id"),
        ours.filter(case_id__in=list(cases.values_list("id", flat=True)[:FOUND_TO])).values_list("id"),
        receipts.values_list("step__delivery__submission_id"),
    )
    return {id_ for rows in found for (id_,) in rows[:FOUND_TO] if id_}


def _a_day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return ""
    # Near the ends of the calendar the next day, or a change of zone, would leave it.
    return day.isoformat() if EARLIEST.date() <= day < LATEST.date() else ""


def _midnight(day: str) -> datetime:
    return timezone.make_aware(datetime.combine(date.fromisoformat(day), time.min))
