"""What became of collecting, each written in one transaction under the fence. The only writer of outcomes.

A fault of the sender's waits for a person, or is rejected where the connection says so; a fault of ours waits
for us and is never held against the sender; what is not there any more is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from caseway.access.actor import system
from caseway.access.scope import scope
from caseway.cases.events import record
from caseway.core.clock import now
from caseway.core.errors import CasewayError, OutcomeUnknown, Unavailable
from caseway.core.http import Exchange
from caseway.core.log import get_logger
from caseway.core.redaction import redact_json, redact_text
from caseway.delivery.failing import policy_of
from caseway.delivery.links import write_exchanges
from caseway.delivery.models import Purpose
from caseway.delivery.policy import next_try
from caseway.delivery.remote_log import keep_log
from caseway.intake.models import Submission
from caseway.rails.following import LogEntry
from caseway.rails.inbound import Collected, Manners, Rejectable
from caseway.receiving import polling
from caseway.receiving.answering import owe
from caseway.receiving.claiming import Claim, hold
from caseway.receiving.models import Arrival
from caseway.testing import crash

MARGIN = timedelta(days=2)
"""So long before the other side ends it by itself, somebody is told that it has no answer."""


@dataclass
class Run:
    """One try of collecting."""

    claim: Claim
    arrival: Arrival  # as it was claimed, with its connection
    exchanges: list[Exchange] = field(repr=False)
    manners: Manners | None = None
    there: bool = False  # it was fetched: what fails from now on, fails here


def remember(run: Run, collected: Collected) -> None:
    """Keep what only collecting tells: what the answer needs, until when, and the log as evidence."""
    with _writing(run) as arrival:
        polling.let_go(arrival.connection)
        arrival.brief = {"tags": dict(collected.origin.get("tags") or {})}
        _keep_evidence(arrival, collected.log, collected.answer_by)
        arrival.save(update_fields=["brief", "answer_by", "alarm_at"])


def taken_in(run: Run, submission: Submission, manners: Manners) -> None:
    """Write that it is durable here, and owe the acceptance where no person has to decide."""
    with _writing(run) as arrival:
        arrival.state, arrival.submission = Arrival.State.TAKEN_IN, submission
        crash.point("arrival.before_answer_owed")
        if manners.accept == "automatic":
            owe(arrival, Purpose.ACCEPT, system(arrival.organisation_id))
        _at_rest(arrival)
        arrival.save()
    get_logger().info("arrival.taken_in", arrival=str(arrival.id), submission=str(submission.id))


def at_fault(run: Run, error: Rejectable) -> None:
    """Write that it is at fault itself: rejected at once where the connection says so, else held."""
    automatic = run.manners is not None and run.manners.reject_proven_faults == "automatic"
    with _writing(run) as arrival:
        polling.let_go(arrival.connection)
        _keep_evidence(arrival, error.log, error.answer_by)
        arrival.problems = [problem.as_json() for problem in error.problems]
        if automatic and error.problems:
            owe(arrival, Purpose.REJECT, system(arrival.organisation_id), error.problems)
            arrival.state = Arrival.State.REJECTED
            _at_rest(arrival)
            _say(arrival, error)
        else:
            _hold_for_a_person(arrival, error)
        arrival.save()


def held(run: Run, error: CasewayError) -> None:
    """Write that as things are it cannot be taken in, and that a person decides."""
    with _writing(run) as arrival:
        _hold_for_a_person(arrival, error)
        arrival.save()


def waits(run: Run, error: CasewayError) -> None:
    """Write that a fault of ours, or of the way, keeps us from it for now."""
    asked = getattr(error, "retry_after", None)
    with _writing(run) as arrival:
        arrival.failures += 1
        _at_rest(arrival)
        arrival.next_try_at = next_try(policy_of(arrival.connection), arrival.failures, now(), asked=asked)
        _say(arrival, error)
        arrival.save()
        if not run.there and _of_the_way(error):
            polling.brake(arrival.connection, error)
    get_logger().warning("arrival.waiting", arrival=str(arrival.id), code=error.code)


def gone(run: Run, error: CasewayError) -> None:
    """Write that it does not wait there any more, and was never ours."""
    with _writing(run) as arrival:
        arrival.state, arrival.settled_at = Arrival.State.GONE, now()
        arrival.failures += 1  # should it be found again, patience has grown
        _at_rest(arrival)
        _say(arrival, error)
        arrival.save()
        _tell("arrival.gone", arrival, error)


def still_there(run: Run) -> None:
    """Write that a held arrival, which was not listed any more, waits there all the same."""
    with _writing(run) as arrival:
        arrival.failures += 1
        _at_rest(arrival)
        arrival.next_try_at = next_try(policy_of(arrival.connection), arrival.failures, now())
        arrival.save(update_fields=["failures", "next_try_at", "leased_until"])


@contextmanager
def _writing(run: Run) -> Iterator[Arrival]:
    with scope(run.claim.organisation_id):
        arrival = hold(run.claim)
        write_exchanges(
            arrival.connection, run.exchanges, delivery_id=None, attempt_id=None, arrival_id=arrival.id
        )
        yield arrival


def _keep_evidence(arrival: Arrival, log: Sequence[LogEntry], answer_by: datetime | None) -> None:
    keep_log(arrival.connection, arrival.remote_case_id, log)
    if answer_by is not None:
        arrival.answer_by = answer_by
        soonest = answer_by - MARGIN
        arrival.alarm_at = min(arrival.alarm_at or soonest, soonest)


def _hold_for_a_person(arrival: Arrival, error: CasewayError) -> None:
    first = arrival.state != Arrival.State.HELD
    arrival.state = Arrival.State.HELD
    _at_rest(arrival)
    _say(arrival, error)
    if first:
        _tell("arrival.held", arrival, error)
    get_logger().warning("arrival.held", arrival=str(arrival.id), code=error.code)


def _at_rest(arrival: Arrival) -> None:
    """Nothing is due, nobody holds it, and nothing is said of it."""
    arrival.leased_until = arrival.next_try_at = None
    arrival.code = arrival.sentence = arrival.remedy = ""
    arrival.details = {}


def _say(arrival: Arrival, error: CasewayError) -> None:
    arrival.code, arrival.remedy = error.code[:80], error.remedy[:500]
    arrival.sentence = redact_text(error.sentence)[:500]
    arrival.details = _plain(error.details)


def _plain(details: Mapping[str, Any]) -> Any:
    return redact_json({key: value for key, value in details.items() if value is not None})


def _tell(kind: str, arrival: Arrival, error: CasewayError) -> None:
    record(
        kind,
        arrival.organisation_id,
        connection=arrival.connection.name,
        arrival=str(arrival.id),
        code=error.code,
        sentence=redact_text(error.sentence),
    )


def _of_the_way(error: CasewayError) -> bool:
    """Whether the other side itself could not be used; our own store and scanner are no matter of it."""
    return isinstance(error, Unavailable | OutcomeUnknown) and not error.code.startswith(
        ("blob.", "malware.", "arrival.")
    )
