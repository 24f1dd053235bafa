"""The circuit of a connection: an outage costs few attempts, and its end sets everything free."""

from __future__ import annotations

from datetime import timedelta

import pytest

from caseway.access.actor import system
from caseway.access.scope import scope
from caseway.core.errors import CasewayError, NotConfigured, Unavailable
from caseway.delivery import dispatcher
from caseway.delivery.connections import pause_connection, resume_connection
from caseway.delivery.models import Attempt, DeliveryState
from caseway.testing.ledger import LedgerRail
from tests.delivery.conftest import World

DOWN = Unavailable("nobody answers", code="test.down")


def attempts(world: World) -> int:
    with scope(world.organisation.id):
        return Attempt.objects.count()


def test_after_five_failures_in_a_row_nothing_more_is_tried(world: World, ledger: LedgerRail) -> None:
    ledger.down = DOWN
    for _ in range(20):
        world.accept()
    world.work()

    assert ("open", 5) == (world.link().circuit, attempts(world))


def test_when_its_pause_is_over_one_case_tries(world: World, ledger: LedgerRail) -> None:
    ledger.down = DOWN
    for _ in range(20):
        world.accept()
    world.work()
    world.later(seconds=40)

    assert ("open", 6) == (world.link().circuit, attempts(world))


def test_a_weekend_of_outage_costs_few_attempts_and_loses_nothing(world: World, ledger: LedgerRail) -> None:
    ledger.down = DOWN
    owed = [world.accept() for _ in range(20)]
    for _ in range(62):
        world.later(hours=1)
    assert attempts(world) < 40

    ledger.down = None
    for _ in range(6):
        world.later(hours=1)

    assert {"delivered"} == {world.look(one).state for one in owed}
    assert 40 == len(ledger.entries)
    assert "closed" == world.link().circuit


@pytest.mark.parametrize(
    "ours",
    [
        Unavailable("the store is away", code="blob.store_unavailable"),
        NotConfigured("the store does not let us in", code="blob.store_forbidden"),
        NotConfigured("a key of ours is missing", code="secrets.key_unknown"),
    ],
    ids=lambda error: error.code,
)
def test_trouble_of_our_own_waits_and_leaves_the_connection_blameless(
    world: World, ledger: LedgerRail, ours: CasewayError
) -> None:
    ledger.down = ours
    owed = [world.accept() for _ in range(8)]
    world.work()
    blamed = (world.link().circuit, world.link().circuit_failures, world.link().last_failure_code)
    states = {(world.look(one).state, world.look(one).code) for one in owed}

    ledger.down = None
    world.later(seconds=40)

    assert ("closed", 0, "") == blamed
    assert {("waiting", ours.code)} == states
    assert {"delivered"} == {world.look(one).state for one in owed}


def test_an_open_circuit_gives_no_jobs(world: World, ledger: LedgerRail) -> None:
    ledger.down = DOWN
    for _ in range(6):
        world.accept()
    world.work()
    world.jobs.clear()
    world.clock.advance(timedelta(seconds=5))

    dispatcher.sweep()

    assert [] == world.jobs


def test_a_paused_connection_costs_no_attempt_and_no_window(world: World, ledger: LedgerRail) -> None:
    actor = system(world.organisation.id)
    delivery = world.accept()
    pause_connection(actor, world.connection.slug, "DMS is moved")
    for _ in range(10):
        world.later(days=1)
    assert (0, "waiting") == (attempts(world), world.look(delivery).state)

    resume_connection(actor, world.connection.slug)
    world.work()

    assert DeliveryState.DELIVERED == world.look(delivery).state


def test_its_limit_of_concurrency_is_exact(world: World, ledger: LedgerRail) -> None:
    from caseway.delivery import lanes
    from caseway.delivery.models import Connection

    with scope(world.organisation.id):
        Connection.objects.update(concurrency=2)
    owed = [world.accept() for _ in range(4)]

    claims = [lanes.claim(one.lane_id, "w") for one in owed]

    assert [True, True, False, False] == [claim is not None for claim in claims]
