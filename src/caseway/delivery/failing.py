"""What a failure means for a step, its delivery and its connection. The only writer of failures.

A failure of the connection waits for the connection; a refusal waits for a person; an unknown outcome waits
for a probe; what cannot succeed is not tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from caseway.access.scope import scope
from caseway.cases.events import record
from caseway.core.clock import now
from caseway.core.errors import CasewayError, NotConfigured, OutcomeUnknown, Refused, Unavailable
from caseway.core.http import Exchange
from caseway.core.redaction import redact_json, redact_text
from caseway.delivery import circuit
from caseway.delivery.lanes import Claim, hold
from caseway.delivery.links import write_exchanges
from caseway.delivery.models import Attempt, Connection, Delivery, DeliveryState, Step
from caseway.delivery.policy import next_try, window_ends
from caseway.delivery.states import delivery_after, step_after
from caseway.delivery.transmit import StepFailed, Transmission
from caseway.delivery.voiding import void_receipts
from caseway.rails.contract import Void
from caseway.rails.manifest import RetryPolicy
from caseway.rails.registry import rail


def policy_of(connection: Connection) -> RetryPolicy:
    """Return a connection's own schedule, or its rail's."""
    if connection.retry:
        return RetryPolicy.model_validate(connection.retry)
    return rail(connection.rail).manifest.retry


def step_failed(run: Transmission, failure: StepFailed) -> None:
    """Write a try of a step that failed, and what follows."""
    error, step = failure.error, failure.step
    with scope(run.claim.organisation_id):
        run.save_failed(failure, _outcome(error))
        step.state = step_after(step.state, _step_event(error))
        Step.objects.filter(id=step.id).update(state=step.state)
        if isinstance(error, Void):
            void_receipts(run.delivery, error.keys, error.code)
        exhausted = _keeps_failing(run, failure)
        _settle(run.claim, run.delivery, exhausted or error, step=step)


def planning_failed(claim: Claim, delivery: Delivery, error: CasewayError, exchanges: list[Exchange]) -> None:
    """Write a failure before any step: settings, mapping, type definitions."""
    with scope(claim.organisation_id):
        hold(claim)
        write_exchanges(delivery.connection, exchanges, delivery_id=delivery.id, attempt_id=None)
        _settle(claim, delivery, error, step=None)


def unexpected(claim: Claim, delivery: Delivery, run: Transmission | None, error: Exception) -> None:
    """Write what nobody foresaw: the delivery waits for a person, a step in flight for its probe."""
    with scope(claim.organisation_id):
        hold(claim)
        if run is not None:
            run.commit()
        Step.objects.filter(delivery=delivery, state=Step.State.TRANSMITTING).update(state=Step.State.UNKNOWN)
        Attempt.objects.filter(delivery_id=delivery.id, finished_at=None).update(
            finished_at=now(), outcome="unknown", code="caseway.unexpected"
        )
        failure = CasewayError(
            f"Caseway met a fault of its own ({type(error).__name__}).",
            code="caseway.unexpected",
            remedy="Look into the log of the worker; then retry. What was sent already is looked up first.",
        )
        _stuck(delivery, failure, delivery_after(delivery.state, "invalid"))


def exhaust(delivery: Delivery) -> None:
    """Give a delivery whose window is over to a person, in the caller's transaction."""
    error = CasewayError(
        "It was tried for as long as was promised, without success.",
        code="delivery.window_exhausted",
        remedy="When the connection answers again, retry; nothing is sent twice.",
        last_code=delivery.code,
    )
    _stuck(delivery, error, delivery_after(delivery.state, "exhausted"))


def _settle(claim: Claim, delivery: Delivery, error: CasewayError, step: Step | None) -> None:
    policy = policy_of(delivery.connection)
    if _of_our_own(error):
        _wait(delivery, error, policy, None)
    elif isinstance(error, Void):
        circuit.succeeded(claim.connection_id)
        _wait(delivery, error, policy, timedelta() if delivery.failures == 0 else None)
    elif _of_connection(error, step):
        asked = getattr(error, "retry_after", None)
        circuit.failed(claim.connection_id, error, policy, asked)
        _wait(delivery, error, policy, asked)
    elif isinstance(error, Refused) and step is not None:
        circuit.succeeded(claim.connection_id)
        _stuck(delivery, error, delivery_after(delivery.state, "refused"))
    else:
        _stuck(delivery, error, delivery_after(delivery.state, "invalid"))


