"""After the sending: what was handed over is followed until the other side's verdict.

Following only reads there, so it needs no lane: whoever asks first applies the verdict, under the row's lock,
to a delivery that is still *sent*. Asked on a schedule that grows slower with age, and at once when a
callback says that something happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from caseway.access.scope import everything, scope
from caseway.cases.events import happened, record
from caseway.core.clock import now
from caseway.core.errors import CasewayError, Unavailable
from caseway.core.log import get_logger
from caseway.core.redaction import redact_json, redact_text
from caseway.delivery import circuit
from caseway.delivery.failing import policy_of
from caseway.delivery.finishing import finish
from caseway.delivery.links import open_connection, recording, write_exchanges
from caseway.delivery.models import Connection, Delivery, DeliveryState, Receipt
from caseway.delivery.remote_log import keep_log
from caseway.delivery.states import delivery_after
from caseway.delivery.transmit import Transmission
from caseway.rails.contract import Receipt as Proof
from caseway.rails.following import Followed, Follows, Sent, Verdict

SOONEST = timedelta(seconds=10)
LATEST = timedelta(hours=1)
BATCH = 200


HANDING_OVER = (
    "state",
    "attempts",
    "sent_at",
    "follow_at",
    "remote_case_id",
    "next_attempt_at",
    "failures",
    "code",
    "sentence",
    "remedy",
    "details",
)


def handed_over(run: Transmission) -> None:
    """Note that every step has its receipt and the verdict is awaited; the caller writes it."""
    delivery, moment = run.delivery, now()
    delivery.state = delivery_after(delivery.state, "handed_over")
    delivery.sent_at = delivery.follow_at = moment
    delivery.remote_case_id = _remote_case(run)
    delivery.next_attempt_at, delivery.failures = None, 0
    delivery.code = delivery.sentence = delivery.remedy = ""
    delivery.details = {}
    run.entry.change(delivery, *HANDING_OVER)
    run.entry.add(
        happened(
            "delivery.sent",
            delivery.organisation_id,
            submission_id=delivery.submission_id,
            case_id=delivery.case_id,
            delivery_id=delivery.id,
            connection=delivery.connection.name,
        )
    )


def _remote_case(run: Transmission) -> str:
    named = (str(run.receipts[step.key].facts.get("remote_case_id", "")) for step in run.steps)
    return next((name for name in named if name), "")[:200]


def follow_due() -> int:
    """Follow what is due, of connections that may be used. Returns how many verdicts fell."""
    moment = now()
    with everything():
        due = list(
            Delivery.objects.filter(
                state=DeliveryState.SENT, follow_at__lte=moment, connection__paused_at=None
            )
            .exclude(connection__circuit=Connection.Circuit.OPEN, connection__circuit_until__gt=moment)
            .order_by("follow_at")
            .values_list("id", "organisation_id")[:BATCH]
        )
    return sum(follow_delivery(organisation_id, delivery_id) for delivery_id, organisation_id in due)


def follow_soon(connection: Connection, remote_case_ids: Iterable[str]) -> int:
    """Have the deliveries of remote cases followed at the next turn, in the caller's transaction."""
    return Delivery.objects.filter(
        connection=connection, remote_case_id__in=list(remote_case_ids), state=DeliveryState.SENT
    ).update(follow_at=now())


def follow_delivery(organisation_id: UUID, delivery_id: UUID) -> bool:
    """Ask the other side about one delivery and write what it says. True when the verdict fell."""
    with scope(organisation_id):
        delivery = Delivery.objects.select_related("connection").filter(id=delivery_id).first()
        if delivery is None or delivery.state != DeliveryState.SENT:
            return False
        receipts = list(Receipt.objects.filter(step__delivery=delivery))
    with recording() as exchanges:
        try:
            followed = _ask(delivery, receipts)
        except CasewayError as error:
            with scope(organisation_id):
                write_exchanges(delivery.connection, exchanges, delivery_id=delivery.id, attempt_id=None)
                _not_now(delivery, error)
            return False
    with scope(organisation_id):
        write_exchanges(delivery.connection, exchanges, delivery_id=delivery.id, attempt_id=None)
        return _apply(delivery_id, followed)


