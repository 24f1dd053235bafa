"""A ledger as the other side, and a world with one connection and a route to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType

import pytest

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.cases.events import record
from caseway.cases.models import Case
from caseway.core.clock import Clock
from caseway.delivery import engine
from caseway.delivery.drain import drain_lane
from caseway.delivery.models import Connection, Delivery, Lane
from caseway.testing.builders import a_case, a_connection, a_route, a_submission
from caseway.testing.ledger import LedgerRail


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> LedgerRail:
    """The other side."""
    rail = LedgerRail()
    monkeypatch.setattr("caseway.rails.registry.rails", lambda: MappingProxyType({"ledger": rail}))
    return rail


@dataclass
class World:
    """One organisation with a connection to the ledger; what tests say to it and ask of it."""

    organisation: Organisation
    connection: Connection
    clock: Clock
    worker: str = "w1"
    jobs: list[list[str]] = field(default_factory=list)

    def accept(self, case: Case | None = None) -> Delivery:
        """Let a submission arrive; return what is owed for it."""
        submission = a_submission(self.organisation, case)
        with scope(self.organisation.id):
            record(
                "submission.accepted",
                self.organisation.id,
                submission_id=submission.id,
                case_id=submission.case_id,
            )
            return Delivery.objects.get(submission=submission)

    def work(self) -> int:
        """Drain every lane that is due, as a worker would. Returns how many were claimed."""
        with scope(self.organisation.id):
            lanes = list(Lane.objects.order_by("id").values_list("id", flat=True))
        return sum(drain_lane(lane, self.worker) is not None for lane in lanes)

    def work_on(self, delivery: Delivery) -> None:
        """Drain the lane of one delivery."""
        drain_lane(delivery.lane_id, self.worker)

    def later(self, **span: float) -> int:
        """Let time pass and work."""
        self.clock.advance(timedelta(**span))
        return self.work()

    def look(self, delivery: Delivery) -> Delivery:
        with scope(self.organisation.id):
            return Delivery.objects.get(id=delivery.id)

    def link(self) -> Connection:
        with scope(self.organisation.id):
            return Connection.objects.get(id=self.connection.id)


@pytest.fixture
def world(
    organisation: Organisation, ledger: LedgerRail, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> World:
    connection = a_connection(organisation, rail="ledger", name="Ledger")
    a_route(connection, name="everything")
    world = World(organisation, connection, clock)
    monkeypatch.setattr(engine.drain, "defer", lambda lanes: world.jobs.append(lanes))
    monkeypatch.setattr(
        engine.drain, "batch_defer", lambda *jobs: world.jobs.extend(job["lanes"] for job in jobs)
    )
    return world


@pytest.fixture
def a_case_of_ours(organisation: Organisation) -> Case:
    return a_case(organisation)
