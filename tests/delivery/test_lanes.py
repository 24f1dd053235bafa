"""Claims and fences: one worker at a time, and no writing after the lease."""

from __future__ import annotations

from datetime import timedelta

import pytest

from caseway.access.scope import scope
from caseway.delivery import dispatcher, lanes
from caseway.delivery.models import Lane
from tests.delivery.conftest import World


def test_a_lane_is_claimed_once(world: World) -> None:
    delivery = world.accept()

    assert lanes.claim(delivery.lane_id, "w1") is not None
    assert lanes.claim(delivery.lane_id, "w2") is None


def test_after_its_lease_another_worker_takes_over_and_the_first_may_not_write(world: World) -> None:
    delivery = world.accept()
    first = lanes.claim(delivery.lane_id, "w1")
    world.clock.advance(timedelta(minutes=6))
    second = lanes.claim(delivery.lane_id, "w2")

    assert first is not None
    assert second is not None
    with scope(world.organisation.id):
        lanes.hold(second)
        with pytest.raises(lanes.LeaseLost):
            lanes.hold(first)


def test_what_is_accepted_has_its_job_in_the_same_transaction(world: World) -> None:
    delivery = world.accept()

    assert [[str(delivery.lane_id)]] == world.jobs


def test_a_busy_connection_gets_no_more_jobs_than_it_can_work_on(world: World) -> None:
    for _ in range(20):
        world.accept()

    assert 4 == len(world.jobs)


def test_a_job_that_was_lost_is_given_again_by_the_sweep(world: World) -> None:
    delivery = world.accept()
    world.jobs.clear()
    world.clock.advance(timedelta(minutes=3))

    dispatcher.sweep()

    assert [[str(delivery.lane_id)]] == world.jobs


def test_a_released_lane_knows_when_its_head_is_due(world: World) -> None:
    delivery = world.accept()
    world.work()

    with scope(world.organisation.id):
        assert None is Lane.objects.get(id=delivery.lane_id).due_at