def _of_our_own(error: CasewayError) -> bool:
    """Whether our own store or key ring is away: time or an operator helps, and no connection is to blame."""
    return error.code.startswith(("blob.", "secrets.")) and isinstance(error, Unavailable | NotConfigured)


def _of_connection(error: CasewayError, step: Step | None) -> bool:
    """Whether time, or mending the connection, may help; a missing mapping is no matter of the connection."""
    if isinstance(error, NotConfigured):
        return not error.code.startswith(("mapping.", "connection."))
    return isinstance(error, Unavailable | OutcomeUnknown)


def _wait(delivery: Delivery, error: CasewayError, policy: RetryPolicy, asked: timedelta | None) -> None:
    event = "outcome_unknown" if isinstance(error, OutcomeUnknown) else "unavailable"
    if delivery.steps.filter(state=Step.State.UNKNOWN).exists():
        event = "outcome_unknown"
    first = delivery.failures == 0
    delivery.failures += 1
    delivery.state = delivery_after(delivery.state, event)
    moment = now()
    if moment >= window_ends(policy, delivery.window_starts_at):
        exhaust(delivery)
        return
    _write(delivery, error, next_attempt_at=next_try(policy, delivery.failures, moment, asked=asked))
    if first:
        _tell(delivery, "delivery.unknown" if event == "outcome_unknown" else "delivery.waiting", error)


def _stuck(delivery: Delivery, error: CasewayError, state: DeliveryState) -> None:
    delivery.state = state
    _write(delivery, error, next_attempt_at=None)
    _tell(delivery, "delivery.attention", error)


def _write(delivery: Delivery, error: CasewayError, next_attempt_at: datetime | None) -> None:
    Delivery.objects.filter(id=delivery.id).update(
        state=delivery.state,
        failures=delivery.failures,
        attempts=delivery.attempts,
        next_attempt_at=next_attempt_at,
        code=error.code[:80],
        sentence=redact_text(error.sentence)[:500],
        remedy=error.remedy[:500],
        details=_details(error.details),
    )


def _details(details: Mapping[str, Any]) -> Any:
    return redact_json({key: value for key, value in details.items() if value is not None})


def _tell(delivery: Delivery, kind: str, error: CasewayError) -> None:
    record(
        kind,
        delivery.organisation_id,
        submission_id=delivery.submission_id,
        case_id=delivery.case_id,
        delivery_id=delivery.id,
        code=error.code,
        sentence=redact_text(error.sentence),
        connection=delivery.connection.name,
    )


def _outcome(error: CasewayError) -> str:
    if isinstance(error, Void):
        return "void"
    if isinstance(error, OutcomeUnknown):
        return "unknown"
    return "unavailable" if isinstance(error, Unavailable | NotConfigured) else "refused"


def _step_event(error: CasewayError) -> str:
    if isinstance(error, Void):
        return "void"
    if isinstance(error, OutcomeUnknown):
        return "outcome_unknown"
    return "unavailable" if isinstance(error, Unavailable | NotConfigured) else "refused"


def _keeps_failing(run: Transmission, failure: StepFailed) -> CasewayError | None:
    """The other side answers probes but never this step: it is poison, not an outage."""
    policy = policy_of(run.delivery.connection)
    if (
        failure.attempt.what != Attempt.What.SEND
        or not isinstance(failure.error, OutcomeUnknown)
        or failure.step.attempts < policy.max_sends
    ):
        return None
    return CasewayError(
        f"The other side failed {failure.step.attempts} times at the same step, while it answers otherwise.",
        code="delivery.keeps_failing",
        remedy="Ask who runs the other side, with the wire log; then retry.",
        last_code=failure.error.code,
        remote=failure.error.details.get("remote"),
    )
