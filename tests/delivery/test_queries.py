"""What an operator asks, counted truly."""

from __future__ import annotations

from caseway.access.scope import scope
from caseway.core.errors import Refused
from caseway.delivery.queries import attention_groups, connections_health, counts_by_state
from caseway.testing.ledger import LedgerRail
from tests.delivery.conftest import World


def test_a_connection_counts_each_delivery_once(world: World, ledger: LedgerRail) -> None:
    ledger.script.extend([Refused("no", code="test.no"), Refused("no", code="test.no")])
    stuck = [world.accept(), world.accept()]
    world.work()
    waits = [world.accept(), world.accept(), world.accept()]

    with scope(world.organisation.id):
        (health,) = connections_health()
        (group,) = attention_groups()

    assert (3, 2) == (health.open, health.stuck)
    assert waits[0].created_at == health.oldest
    assert ("test.no", 2, stuck[0].created_at) == (group.code, group.count, group.oldest)


def test_states_without_a_delivery_count_nothing(world: World) -> None:
    world.accept()

    with scope(world.organisation.id):
        counts = counts_by_state()

    assert (1, 0) == (counts["waiting"], counts["delivered"])
