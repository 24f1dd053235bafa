"""`caseway arrivals`: what came over connections; collect it again, accept or reject it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

import typer

from caseway.cli.context import OrganisationOption, operator, set_up
from caseway.cli.output import Json, say, table

if TYPE_CHECKING:
    from caseway.receiving.models import Arrival

arrivals = typer.Typer(
    add_completion=False, no_args_is_help=True, help="What came over connections, and what became of it."
)

_Reason = typer.Option("", help="Why; kept here and not sent.")


@arrivals.command("list")
def list_(
    state: str = typer.Option("", help="Only arrivals in this state."),
    connection: str = typer.Option("", help="Only arrivals over this connection (slug)."),
    late: bool = typer.Option(False, "--late", help="Only what has had no answer for too long."),
    limit: int = typer.Option(50, min=1, max=1000),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """List arrivals, newest first."""
    set_up()
    from caseway.access.scope import scope
    from caseway.receiving.queries import ArrivalFilter
    from caseway.receiving.queries import arrivals as page

    actor = operator(organisation)
    with scope(actor.organisation_id):
        rows = [_row(one) for one in page(actor, ArrivalFilter(state, connection, late), limit=limit)]
    table(rows, ["id", "connection", "kind", "state", "code", "answer", "late"], as_json)


@arrivals.command()
def show(arrival: UUID, organisation: OrganisationOption = "", as_json: Json = False) -> None:
    """Show one arrival, what may be decided about it, and the reasons a rejection may name."""
    set_up()
    from caseway.access.scope import scope
    from caseway.receiving import queries
    from caseway.receiving.reasons import reasons_of

    actor = operator(organisation)
    with scope(actor.organisation_id):
        found = queries.arrival(actor, arrival)
        row = _row(found) | {
            "sentence": found.sentence,
            "remedy": found.remedy,
            "answer_by": found.answer_by,
            "next_try_at": found.next_try_at,
            "problems": found.problems,
            "decisions": sorted(queries.decisions_for(found)),
            "reasons": [problem.as_json() for problem in reasons_of(found)],
        }
    shown = [f"{name.replace('_', ' ')}: {value}" for name, value in row.items() if value not in (None, "")]
    say(row, "\n".join(shown), as_json)


@arrivals.command()
def collect(arrival: UUID, organisation: OrganisationOption = "", as_json: Json = False) -> None:
    """Have something that is not taken in yet collected now; the worker does it."""
    set_up()
    from caseway.receiving.deciding import collect_again

    _said(collect_again(operator(organisation), arrival), as_json)


@arrivals.command()
def accept(
    arrival: UUID, reason: str = _Reason, organisation: OrganisationOption = "", as_json: Json = False
) -> None:
    """Accept what is durable here; the worker sends the answer."""
    set_up()
    from caseway.receiving.deciding import accept_arrival

    _said(accept_arrival(operator(organisation), arrival, reason), as_json)


@arrivals.command()
def reject(
    arrival: UUID,
    problem: list[str] = typer.Option(
        [], help="TYPE=INSTANCE as `show` lists the reasons; may be given several times."
    ),
    detail: str = typer.Option("", help="Told to the other side with each problem."),
    reason: str = _Reason,
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Reject it with reasons of the other side's list; without any, with those that were proven."""
    set_up()
    from caseway.receiving.deciding import reject_arrival

    problems = [_problem(one, detail) for one in problem]
    _said(reject_arrival(operator(organisation), arrival, problems, reason), as_json)


def _problem(text: str, detail: str) -> dict[str, str]:
    kind, _, instance = text.rpartition("=")
    return {"type": kind, "instance": instance, "detail": detail}


def _row(arrival: Arrival) -> dict[str, Any]:
    answer = arrival.answer
    return {
        "id": str(arrival.id),
        "connection": arrival.connection.slug,
        "kind": arrival.kind,
        "state": arrival.state,
        "remote_id": arrival.remote_id,
        "remote_case_id": arrival.remote_case_id,
        "found_at": arrival.found_at,
        "submission": arrival.submission.reference if arrival.submission else None,
        "answer": f"{answer.purpose}: {answer.state}" if answer else None,
        "late": arrival.is_late,
        "failures": arrival.failures,
        "code": arrival.code,
    }


def _said(arrival: Arrival, as_json: bool) -> None:
    owed = f", {arrival.answer.purpose} is owed" if arrival.answer else ""
    text = f"{arrival.id} is {arrival.get_state_display().lower()}{owed}."
    say({"id": str(arrival.id), "state": arrival.state, "answer": _row(arrival)["answer"]}, text, as_json)


COMMANDS = {"arrivals": arrivals}
