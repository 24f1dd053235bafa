"""A town whose DMS fails, with time that a test lets pass; and the installation of real processes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from caseway.access.scope import scope
from caseway.core.clock import Clock
from caseway.core.clock import clock as the_clock
from caseway.delivery import dispatcher, engine
from caseway.delivery.links import close_clients
from caseway.delivery.models import Attempt, Connection, Delivery
from caseway.rails.cmis.simulator import CmisSimulator
from caseway.testing.harness_world import World, a_world
from tests.crash.conftest import installation, server, world

__all__ = ["installation", "server", "world"]

FRIDAY_EVENING = datetime(2026, 11, 20, 16, 0, tzinfo=UTC)  # 17:00 in Berlin


@dataclass
class NearDms:
    """The simulated DMS in this process."""

    simulator: CmisSimulator

    @property
    def url(self) -> str:
        return self.simulator.url

    def objects(self) -> list[dict[str, Any]]:
        return [one for one in self.simulator.objects() if one["createdBy"] != "system"]

    def doubled(self) -> int:
        return sum(len(group) - 1 for group in self.simulator.doubles())

    def misbehave(self, kind: str, **how: Any) -> None:
        self.simulator.faults.add(kind, **how)

    def behave(self) -> None:
        self.simulator.faults.clear()


@dataclass
class Town:
    """An organisation, its DMS, and a worker in this thread."""

    clock: Clock
    dms: NearDms
    jobs: list[list[str]] = field(default_factory=list)

    def open(self, **settings: Any) -> Town:
        """Make the organisation with the schedule that the rail promises."""
        self.world: World[NearDms] = a_world("musterstadt", self.dms, retry=None, **settings)
        return self

    def work(self) -> None:
        """Do what a worker would do now."""
        dispatcher.sweep()
        while self.jobs:
            engine.drain(self.jobs.pop(0))
        engine.end_windows()

    def wait(self, *, every: timedelta = timedelta(minutes=30), **span: float) -> None:
        """Let time pass, with a worker that looks now and then."""
        end = self.clock.now() + timedelta(**span)
        while self.clock.now() < end:
            self.clock.advance(min(every, end - self.clock.now()))
            self.work()

    def link(self) -> Connection:
        with scope(self.world.organisation.id):
            return Connection.objects.get()

    def attempts(self) -> int:
        with scope(self.world.organisation.id):
            return Attempt.objects.count()

    def codes(self) -> set[str]:
        with scope(self.world.organisation.id):
            return set(Delivery.objects.values_list("code", flat=True))


@pytest.fixture
def town(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """Musterstadt, on a Friday evening."""
    with the_clock.hold(FRIDAY_EVENING) as clock, CmisSimulator() as simulator:
        town = Town(clock, NearDms(simulator))
        monkeypatch.setattr(engine.drain, "defer", lambda lanes: town.jobs.append(lanes))
        monkeypatch.setattr(
            engine.drain, "batch_defer", lambda *jobs: town.jobs.extend(job["lanes"] for job in jobs)
        )
        yield town
        close_clients()
