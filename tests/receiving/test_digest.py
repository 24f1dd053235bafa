"""The digest by mail tells what arrived and has no answer in time, and who cannot be asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from caseway import mailing
from caseway.access.models import Organisation, Role
from caseway.core.errors import NotConfigured, Unavailable
from caseway.delivery.digest import Digest, digest
from caseway.testing.builders import a_user
from caseway.testing.postbox import PostboxRail
from tests.delivery.test_digest import Letterbox, letterbox
from tests.receiving.conftest import World

__all__ = ["letterbox"]

NO_KEY = NotConfigured("No key opens this.", code="keys.none_to_open")


@pytest.fixture
def late(world: World, postbox: PostboxRail) -> World:
    """Two arrivals that nobody answered for days."""
    postbox.put("a")
    postbox.put("b")
    postbox.broken = NO_KEY
    world.receive()
    world.later(days=3)
    return world


def told(organisation: Organisation, world: World) -> Digest:
    return digest(organisation.id, world.clock.now() - timedelta(days=1))


def test_what_waits_too_long_is_told_with_what_helps(late: World) -> None:
    found = told(late.organisation, late)

    assert (False, 2, 0) == (found.quiet, found.needed, found.stuck)
    assert "Without an answer for too long at Postbox: 2." in found.as_text()
    assert "What helps: Look at each" in found.as_text()
    assert ["arrival.waits_too_long"] == [one["code"] for one in found.as_json()["findings"]]


def test_what_waits_too_long_is_mailed_to_those_who_can_act(late: World, letterbox: Letterbox) -> None:
    a_user(late.organisation, Role.FUNCTIONAL_ADMINISTRATOR, "frida@example.org")

    assert 1 == mailing.send_digests()
    (mail,) = letterbox.mails
    assert f"{late.organisation.name}: 2 need a person" in mail
    assert "Without an answer for too long at Postbox: 2." in mail


def test_what_waits_within_its_time_needs_no_mail(
    world: World, postbox: PostboxRail, letterbox: Letterbox
) -> None:
    a_user(world.organisation)
    postbox.behave(accept="by_person")
    postbox.put("a")
    world.receive()

    assert (0, []) == (mailing.send_digests(), letterbox.mails)


def test_a_connection_that_cannot_be_asked_is_told(world: World, postbox: PostboxRail) -> None:
    postbox.deaf = Unavailable("Nobody answers.")
    world.poll()

    assert (
        "Postbox cannot be asked for what waits there: Nobody answers."
        in told(world.organisation, world).as_text()
    )


def test_another_organisation_is_not_told(late: World, other_organisation: Organisation) -> None:
    assert told(other_organisation, late).quiet
