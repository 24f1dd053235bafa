"""A pytest plugin that writes down which function of the mission which test proved.

`-p caseway.testing.mission --mission=build/mission.json`. An id that `docs/mission-rows.toml` does not know
fails the run: a mark with a slip in it must not count for nothing.
"""

from __future__ import annotations

import json
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

PROPERTY = "mission"


def rows(file: Path) -> dict[str, str]:
    """Return the functions of the mission: id to what it is, in order."""
    with file.open("rb") as stream:
        return {one["id"]: one["function"] for one in tomllib.load(stream)["row"]}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file to write, and the file with the rows."""
    parser.addoption("--mission", default="build/mission.json", help="File to write.")
    parser.addoption("--mission-rows", default="docs/mission-rows.toml", help="File with the functions.")


def pytest_configure(config: pytest.Config) -> None:
    """Start the book, in the process that hears of every outcome."""
    config.pluginmanager.register(Book(config), "mission-book")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Have each outcome carry the ids its test is marked with."""
    known = rows(Path(config.getoption("mission_rows")))
    for item in items:
        ids = [str(mark.args[0]) for mark in item.iter_markers("mission")]
        if unknown := [one for one in ids if one not in known]:
            raise pytest.UsageError(f"{item.nodeid}: no such function of the mission: {', '.join(unknown)}")
        item.user_properties.extend((PROPERTY, one) for one in ids)


class Book:
    """What was heard of each id: its tests, and which of them did not pass."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.outcomes: defaultdict[str, dict[str, list[pytest.TestReport]]] = defaultdict(dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Hear an outcome. A set-up that fails counts; a test whose body was skipped proves nothing."""
        for name, value in report.user_properties:
            if name == PROPERTY and not report.skipped:
                self.outcomes[str(value)].setdefault(report.nodeid, []).append(report)

    def _heard(self, key: str) -> dict[str, Any]:
        """Return the tests whose body ran, or that did not come so far, and whether all is well with them."""
        told = {
            test: all(one.passed for one in reports)
            for test, reports in self.outcomes[key].items()
            if any(one.when == "call" or one.failed for one in reports)
        }
        return {"tests": sorted(told), "passed": bool(told) and all(told.values())}

    def pytest_sessionfinish(self) -> None:
        """Write the book down; workers of a parallel run leave it to the process that started them."""
        if hasattr(self.config, "workerinput"):
            return
        found = [
            {"id": key, "function": function, **self._heard(key)}
            for key, function in rows(Path(self.config.getoption("mission_rows"))).items()
        ]
        file = Path(self.config.getoption("mission"))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
