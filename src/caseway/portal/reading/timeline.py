"""The way of one message: received, placed, owed, planned, every try, every decision, and what comes next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from caseway.cases.models import Event
from caseway.core.clock import now
from caseway.delivery.models import STUCK_STATES, Attempt, Delivery, DeliveryState, Step
from caseway.intake.models import Submission
from caseway.portal.ages import age_words, size_words
from caseway.portal.receiving_words import DECISIONS, REPLY_CHANNELS
from caseway.portal.sentences import said
from caseway.portal.words import CHANNELS


@dataclass(frozen=True)
class Entry:
    """One thing that happened, or comes next (`at` None)."""

    at: datetime | None
    tone: str  # good | wait | bad | quiet | todo: of the dot
    title: str
    text: str = ""
    connection: str = ""
    delivery_id: str = ""


def timeline(submission: Submission, deliveries: Sequence[Delivery]) -> list[Entry]:
    """Return the way of a message, the oldest first, what comes next last."""
    names = {delivery.id: delivery.connection.name for delivery in deliveries}
    past = [
        *_beginning(submission),
        *(entry for event in _events(submission) if (entry := _of_event(event, names)) is not None),
        *(_of_attempt(attempt, names) for attempt in _attempts(deliveries)),
    ]
    ahead = [entry for delivery in deliveries if (entry := _ahead(delivery)) is not None]
    return sorted(past, key=lambda entry: entry.at or submission.received_at) + ahead


def _beginning(submission: Submission) -> Iterator[Entry]:
    count = submission.documents_count
    documents = ngettext("%(n)d document", "%(n)d documents", count) % {"n": count}
    yield Entry(
        submission.received_at,
        "good",
        _first_words(submission),
        f"{documents} · {size_words(submission.bytes)} · {submission.sender}",
    )
    yield Entry(
        submission.received_at,
        "good",
        _("Placed on case %(case)s") % {"case": submission.case.reference},
    )


def _first_words(submission: Submission) -> str:
    channel = CHANNELS.get(submission.channel) or REPLY_CHANNELS.get(submission.channel, submission.channel)
    if submission.kind == Submission.Kind.ANSWER:
        return _("Answer written, to go by %(channel)s") % {"channel": channel}
    return _("Received: %(channel)s") % {"channel": channel}


def _events(submission: Submission) -> list[Event]:
    return list(Event.objects.filter(submission_id=submission.id, kind__in=_TOLD).order_by("at", "id"))


_TOLD = (
    "delivery.owed",
    "delivery.not_applicable",
    "delivery.planned",
    "delivery.attention",
    "delivery.sent",
    "delivery.voided",
    "delivery.delivered",
    "delivery.retried",
    "delivery.closed",
    "answer.not_connected",
    "arrival.decided",
)


def _of_event(event: Event, names: dict[Any, str]) -> Entry | None:
    data = event.data
    connection = names.get(event.delivery_id, str(data.get("connection", "")))
    tone, title, text = _event_words(event.kind, event.actor, data, connection)
    return Entry(event.at, tone, title, text, connection, str(event.delivery_id or ""))


def _event_words(kind: str, actor: str, data: dict[str, Any], connection: str) -> tuple[str, str, str]:
    reason = str(data.get("reason") or "")
    if kind == "delivery.owed":
        route = _("Route “%(route)s”") % {"route": data.get("route", "")}
        return "good", _("Owed to %(connection)s") % {"connection": connection}, route
    if kind == "delivery.not_applicable":
        return "quiet", _("Nothing to send"), str(data.get("rule", ""))
    if kind == "delivery.planned":
        steps = int(data.get("steps") or 0)
        planned = ngettext("%(n)d step", "%(n)d steps", steps) % {"n": steps}
        return (
            "good",
            _("Mapped and planned"),
            " · ".join(filter(None, [planned, str(data.get("mapping", ""))])),
        )
    if kind == "delivery.attention":
        return "bad", _("Needs a person"), said(str(data.get("sentence") or data.get("code") or ""))
    if kind in _PLAIN:
        return _plain_words(kind, actor, data, connection)
    if kind == "delivery.delivered":
        return (
            "good",
            _("Delivered to %(connection)s") % {"connection": connection},
            _("Every step has its receipt."),
        )
    if kind == "delivery.retried":
        return "wait", _("%(person)s had it tried again") % {"person": actor}, reason
    return "quiet", _("%(person)s closed it without sending") % {"person": actor}, reason


_PLAIN = ("delivery.sent", "delivery.voided", "answer.not_connected", "arrival.decided")


def _plain_words(kind: str, actor: str, data: dict[str, Any], connection: str) -> tuple[str, str, str]:
    """What happens only where the other side judges, or where somebody is answered."""
    if kind == "delivery.sent":
        handed_over = _("Handed over to %(connection)s") % {"connection": connection}
        return "good", handed_over, _("The other side judges it; its verdict is awaited.")
    if kind == "delivery.voided":
        return "wait", _("Earlier receipts hold no more"), _("Their steps are sent anew.")
    if kind == "answer.not_connected":
        channel = REPLY_CHANNELS.get(str(data.get("channel")), str(data.get("channel")))
        return "bad", _("Not connected: %(channel)s") % {"channel": channel}, _("It went to nobody.")
    decided = DECISIONS.get(str(data.get("decision")), str(data.get("decision")))
    return (
        "good",
        _("%(person)s decided: %(decision)s") % {"person": actor, "decision": decided},
        str(data.get("reason") or ""),
    )


def _attempts(deliveries: Sequence[Delivery]) -> list[Attempt]:
    rows = Attempt.objects.filter(delivery_id__in=[delivery.id for delivery in deliveries])
    return list(rows.select_related("step", "step__receipt").order_by("started_at", "id"))


def _of_attempt(attempt: Attempt, names: dict[Any, str]) -> Entry:
    tone, title = _attempt_title(attempt)
    return Entry(
        attempt.started_at,
        tone,
        title % {"step": said(attempt.step.title)},
        " · ".join(_attempt_facts(attempt)),
        names.get(attempt.delivery_id, ""),
        str(attempt.delivery_id),
    )


def _attempt_title(attempt: Attempt) -> tuple[str, str]:
    if attempt.what == Attempt.What.PROBE:
        return {
            "receipted": ("good", _("Looked: it had arrived: %(step)s")),
            "absent": ("wait", _("Looked: it is not there: %(step)s")),
        }.get(attempt.outcome, ("wait", _("Looked, and could not tell: %(step)s")))
    return {
        "receipted": ("good", _("Filed: %(step)s")),
        "refused": ("bad", _("Refused: %(step)s")),
        "unavailable": ("wait", _("Not reached: %(step)s")),
        "unknown": ("wait", _("Outcome unknown: %(step)s")),
        "lost": ("wait", _("Broken off: %(step)s")),
    }.get(attempt.outcome, ("wait", _("Being sent: %(step)s")))


def _attempt_facts(attempt: Attempt) -> Iterator[str]:
    receipt = getattr(attempt.step, "receipt", None)
    if attempt.outcome == "receipted" and receipt is not None:
        yield f"→ {receipt.remote_id}"
    if attempt.finished_at is not None:
        yield f"{(attempt.finished_at - attempt.started_at).total_seconds() * 1000:.0f} ms"
    if attempt.number > 1:
        yield _("try %(n)d") % {"n": attempt.number}
    if attempt.sentence:
        yield said(attempt.sentence)


def _ahead(delivery: Delivery) -> Entry | None:
    connection, key = delivery.connection.name, str(delivery.id)
    left = delivery.steps.exclude(state=Step.State.DONE).count()
    todo = ngettext("%(n)d step to go", "%(n)d steps to go", left) % {"n": left} if left else ""
    if delivery.state in STUCK_STATES:
        text = _("Not tried again by itself: the same answer would come again.")
        return Entry(None, "todo", _("Waits for a person"), text, connection, key)
    if delivery.connection.paused_at is not None and delivery.state == DeliveryState.WAITING:
        return Entry(None, "todo", _("Waits: the connection is paused"), todo, connection, key)
    if delivery.state == DeliveryState.SENT:
        return Entry(None, "todo", _("Waits for the verdict"), _asked_again(delivery), connection, key)
    if delivery.state in (DeliveryState.WAITING, DeliveryState.UNKNOWN, DeliveryState.TRANSMITTING):
        return Entry(None, "todo", _("Waits to be sent"), todo, connection, key)
    return None


def _asked_again(delivery: Delivery) -> str:
    if delivery.follow_at is None:
        return ""
    left = delivery.follow_at - now()
    return _("Asked again in %(age)s.") % {"age": age_words(left)} if left.total_seconds() > 0 else ""
