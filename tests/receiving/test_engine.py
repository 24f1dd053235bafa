"""Jobs only wake: one waiting job of a kind for a connection, whoever asks for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.core.clock import Clock
from caseway.receiving import engine
from caseway.receiving.models import SeenCallback
from caseway.testing.postbox import PostboxRail
from tests.receiving.conftest import World, a_world

REAL_WAKE = engine.wake


@pytest.fixture
def busy(
    organisation: Organisation, postbox: PostboxRail, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> World:
    """A world whose connection gets real jobs."""
    world = a_world(organisation, clock, monkeypatch)
    monkeypatch.setattr(engine, "wake", REAL_WAKE)
    return world


def jobs() -> list[tuple[str, str]]:
    """Name and lock of what waits for a worker."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT task_name, queueing_lock FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id"
        )
        return [(name, lock.partition(":")[0]) for name, lock in cursor.fetchall()]


POLL, COLLECT = ("caseway.poll",) * 2, ("caseway.collect",) * 2


def test_many_callbacks_are_one_job(busy: World, postbox: PostboxRail) -> None:
    for name in "abc":
        postbox.put(name)
        busy.call_back(arrived=[name])

    assert [COLLECT] == jobs()
    assert 3 == busy.arrivals()
    with scope(busy.organisation.id):
        assert 3 == SeenCallback.objects.count()


def test_what_is_due_gets_its_jobs_once(busy: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    engine.receive(0)
    engine.receive(5)
    assert [POLL] == jobs()

    busy.poll()
    engine.receive(10)
    engine.receive(15)
    assert [POLL, COLLECT] == jobs()


def test_a_poll_that_finds_something_wakes_the_collector(busy: World, postbox: PostboxRail) -> None:
    engine.poll(str(busy.organisation.id), str(busy.connection.id))
    assert [] == jobs()

    postbox.put("a")
    busy.clock.advance(timedelta(minutes=1))
    engine.poll(str(busy.organisation.id), str(busy.connection.id))
    assert [COLLECT] == jobs()


def test_a_job_collects_a_few_and_leaves_a_job_for_the_rest(busy: World, postbox: PostboxRail) -> None:
    for number in range(engine.BATCH + 3):
        postbox.put(f"a{number}")
    busy.poll()
    engine.collect(str(busy.connection.id))

    assert (engine.BATCH, [COLLECT]) == (len(postbox.collected), jobs())


def test_the_care_of_every_minute_tells_what_is_late(busy: World, postbox: PostboxRail) -> None:
    postbox.behave(accept="by_person")
    postbox.put("a")
    busy.receive()
    busy.clock.advance(timedelta(days=3))
    engine.care(0)

    assert busy.arrival().alarmed_at is not None
