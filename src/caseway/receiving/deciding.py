"""What a person decides about something that arrived: accept, reject, forward, collect it again.

One decision ends it: behind an acceptance or a rejection there is no other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.access.scope import scope
from caseway.cases.events import record
from caseway.core.clock import now
from caseway.core.errors import Conflict, Invalid, NotFound
from caseway.delivery.models import Purpose
from caseway.rails.inbound import Problem
from caseway.receiving.answering import owe, require_possible
from caseway.receiving.models import FINAL, Arrival
from caseway.receiving.reasons import reasons_of
from caseway.receiving.taking_in import durable_submission

DETAIL = 500  # characters of what a person adds to a problem


def accept_arrival(actor: Actor, arrival_id: UUID, reason: str = "") -> Arrival:
    """Accept what is durable here; the answer is owed at once.

    Raises `Conflict` (`arrival.not_taken_in`, `arrival.already_decided`), `NotFound`, `NotPermitted`.
    """

    def accept(arrival: Arrival) -> None:
        _require_taken_in(arrival)
        owe(arrival, Purpose.ACCEPT, actor)

    return _decide(actor, arrival_id, "accept", reason, accept)


def reject_arrival(
    actor: Actor, arrival_id: UUID, problems: Sequence[Mapping[str, str]], reason: str = ""
) -> Arrival:
    """Reject what arrived, with problems of the standard's list; the answer is owed at once.

    A problem names `type` and `instance` exactly as `reasons_of` gives them, and may have a `detail` of the
    person's own. Without any, those that were proven are taken. `reason` stays here. Raises `Invalid`
    (`arrival.problem_missing`, `arrival.problem_unknown`), `Conflict` (`arrival.already_decided`,
    `arrival.not_looked_at`, `arrival.being_collected`), `NotFound`, `NotPermitted`.
    """

    def reject(arrival: Arrival) -> None:
        _require_looked_at(arrival)
        _find_what_is_durable(arrival)
        owe(arrival, Purpose.REJECT, actor, _chosen(arrival, problems))
        if arrival.submission_id is None:
            arrival.state, arrival.next_try_at = Arrival.State.REJECTED, None
            arrival.fence += 1

    return _decide(actor, arrival_id, "reject", reason, reject)


def forward_arrival(actor: Actor, arrival_id: UUID, reason: str = "") -> Arrival:
    """Tell the other side that somebody took it over for forwarding. It still has to be accepted or rejected.

    Raises `Conflict` (`arrival.not_taken_in`, `arrival.already_decided`, `arrival.already_forwarded`), what
    the rail's plan raises where the other side knows no forwarding, `NotFound`, `NotPermitted`.
    """

    def forward(arrival: Arrival) -> None:
        _require_taken_in(arrival)
        if arrival.answer is not None:
            raise Conflict(
                "It was said before that this is forwarded.",
                code="arrival.already_forwarded",
                remedy="Accept or reject it.",
            )
        require_possible(arrival, Purpose.FORWARD)
        owe(arrival, Purpose.FORWARD, actor)

    return _decide(actor, arrival_id, "forward", reason, forward)


def collect_again(actor: Actor, arrival_id: UUID) -> Arrival:
    """Have something collected now that is not taken in yet: its cause may have been mended.

    Raises `Conflict` (`arrival.already_decided`, `arrival.already_taken_in`), `NotFound`, `NotPermitted`.
    """
    from caseway.receiving.engine import wake

    def again(arrival: Arrival) -> None:
        if arrival.state == Arrival.State.TAKEN_IN:
            raise Conflict(
                "This is durable here already.",
                code="arrival.already_taken_in",
                remedy="Accept or reject it.",
            )
        arrival.state, arrival.next_try_at = Arrival.State.FOUND, now()
        arrival.settled_at = None
        if arrival.connection.paused_at is None:
            wake(arrival.connection_id)

    return _decide(actor, arrival_id, "collect", "", again)


def _decide(
    actor: Actor, arrival_id: UUID, decision: str, reason: str, change: Callable[[Arrival], None]
) -> Arrival:
    require(actor, "arrivals.decide")
    with scope(actor.organisation_id):
        arrival = _locked(arrival_id)
        _require_undecided(arrival)
        change(arrival)
        if reason:
            arrival.reason = reason[:500]
        arrival.save()
        _write_down(actor, arrival, decision, reason)
    return arrival


def _locked(arrival_id: UUID) -> Arrival:
    found = (
        Arrival.objects.select_for_update(of=("self",))
        .select_related("connection", "submission", "answer")
        .filter(id=arrival_id)
        .first()
    )
    if found is None:
        raise NotFound("There is no such arrival.", code="arrival.not_found")
    return found


def _require_undecided(arrival: Arrival) -> None:
    if arrival.answer is not None and arrival.answer.purpose in FINAL:
        raise Conflict(
            "This was decided before.",
            code="arrival.already_decided",
            remedy="Look at its answer; where that did not go out, retry the delivery.",
            purpose=arrival.answer.purpose,
        )


def _require_taken_in(arrival: Arrival) -> None:
    if arrival.state != Arrival.State.TAKEN_IN:
        raise Conflict(
            "This is not durable here; nothing is accepted that could still be lost.",
            code="arrival.not_taken_in",
            remedy="Mend its cause and have it collected again, or reject it.",
            state=arrival.state,
        )


def _require_looked_at(arrival: Arrival) -> None:
    if arrival.leased_until is not None and arrival.leased_until > now():
        raise Conflict(
            "This is being collected at this moment.",
            code="arrival.being_collected",
            remedy="Wait until that is done; then look again.",
        )
    untried = arrival.state == Arrival.State.FOUND and arrival.failures == 0
    if untried or arrival.state == Arrival.State.GONE:
        raise Conflict(
            "Nobody has seen what this is.",
            code="arrival.not_looked_at",
            remedy="Have it collected first.",
            state=arrival.state,
        )


def _find_what_is_durable(arrival: Arrival) -> None:
    """A worker may have died between making it durable and saying so: then it is that which is rejected."""
    if arrival.submission is None and (durable := durable_submission(arrival)) is not None:
        arrival.state, arrival.submission, arrival.next_try_at = Arrival.State.TAKEN_IN, durable, None
        arrival.fence += 1


def _chosen(arrival: Arrival, problems: Sequence[Mapping[str, str]]) -> list[Problem]:
    known = {(one.type, one.instance): one for one in reasons_of(arrival)}
    wanted = problems or arrival.problems
    if not wanted:
        raise Invalid(
            "A rejection says at least one reason.",
            code="arrival.problem_missing",
            remedy="Choose one of the reasons that this connection knows.",
        )
    return [_problem(one, known) for one in wanted]


def _problem(wish: Mapping[str, str], known: Mapping[tuple[str, str], Problem]) -> Problem:
    found = known.get((wish.get("type", ""), wish.get("instance", "")))
    if found is None:
        raise Invalid(
            "A reason is not one of those that the other side knows.",
            code="arrival.problem_unknown",
            remedy="Name type and instance exactly as they are listed with the arrival.",
        )
    return Problem(found.type, found.title, (wish.get("detail") or found.detail)[:DETAIL], found.instance)


def _write_down(actor: Actor, arrival: Arrival, decision: str, reason: str) -> None:
    submission = arrival.submission
    record(
        "arrival.decided",
        arrival.organisation_id,
        submission_id=arrival.submission_id,
        case_id=submission.case_id if submission else None,
        delivery_id=arrival.answer_id,
        actor=actor.name,
        arrival=str(arrival.id),
        connection=arrival.connection.name,
        decision=decision,
        reason=reason,
    )
    audit.record(actor, f"arrival.{decision}", "arrival", arrival.id, reason=reason)
