"""A postbox as the other side, and a world with one connection to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import pytest

from caseway.access.actor import Actor, system
from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.core.clock import Clock
from caseway.delivery import engine as delivering
from caseway.delivery.drain import drain_lane
from caseway.delivery.models import Connection, Delivery, Lane
from caseway.intake.models import Submission
from caseway.receiving import engine
from caseway.receiving.collecting import collect_due
from caseway.receiving.finding import poll_due
from caseway.receiving.models import Arrival
from caseway.receiving.notices import take_notice
from caseway.testing.builders import a_connection
from caseway.testing.postbox import PostboxRail, sign


@pytest.fixture
def postbox(monkeypatch: pytest.MonkeyPatch) -> PostboxRail:
    """The other side."""
    rail = PostboxRail()
    monkeypatch.setattr("caseway.rails.registry.rails", lambda: MappingProxyType({"postbox": rail}))
    monkeypatch.setattr("caseway.receiving.finding.rails", lambda: MappingProxyType({"postbox": rail}))
    return rail


@dataclass
class World:
    """One organisation with a connection to the postbox; what tests say to it and ask of it."""

    organisation: Organisation
    connection: Connection
    clock: Clock
    woken: list[str] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        return system(self.organisation.id)

    def poll(self) -> int:
        """Ask what waits."""
        return poll_due()

    def receive(self) -> int:
        """Ask what waits and collect it."""
        poll_due()
        return collect_due()

    def answer(self) -> int:
        """Bring out what is owed."""
        with scope(self.organisation.id):
            lanes = list(Lane.objects.order_by("id").values_list("id", flat=True))
        return sum(drain_lane(lane, "w1") is not None for lane in lanes)

    def later(self, **span: float) -> int:
        """Let time pass, then receive."""
        self.clock.advance(timedelta(**span))
        return self.receive()

    def arrival(self, remote_id: str = "a") -> Arrival:
        with scope(self.organisation.id):
            return Arrival.objects.select_related("connection", "submission", "answer").get(
                remote_id=remote_id
            )

    def state(self, remote_id: str = "a") -> tuple[str, str]:
        """State and code of an arrival."""
        found = self.arrival(remote_id)
        return found.state, found.code

    def arrivals(self) -> int:
        with scope(self.organisation.id):
            return Arrival.objects.count()

    def submissions(self) -> list[Submission]:
        with scope(self.organisation.id):
            return list(Submission.objects.select_related("case").order_by("id"))

    def owed(self) -> list[str]:
        """The purposes of what is owed, in order."""
        with scope(self.organisation.id):
            return list(Delivery.objects.order_by("id").values_list("purpose", flat=True))

    def link(self) -> Connection:
        with scope(self.organisation.id):
            return Connection.objects.get(id=self.connection.id)

    def call_back(self, at: datetime | None = None, **said: Any) -> None:
        """Send a callback with a good signature."""
        body = json.dumps(said).encode()
        stamp = (at or self.clock.now()).isoformat()
        headers = {"Postbox-Time": stamp, "Postbox-Sign": sign(stamp, body)}
        take_notice(self.organisation.slug, self.connection.slug, headers, body)


@pytest.fixture
def world(
    organisation: Organisation, postbox: PostboxRail, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> World:
    return a_world(organisation, clock, monkeypatch)


def a_world(organisation: Organisation, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> World:
    connection = a_connection(organisation, slug="postbox", rail="postbox", name="Postbox")
    world = World(organisation, connection, clock)
    nothing: Callable[..., None] = lambda *_, **__: None  # noqa: E731
    monkeypatch.setattr(delivering.drain, "defer", nothing)
    monkeypatch.setattr(delivering.drain, "batch_defer", nothing)
    monkeypatch.setattr(engine, "wake", lambda connection_id: world.woken.append(str(connection_id)))
    return world
