"""What is owed for something that arrived: accept, reject or forward, as a delivery like any other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from caseway.access.actor import Actor
from caseway.cases.events import record
from caseway.cases.opening import new_case
from caseway.cases.writing import write
from caseway.core.clock import now
from caseway.delivery.links import open_connection
from caseway.delivery.models import Purpose
from caseway.delivery.owe import owe_answer
from caseway.mapping.facts import Facts
from caseway.rails.contract import Occasion
from caseway.rails.inbound import Problem
from caseway.receiving.models import FINAL, Arrival
from caseway.receiving.placing import known_case


def owe(arrival: Arrival, purpose: Purpose, by: Actor, problems: Sequence[Problem] = ()) -> None:
    """Owe an answer and note it on a locked arrival, which the caller saves. In the caller's transaction."""
    arrival.problems = [problem.as_json() for problem in problems] or arrival.problems
    arrival.answer = owe_answer(
        arrival.connection,
        _case_of(arrival, by),
        arrival.submission_id,
        purpose,
        brief_of(arrival, problems),
        arrival.remote_case_id,
    )
    arrival.decided_by = by.name[:200]
    if purpose in FINAL:
        arrival.settled_at = now()


def brief_of(arrival: Arrival, problems: Sequence[Problem] = ()) -> dict[str, Any]:
    """Return what the rail needs to plan the answer."""
    return {
        "tags": {},
        **arrival.brief,
        "kind": arrival.kind,
        "remote_id": arrival.remote_id,
        "remote_case_id": arrival.remote_case_id,
        "destination": arrival.destination,
        **({"problems": [problem.as_json() for problem in problems]} if problems else {}),
    }


def require_possible(arrival: Arrival, purpose: Purpose) -> None:
    """Plan an answer to something that was taken in, for nothing: one that cannot go out parks its case.

    Raises what `Rail.plan` raises.
    """
    submission = arrival.submission
    assert submission is not None
    opened = open_connection(arrival.connection)
    occasion = Occasion(
        submission.id,
        submission.case_id,
        submission.kind,
        Facts({}),
        (),
        None,
        purpose=purpose,
        brief=brief_of(arrival),
    )
    opened.rail.plan(occasion, opened.link)


def _case_of(arrival: Arrival, by: Actor) -> UUID:
    if arrival.submission is not None:
        return arrival.submission.case_id
    return (known_case(arrival.connection, arrival.remote_case_id) or _opened(arrival, by)).id


def _opened(arrival: Arrival, by: Actor) -> Any:
    """Every answer hangs on a case; one that was never taken in gets a case of its own, with a title only."""
    case = new_case(arrival.organisation_id, title=f"Not taken in: {arrival.connection.name}")
    write(case)
    record("case.opened", arrival.organisation_id, case=case, actor=by.id, arrival=str(arrival.id))
    return case
