"""Callbacks: checked, acted on once, and no word to who may not."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.api import callbacks
from caseway.core.clock import now
from caseway.core.errors import Invalid, NotPermitted
from caseway.delivery.models import Delivery
from caseway.rails.inbound import Rejectable
from caseway.receiving.models import Arrival, SeenCallback
from caseway.receiving.notices import forget_callbacks
from caseway.testing.builders import a_connection, a_delivery, a_submission
from caseway.testing.postbox import PROBLEM, PostboxRail, sign
from tests.receiving.conftest import World

PATH = "/callbacks/beispielhausen/postbox"


@pytest.fixture(autouse=True)
def fresh_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    callbacks._counts.clear()


def call(path: str = PATH, body: bytes = b'{"arrived": ["a"]}', **how: Any) -> Any:
    """Send a callback; `at` and `signature` as they should not be."""
    stamp = how.get("at", now()).isoformat()
    headers = {"Postbox-Time": stamp, "Postbox-Sign": how.get("signature", sign(stamp, body))}
    method = how.get("method", "POST")
    return Client(SERVER_NAME="localhost", raise_request_exception=False).generic(
        method, path, body, "application/json", headers=headers
    )


def told(answer: Any) -> dict[str, Any]:
    """What an answer says, but for the name of this occurrence."""
    return {name: value for name, value in json.loads(answer.content).items() if name != "instance"}


def test_what_a_callback_names_is_collected_at_once(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    answer = call()

    assert (204, b"") == (answer.status_code, answer.content)
    assert [str(world.connection.id)] == world.woken
    assert "callback" == world.arrival().found_by


def test_a_callback_is_acted_on_once(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    at = now()
    assert 204 == call(at=at).status_code
    again = call(at=at)

    assert (403, "callback.replayed") == (again.status_code, told(again)["code"])
    assert (1, 1) == (world.arrivals(), len(world.woken))


def test_a_callback_that_could_not_be_acted_on_is_not_remembered(
    world: World, postbox: PostboxRail, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    postbox.put("a")
    at = now()
    with monkeypatch.context() as patched:
        patched.setattr("caseway.receiving.notices.register", broken)
        assert 500 == call(at=at).status_code

    assert 204 == call(at=at).status_code


def test_who_may_not_learns_nothing(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    answers = [
        call(signature="0" * 128),
        call(signature=""),
        call(at=now() - timedelta(minutes=6)),
        call(at=now() + timedelta(minutes=6)),
        call("/callbacks/beispielhausen/unknown"),
        call("/callbacks/unknown/postbox"),
        call(body=b"not json"),
    ]

    assert [403] * 7 == [answer.status_code for answer in answers]
    assert ["callback.refused"] * 7 == [told(answer)["code"] for answer in answers]
    assert 1 == len({json.dumps(told(answer)) for answer in answers})
    assert 0 == world.arrivals()
    with scope(world.organisation.id):
        assert 0 == SeenCallback.objects.count()


def test_a_rail_over_which_nothing_comes_takes_no_callback(
    world: World, postbox: PostboxRail, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: object) -> None:
        raise Invalid("No.", code="postbox.unreadable")

    monkeypatch.setattr(postbox, "notice", unreadable)
    assert "callback.refused" == told(call())["code"]

    a_connection(world.organisation, slug="nothing", rail="unheard-of")
    assert "callback.refused" == told(call("/callbacks/beispielhausen/nothing"))["code"]


def test_a_callback_reaches_its_own_organisation_only(
    world: World, postbox: PostboxRail, other_organisation: Organisation
) -> None:
    theirs = a_connection(other_organisation, slug="postbox", rail="postbox")
    postbox.put("a")
    call(f"/callbacks/{other_organisation.slug}/postbox")

    assert 0 == world.arrivals()
    with scope(other_organisation.id):
        assert [theirs.id] == list(Arrival.objects.values_list("connection_id", flat=True))


def test_a_case_that_has_grown_is_followed_at_once(world: World, postbox: PostboxRail) -> None:
    ours = a_submission(world.organisation)
    later = now() + timedelta(hours=1)
    delivery = a_delivery(ours, world.connection, "sent", remote_case_id="c", follow_at=later)
    call(body=b'{"grown": ["c"]}')

    with scope(world.organisation.id):
        assert now() == Delivery.objects.get(id=delivery.id).follow_at


def test_a_held_arrival_whose_case_has_grown_is_looked_at(world: World, postbox: PostboxRail) -> None:
    postbox.put("a", case="c")
    postbox.faults.append(Rejectable("no", [PROBLEM]))
    world.receive()
    postbox.box.clear()
    call(body=b'{"grown": ["c"]}')
    world.receive()

    assert "gone" == world.arrival().state


def test_a_connection_that_only_sends_hears_of_its_cases_and_takes_nothing(
    world: World, postbox: PostboxRail
) -> None:
    postbox.behave(receives=False)
    postbox.put("a")

    assert 204 == call().status_code
    assert 0 == world.arrivals()


def test_a_body_has_a_limit(world: World, postbox: PostboxRail) -> None:
    answer = call(body=b" " * (callbacks.MOST_BYTES + 1))

    assert (413, "callback.too_large") == (answer.status_code, told(answer)["code"])


def test_only_post_is_known(world: World, postbox: PostboxRail) -> None:
    assert 405 == call(method="GET").status_code


def test_too_many_from_one_address_are_put_off(
    world: World, postbox: PostboxRail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks, "A_MINUTE", 3)
    postbox.put("a")
    answers = [call(signature="x") for _ in range(3)]
    answers.append(call())

    assert [403, 403, 403, 429] == [answer.status_code for answer in answers]
    assert "60" == answers[3].headers["Retry-After"]
    world.clock.advance(timedelta(minutes=1))
    assert 204 == call().status_code


def test_callbacks_are_forgotten_after_a_day(world: World, postbox: PostboxRail) -> None:
    postbox.put("a")
    world.call_back(arrived=["a"])
    world.clock.advance(timedelta(hours=23))
    assert 0 == forget_callbacks()
    world.clock.advance(timedelta(hours=2))

    assert 1 == forget_callbacks()


def test_a_paused_connection_remembers_what_a_callback_named(world: World, postbox: PostboxRail) -> None:
    from caseway.delivery.connections import pause_connection

    pause_connection(world.actor, "postbox", "maintenance")
    postbox.put("a")
    world.call_back(arrived=["a"])

    assert (1, []) == (world.arrivals(), world.woken)
    with pytest.raises(NotPermitted):
        world.call_back(arrived=["a"])
