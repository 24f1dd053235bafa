"""What is done once a night."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from caseway import housekeeping
from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.core.clock import now
from caseway.core.errors import Unavailable
from caseway.delivery.models import Connection
from tests.delivery.conftest import World, ledger, world

__all__ = ["ledger", "world"]


def test_every_connection_in_use_is_tested(world: World) -> None:
    housekeeping.look_at_connections()

    assert ["ledger.reachable"] == [finding["code"] for finding in world.link().check_report]
    assert world.clock.now() == world.link().checked_at


def test_a_session_that_ended_is_forgotten(organisation: Organisation) -> None:
    session = SessionStore()
    session.create()
    Session.objects.update(expire_date=now() - timedelta(days=1))

    housekeeping.forget_what_ended()

    assert 0 == Session.objects.count()


def test_what_fails_does_not_stop_the_rest(world: World, monkeypatch: object) -> None:
    def broken() -> None:
        raise Unavailable("nobody there")

    before = housekeeping.PARTS
    housekeeping.PARTS = (broken, housekeeping.look_at_connections)
    try:
        housekeeping.housekeeping(0)
    finally:
        housekeeping.PARTS = before

    with scope(world.organisation.id):
        assert Connection.objects.get().checked_at is not None
