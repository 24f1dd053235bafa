"""The clock is set forward or back while leases run: nothing is lost or doubled, nothing waits for days."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import OperationalError, connections

from caseway.access.scope import scope
from caseway.configuration import configuration
from caseway.delivery import clock_care, engine, lanes, pulse
from caseway.delivery.models import Lane
from caseway.testing.harness_world import Count
from tests.failure.conftest import Town

DAY = timedelta(days=1)


@pytest.fixture
def town(town: Town) -> Town:
    """Musterstadt, whose connection and mapping have been in force for a while."""
    town.open()
    town.clock.advance(60 * DAY)
    return town


def wait_for(seen: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.02)


def only_lane(town: Town) -> Lane:
    with scope(town.world.organisation.id):
        return Lane.objects.get()


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the time of the process pass, which no clock on the wall can change."""
    passed = time.monotonic() + seconds
    monkeypatch.setattr("caseway.delivery.clock_care.time.monotonic", lambda: passed)


@pytest.mark.parametrize("jump", [DAY, -DAY], ids=["forward", "back"])
def test_a_jump_in_the_middle_of_an_upload_doubles_nothing(town: Town, jump: timedelta) -> None:
    town.dms.misbehave("slow", seconds=1.5, actions=["createDocument"], times=1)
    town.world.accept(1)
    (job,) = town.jobs
    first = threading.Thread(target=lambda: (engine.drain(job), connections.close_all()))
    first.start()
    wait_for(lambda: town.attempts() == 2)  # the folder is filed, the application on its way
    town.clock.advance(jump)
    town.jobs.clear()
    town.work()
    assert (2 if jump > timedelta() else 1) == only_lane(town).fence
    first.join(20)
    town.wait(hours=8)

    assert Count.perfect(1) == town.world.count()


def test_what_was_accepted_under_a_clock_a_day_ahead_goes_out_when_it_is_set_back(town: Town) -> None:
    town.world.accept(3)
    town.jobs.clear()  # and the jobs died with their worker
    town.clock.advance(-DAY)
    town.work()
    assert {"waiting": 3} == town.world.states()

    pulse.beat()
    town.work()

    assert Count.perfect(3) == town.world.count()


def test_a_connection_that_was_down_under_a_clock_ahead_is_tried_within_its_longest_pause(town: Town) -> None:
    town.dms.misbehave("unavailable")
    town.world.accept(8)
    town.work()
    town.wait(hours=1)
    town.clock.advance(-30 * DAY)
    town.dms.behave()

    clock_care.mend()
    town.wait(hours=5)

    assert Count.perfect(8) == town.world.count()


def test_the_lease_of_a_dead_worker_ends_though_the_clock_was_set_back(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.world.accept(1)
    town.jobs.clear()
    assert lanes.claim(only_lane(town).id, "dead")
    town.clock.advance(-DAY)
    clock_care.mend()
    assert "dead" == only_lane(town).leased_by

    later(monkeypatch, configuration().lease_seconds + 1)
    clock_care.mend()
    town.work()

    assert Count.perfect(1) == town.world.count()


def test_the_lease_of_who_works_is_left_alone(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.world.accept(1)
    claim = lanes.claim(only_lane(town).id, "alive")
    assert claim is not None
    town.clock.advance(-DAY)
    clock_care.mend()
    with scope(town.world.organisation.id):
        lanes.hold(claim)

    later(monkeypatch, configuration().lease_seconds + 1)
    clock_care.mend()

    assert "alive" == only_lane(town).leased_by


def test_an_ordinary_outage_is_not_taken_for_a_jump(town: Town) -> None:
    town.dms.misbehave("unavailable")
    town.world.accept(8)
    town.work()
    town.wait(hours=40)

    assert 0 == clock_care.mend()


def test_a_worker_beats_on_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[int] = []

    def mend() -> int:
        beats.append(len(beats))
        raise OperationalError

    monkeypatch.setattr(clock_care, "mend", mend)

    async def work() -> None:
        async with pulse.pulse(0.01):
            await asyncio.sleep(0.5)

    asyncio.run(work())

    assert len(beats) > 2
