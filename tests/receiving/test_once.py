"""Nothing is taken in twice: callback and poll, two workers, and deaths between the steps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from caseway.access.scope import scope
from caseway.cases.models import Case, Document
from caseway.core.clock import now
from caseway.core.errors import CasewayError
from caseway.delivery.lanes import LeaseLost
from caseway.receiving import claiming, collecting, outcomes
from caseway.receiving.collecting import collect_due
from caseway.receiving.models import Arrival
from caseway.testing import crash
from caseway.testing.postbox import PostboxRail
from tests.receiving.conftest import World

POINTS = ["arrival.after_collect", "arrival.after_intake", "arrival.before_answer_owed"]


class Died(BaseException):
    """What a killed process leaves behind: a transaction that never ended, and nothing more."""


@pytest.fixture
def die_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make the next pass of a point the last of this worker."""
    armed: list[str] = []

    def point(name: str) -> None:
        if name in armed:
            armed.remove(name)
            raise Died

    monkeypatch.setattr(crash, "point", point)
    return armed.append


def test_callback_and_poll_are_one_arrival(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    world.call_back(arrived=["a"])
    world.receive()
    world.later(minutes=2)

    assert (1, 1, ["a"]) == (world.arrivals(), len(world.submissions()), postbox.collected)


def test_callbacks_and_polls_at_the_same_time_are_one_arrival(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    moments = [now() + timedelta(seconds=n) for n in range(4)]
    calls = [partial(world.call_back, at, arrived=["a"]) for at in moments]
    failures = together([*[world.receive] * 4, *calls])
    world.receive()

    assert [] == failures
    assert (1, 1, ["accept"]) == (world.arrivals(), len(world.submissions()), world.owed())


def test_two_workers_never_collect_the_same_thing(world: World, postbox: PostboxRail) -> None:
    for number in range(12):
        postbox.put(f"a{number}")
    world.poll()

    assert [] == together([collect_due] * 4)
    assert sorted(postbox.box) == sorted(postbox.collected)
    assert 12 == len(world.submissions())


@pytest.mark.parametrize("point", POINTS)
def test_who_dies_between_the_steps_is_taken_over(
    world: World, postbox: PostboxRail, die_at: Callable[[str], None], point: str
) -> None:
    postbox.put("a")
    die_at(point)
    with suppress(Died):
        world.receive()
    assert ("found", []) == (world.arrival().state, world.owed())
    assert 0 == world.later(minutes=1)  # its lease runs still

    world.later(minutes=5)
    world.answer()

    assert ("taken_in", 1, ["accept"]) == (world.arrival().state, len(world.submissions()), world.owed())
    assert [("accept", "a")] == postbox.answers


@pytest.mark.parametrize("point", POINTS[1:])
def test_what_is_durable_is_found_again_and_not_fetched_again(
    world: World, postbox: PostboxRail, die_at: Callable[[str], None], point: str
) -> None:
    postbox.put("a")
    die_at(point)
    with suppress(Died):
        world.receive()
    postbox.box.clear()  # it could not even be fetched any more
    world.later(minutes=6)

    assert (["a"], "taken_in") == (postbox.collected, world.arrival().state)
    answer = world.arrival().answer
    assert answer is not None
    assert {"data": "tag-a"} == answer.brief["tags"]


def test_no_content_is_stored_twice_behind_a_death(
    world: World, postbox: PostboxRail, die_at: Callable[[str], None]
) -> None:
    postbox.put("a")
    for point in POINTS:
        die_at(point)
        with suppress(Died):
            world.receive()
        world.clock.advance(timedelta(minutes=6))
    world.receive()

    with scope(world.organisation.id):
        assert (1, 1) == (Document.objects.count(), Case.objects.count())


def test_a_worker_that_lost_its_lease_writes_nothing(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    world.poll()
    first = claiming.claim(world.connection.id)
    assert first is not None
    world.clock.advance(timedelta(minutes=6))
    second = claiming.claim(world.connection.id)
    assert second is not None

    run = outcomes.Run(first, world.arrival(), [])
    with pytest.raises(LeaseLost):
        outcomes.waits(run, CasewayError("late"))

    collecting.collect(second)
    collecting.collect(first)  # fetches for nothing, and says so
    assert ("taken_in", 1) == (world.arrival().state, len(world.submissions()))
    assert ["accept"] == world.owed()


def test_a_late_worker_that_knows_the_case_otherwise_takes_in_the_same_thing(
    world: World, postbox: PostboxRail
) -> None:
    postbox.put("a")
    postbox.put("b", case="case-b")
    world.poll()
    claim = claiming.claim(world.connection.id)
    assert claim is not None

    def another_is_quicker() -> None:
        postbox.on_collect = lambda: None
        world.clock.advance(timedelta(minutes=6))
        postbox.box["a"].title = "Told otherwise"
        collect_due()
        postbox.box["a"].title = "Hundesteuer"

    postbox.on_collect = another_is_quicker
    collecting.collect(claim)

    assert 2 == len(world.submissions())
    assert ["accept", "accept"] == world.owed()


def test_one_connection_is_not_collected_from_by_more_than_it_bears(
    world: World, postbox: PostboxRail
) -> None:
    for number in range(9):
        postbox.put(f"a{number}")
    world.poll()

    claims = [claiming.claim(world.connection.id) for _ in range(9)]

    assert claiming.AT_ONCE == len([one for one in claims if one is not None])


def test_things_of_one_remote_case_go_one_after_the_other(world: World, postbox: PostboxRail) -> None:
    postbox.put("a", case="c")
    postbox.put("b", case="c")
    world.poll()

    first, second = claiming.claim(world.connection.id), claiming.claim(world.connection.id)

    assert first is not None
    assert (world.arrival("a").id, None) == (first.arrival_id, second)


def together(work: Sequence[Callable[[], object]]) -> list[BaseException]:
    """Run functions at the same time, each with a connection of its own. Returns what they raised."""
    failures: list[BaseException] = []
    gate = threading.Barrier(len(work))

    def run(one: Callable[[], object]) -> None:
        try:
            gate.wait(20)
            one()
        except BaseException as error:  # noqa: BLE001 - told to the test
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return failures


def test_the_row_is_unique_in_the_database(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    world.poll()
    found = world.arrival()

    with scope(world.organisation.id):
        Arrival.objects.bulk_create(
            [
                Arrival(
                    organisation=world.organisation,
                    connection=found.connection,
                    kind=found.kind,
                    remote_id=found.remote_id,
                    remote_case_id="other",
                    found_by="poll",
                )
            ],
            ignore_conflicts=True,
        )
    assert 1 == world.arrivals()
