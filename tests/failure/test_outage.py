"""The DMS is down for days: everything waits, little is tried, and all goes out exactly once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from caseway.delivery.connections import pause_connection, resume_connection
from caseway.delivery.filtering import DeliveryFilter
from caseway.delivery.replay import plan_replay, start_replay, work
from caseway.testing.harness_world import Count
from tests.failure.conftest import Town

WAITING = 312


@pytest.mark.slow
def test_312_deliveries_waited_and_all_went_out_at_seven(town: Town) -> None:
    town.open()
    pause_connection(town.world.actor, "dms", "maintenance until Monday, seven o'clock")
    town.world.accept(WAITING)
    town.wait(hours=62, every=timedelta(hours=2))
    assert (0, {"waiting": WAITING}) == (town.attempts(), town.world.states())

    resume_connection(town.world.actor, "dms")
    town.work()

    assert Count.perfect(WAITING) == town.world.count()
    assert "2026-11-23T07:00" == (town.clock.now() + timedelta(hours=1)).isoformat()[:16]


def test_an_outage_nobody_announced_costs_few_attempts(town: Town) -> None:
    town.open()
    town.dms.misbehave("unavailable")
    town.world.accept(40)
    town.wait(hours=62)
    tried = town.attempts()
    town.dms.behave()
    town.wait(hours=4.5)

    assert Count.perfect(40) == town.world.count()
    assert tried < 40 + 62 / 4 + 10


def test_the_window_is_five_days_and_then_a_person_is_asked(town: Town) -> None:
    town.open()
    town.dms.misbehave("unavailable")
    town.world.accept(3)
    town.wait(hours=5 * 24 - 1, every=timedelta(hours=1))
    assert {"waiting": 3} == town.world.states()

    town.wait(hours=2)

    assert ({"attention": 3}, {"delivery.window_exhausted"}) == (town.world.states(), town.codes())


def test_what_was_given_up_goes_out_once_by_a_replay(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.open()
    town.dms.misbehave("drop_reply", actions=["createFolder"], times=2)
    town.world.accept(5)
    town.work()
    town.dms.misbehave("unavailable", actions=["createFolder", "createDocument", "object"])
    town.wait(days=5.5, every=timedelta(hours=3))
    assert "attention" in town.world.states()

    town.dms.behave()
    replay = plan_replay(town.world.actor, DeliveryFilter(state="attention"), "the DMS is back")
    monkeypatch.setattr("caseway.delivery.engine.run_replay.defer", lambda replay: None)
    start_replay(town.world.actor, replay.id)
    work(replay.id)
    town.wait(hours=5)

    assert Count.perfect(5) == town.world.count()
