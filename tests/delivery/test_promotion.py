"""A connection moves from one environment to the next only with its proof."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from caseway.access.actor import Actor
from caseway.access.models import AuditEntry
from caseway.access.scope import scope
from caseway.configuration import configuration
from caseway.core.errors import Conflict, Invalid
from caseway.delivery import environments
from caseway.delivery.conformance import run_conformance
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.delivery.keys import import_key, put_in_force
from caseway.delivery.models import Connection, DeliveryState
from caseway.delivery.promotion import next_environment, obstacles, promote_connection
from caseway.rails.contract import Finding
from caseway.testing.builders import a_delivery, a_submission
from tests.delivery.key_fixtures import a_key, pem
from tests.delivery.test_conformance import ProvingLedger, actor, rail

__all__ = ["actor", "rail"]
pytestmark = pytest.mark.mission("F-08")


def draft(environment: str, **settings: Any) -> ConnectionDraft:
    return ConnectionDraft("ledger", "Ledger", "ledger", environment, settings)


def stored(actor: Actor) -> Connection:
    with scope(actor.organisation_id):
        return Connection.objects.get(slug="ledger")


def refused(doing: Callable[[], object]) -> str:
    with pytest.raises(Conflict) as raised:
        doing()
    return raised.value.code


def test_a_passed_run_opens_the_next_environment_and_only_that(actor: Actor) -> None:
    run = run_conformance(actor, "ledger")

    skipping = refused(lambda: promote_connection(actor, "ledger", draft("reference")))
    moved = promote_connection(actor, "ledger", draft("test", address="http://127.0.0.1:11"))

    assert ("connection.environment_skipped", "test", "reference") == (
        skipping, moved.environment, next_environment(moved),
    )  # fmt: skip
    with scope(actor.organisation_id):
        entry = AuditEntry.objects.get(action="connection.promoted")
    assert ("sandbox", "test", str(run.id)) == tuple(
        entry.details[name] for name in ("before", "after", "run")
    )


def test_without_a_passed_run_it_stays(actor: Actor, rail: ProvingLedger) -> None:
    rail.acts[0] = Finding("first", False, "No.")
    none = refused(lambda: promote_connection(actor, "ledger", draft("test")))
    run_conformance(actor, "ledger")
    failed = refused(lambda: promote_connection(actor, "ledger", draft("test")))

    assert ["connection.conformance_missing"] * 2 == [none, failed]
    assert "sandbox" == stored(actor).environment
    assert ["connection.conformance_missing"] == [one.code for one in obstacles(actor, "ledger", "test")]


def test_saving_is_no_way_round(actor: Actor) -> None:
    assert "connection.conformance_missing" == refused(lambda: save_connection(actor, draft("test")))
    assert "connection.environment_skipped" == refused(
        lambda: save_connection(actor, draft("production"), paused=True)
    )


def test_a_run_of_other_settings_proves_nothing(actor: Actor) -> None:
    run_conformance(actor, "ledger")
    save_connection(actor, draft("sandbox", address="http://127.0.0.1:12"))

    changed = refused(lambda: promote_connection(actor, "ledger", draft("test")))
    save_connection(actor, draft("sandbox"))
    moved = promote_connection(actor, "ledger", draft("test"))

    assert ("connection.conformance_missing", "test") == (changed, moved.environment)


def test_a_run_with_another_key_proves_nothing(actor: Actor) -> None:
    run_conformance(actor, "ledger")
    row = import_key(actor, "ledger", "sign", pem(a_key()))

    prepared = obstacles(actor, "ledger", "test")
    put_in_force(actor, "ledger", row.kid)

    assert ([], ["connection.conformance_missing"]) == (
        prepared, [one.code for one in obstacles(actor, "ledger", "test")],
    )  # fmt: skip


def test_a_later_run_that_failed_takes_the_proof_back(actor: Actor, rail: ProvingLedger) -> None:
    run_conformance(actor, "ledger")
    rail.acts[1] = Finding("second", False, "No.")
    run_conformance(actor, "ledger")

    assert ["connection.conformance_missing"] == [one.code for one in obstacles(actor, "ledger", "test")]


def test_each_environment_needs_its_own_run_all_the_way(actor: Actor) -> None:
    for environment in ("test", "reference", "production"):
        before = refused(lambda to=environment: promote_connection(actor, "ledger", draft(to)))  # type: ignore[misc]
        assert "connection.conformance_missing" == before
        run_conformance(actor, "ledger")
        promote_connection(actor, "ledger", draft(environment))

    assert ("production", None) == (stored(actor).environment, next_environment(stored(actor)))


def test_going_back_needs_no_run_and_is_written_down(actor: Actor) -> None:
    run_conformance(actor, "ledger")
    promote_connection(actor, "ledger", draft("test"))

    promote_connection(actor, "ledger", draft("sandbox"))

    with scope(actor.organisation_id):
        moves = AuditEntry.objects.filter(action="connection.promoted").order_by("number")
        assert [True, False] == [entry.details["forward"] for entry in moves]


def test_what_is_owed_in_one_environment_is_not_sent_in_another(actor: Actor) -> None:
    run_conformance(actor, "ledger")
    connection = stored(actor)
    delivery = a_delivery(a_submission(connection.organisation), connection, DeliveryState.ATTENTION)

    waiting = refused(lambda: promote_connection(actor, "ledger", draft("test")))
    with scope(actor.organisation_id):
        type(delivery).objects.update(state=DeliveryState.DELIVERED)
    moved = promote_connection(actor, "ledger", draft("test"))

    assert ("connection.deliveries_open", "test") == (waiting, moved.environment)


@pytest.mark.parametrize("environment", ["reference", "production"])
def test_a_new_connection_does_not_start_unproven(
    actor: Actor, monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    new = ConnectionDraft("new", "New", "ledger", environment, {})
    before = refused(lambda: save_connection(actor, new))
    allowing = configuration().model_copy(update={"start_unproven": True})
    monkeypatch.setattr(environments, "configuration", lambda: allowing)

    assert ("connection.conformance_missing", environment) == (
        before, save_connection(actor, new).environment,
    )  # fmt: skip


def test_an_environment_that_does_not_exist_is_said(actor: Actor) -> None:
    with pytest.raises(Invalid) as raised:
        promote_connection(actor, "ledger", draft("moon"))

    assert "connection.environment_unknown" == raised.value.code
