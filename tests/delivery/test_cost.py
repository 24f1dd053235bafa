"""What a delivery costs in trips to the database: counted, so that nobody adds one unseen."""

from __future__ import annotations

import pytest

from caseway.testing.trips import trips
from tests.delivery.conftest import World

TRANSACTIONS = 5
"""The claim, what planning reads, the beginning of each of two steps, the end."""

TRIPS = 20
"""The claim 5, reading 4, the beginning of a step 3 each, the end 5; BEGIN and COMMIT are among them."""


@pytest.fixture(autouse=True)
def plans_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forgetting plans, which happens every few seconds, is a trip of its own."""
    monkeypatch.setattr("caseway.access.prepared.PLANS_HOLD", 3600.0)


def test_a_delivery_of_two_steps_is_five_transactions_of_few_trips(world: World) -> None:
    world.accept()
    world.work()
    delivery = world.accept()

    with trips() as seen:
        world.work_on(delivery)

    assert "delivered" == world.look(delivery).state
    assert (TRANSACTIONS, TRIPS) == (seen.transactions(), seen.answers)


def test_its_statements_are_not_parsed_again(world: World) -> None:
    world.accept()
    world.work()
    delivery = world.accept()

    with trips() as seen:
        world.work_on(delivery)

    assert {"BEGIN;", 'COMMIT"'} == {text.split()[0] for text in seen}
