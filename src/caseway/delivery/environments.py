"""The way of a connection: sandbox, test, reference, production. One step at a time, each one proven.

The rule holds for rails that have a conformance run; connections of others move freely, with nothing open.
"""

from __future__ import annotations

from collections.abc import Iterator

from caseway.configuration import configuration
from caseway.core.errors import Conflict, Invalid
from caseway.delivery.models import OPEN_STATES, STUCK_STATES, ConformanceRun, Connection
from caseway.delivery.proof import passed_run
from caseway.rails.conformance import Conforms
from caseway.rails.contract import Finding
from caseway.rails.registry import rail

ORDER: tuple[str, ...] = tuple(Connection.Environment.values)
_FREE_STARTS = ("sandbox", "test")


def next_environment(connection: Connection) -> str | None:
    """Return where a connection may move on to, or None at the end."""
    place = ORDER.index(connection.environment) + 1
    return ORDER[place] if place < len(ORDER) else None


def is_forward(connection: Connection, environment: str) -> bool:
    """Tell whether an environment lies ahead of a connection. Raises `Invalid` where it does not exist."""
    return _place(environment) > _place(connection.environment)


def permit_start(rail_id: str, environment: str) -> None:
    """Do nothing where a new connection may start there.

    Raises `Conflict` (`connection.conformance_missing`) and `Invalid` (`connection.environment_unknown`).
    """
    _place(environment)
    if environment in _FREE_STARTS or configuration().start_unproven or not _proves(rail_id):
        return
    raise Conflict(
        f"A new connection does not start in the {environment} environment.",
        code="connection.conformance_missing",
        remedy="Start it in the sandbox or test environment, pass the conformance run there, and move it on.",
        environment=environment,
    )


def permit_move(connection: Connection, environment: str) -> ConformanceRun | None:
    """Return the run that lets a connection move, None where none is needed; in the caller's scope.

    Raises `Conflict` with the first obstacle: `connection.deliveries_open`, `connection.environment_skipped`,
    `connection.conformance_missing`.
    """
    first = next(obstacles_of(connection, environment), None)
    if first is not None:
        raise Conflict(first.sentence, code=first.code, remedy=first.remedy, **first.details)
    if is_forward(connection, environment) and _proves(connection.rail):
        return passed_run(connection)
    return None


def obstacles_of(connection: Connection, environment: str) -> Iterator[Finding]:
    """Yield what keeps a connection from moving to an environment; in the caller's scope."""
    facts = {"from": connection.environment, "to": environment}
    unfinished = connection.deliveries.filter(state__in=[*OPEN_STATES, *STUCK_STATES]).count()
    if unfinished:
        yield Finding(
            "connection.deliveries_open",
            False,
            f"{unfinished} deliveries of the connection are not finished; they belong to the "
            f"{connection.environment} environment.",
            "Let them finish, or close those that need a person.",
            {**facts, "deliveries": unfinished},
        )
    if not is_forward(connection, environment) or not _proves(connection.rail):
        return
    if _place(environment) > _place(connection.environment) + 1:
        yield Finding(
            "connection.environment_skipped",
            False,
            f"The {next_environment(connection)} environment comes next.",
            "Move the connection one environment at a time, each with its conformance run.",
            facts,
        )
    if passed_run(connection) is None:
        yield Finding(
            "connection.conformance_missing",
            False,
            f"There is no passed conformance run of these settings and keys in the "
            f"{connection.environment} environment.",
            "Make a conformance run with the connection as it is now, and mend what it finds.",
            facts,
        )


def _proves(rail_id: str) -> bool:
    return isinstance(rail(rail_id), Conforms)


def _place(environment: str) -> int:
    if environment not in ORDER:
        raise Invalid(
            "There is no such environment.",
            code="connection.environment_unknown",
            remedy=f"Choose one of: {', '.join(ORDER)}.",
        )
    return ORDER.index(environment)
