"""For which reasons something may be rejected: the standard's list, and what was proven of it."""

from __future__ import annotations

from collections.abc import Mapping

from caseway.rails.inbound import Problem, Receives
from caseway.rails.registry import rail
from caseway.receiving.models import Arrival


def reasons_of(arrival: Arrival) -> list[Problem]:
    """Return the problems a person may choose from, those that were proven first."""
    proven = [_problem(one) for one in arrival.problems]
    found = rail(arrival.connection.rail)
    listed = list(found.reasons()) if isinstance(found, Receives) else []
    names = {(one.type, one.instance) for one in proven}
    return proven + [one for one in listed if (one.type, one.instance) not in names]


def _problem(stored: Mapping[str, str]) -> Problem:
    return Problem(stored["type"], stored["title"], stored["detail"], stored["instance"])