def _ask(delivery: Delivery, receipts: Sequence[Receipt]) -> Followed:
    opened = open_connection(delivery.connection)
    if not isinstance(opened.rail, Follows):
        return Followed(verdict=Verdict(True, "The other side has it."))
    sent = Sent(
        delivery.id,
        delivery.purpose,
        delivery.sent_at or delivery.created_at,
        {row.key: _proof(row) for row in receipts},
    )
    return opened.rail.follow(sent, opened.link)


def _proof(row: Receipt) -> Proof:
    return Proof(row.remote_id, row.facts, row.adopted, tuple(row.warnings), row.awaiting)


def _apply(delivery_id: UUID, followed: Followed) -> bool:
    locked = Delivery.objects.select_for_update(of=("self",)).select_related("connection").get(id=delivery_id)
    keep_log(locked.connection, locked.remote_case_id, followed.log)
    if locked.state != DeliveryState.SENT:
        return False
    if followed.verdict is None:
        _ask_again(locked)
        return False
    if followed.verdict.accepted:
        finish(locked, "accepted")
    else:
        _rejected(locked, followed.verdict)
    return True


def _ask_again(delivery: Delivery) -> None:
    sent_at = delivery.sent_at or delivery.created_at
    if now() >= sent_at + timedelta(days=policy_of(delivery.connection).verdict_days):
        error = CasewayError(
            "The other side has not judged it for as long as was agreed.",
            code="delivery.no_verdict",
            remedy="Ask who runs the other side. Retry asks again; nothing is sent twice.",
        )
        _stuck(delivery, error, "exhausted")
        return
    Delivery.objects.filter(id=delivery.id).update(follow_at=next_look(sent_at, now()), code="", sentence="")


def next_look(sent_at: datetime, moment: datetime) -> datetime:
    """Return when to ask again: after a quarter of the age, no sooner than 10 s, no later than an hour."""
    return moment + min(max((moment - sent_at) / 4, SOONEST), LATEST)


def _not_now(delivery: Delivery, error: CasewayError) -> None:
    asked = getattr(error, "retry_after", None)
    if isinstance(error, Unavailable):
        circuit.failed(delivery.connection_id, error, policy_of(delivery.connection), asked)
    get_logger().warning("delivery.follow_failed", delivery=str(delivery.id), code=error.code)
    sent_at = delivery.sent_at or delivery.created_at
    again = max(next_look(sent_at, now()), now() + (asked or timedelta()))
    Delivery.objects.filter(id=delivery.id, state=DeliveryState.SENT).update(
        follow_at=again, code=error.code[:80], sentence=redact_text(error.sentence)[:500]
    )


def _rejected(delivery: Delivery, verdict: Verdict) -> None:
    error = CasewayError(
        verdict.sentence,
        code=verdict.code or "delivery.rejected",
        remedy="Mend what the problems name; then retry: it is sent as a new submission.",
        problems=list(verdict.problems),
    )
    _stuck(delivery, error, "rejected")


def _stuck(delivery: Delivery, error: CasewayError, event: str) -> None:
    Delivery.objects.filter(id=delivery.id).update(
        state=delivery_after(delivery.state, event),
        follow_at=None,
        code=error.code[:80],
        sentence=redact_text(error.sentence)[:500],
        remedy=error.remedy[:500],
        details=redact_json(error.details),
    )
    record(
        "delivery.attention",
        delivery.organisation_id,
        submission_id=delivery.submission_id,
        case_id=delivery.case_id,
        delivery_id=delivery.id,
        code=error.code,
        sentence=redact_text(error.sentence),
        connection=delivery.connection.name,
    )
