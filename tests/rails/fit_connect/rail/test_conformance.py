"""A run proves a connection clause by clause, and each clause fails for what it is about."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from caseway.rails.conformance import Ground
from caseway.rails.contract import Finding, Link
from caseway.rails.fit_connect import rail
from caseway.rails.fit_connect.conform_desk import MARK
from tests.rails.fit_connect.jose.keys import decryption_key, signing_key
from tests.rails.fit_connect.rail.forger import Forged, describe, new_id
from tests.rails.fit_connect.rail.kit import Held, World
from tests.rails.fit_connect.rail.papers import APPLICATION, DATA, OURS, data, occasion

CODE = "fit_connect.conform."
SERVICE = "urn:de:fim:leika:leistung:99010003001006"


def ground(room: Path, patience: float = 1.0, place: str = "", large: int = 200_000) -> Ground:
    room.mkdir(parents=True, exist_ok=True)
    return Ground(occasion([data(), APPLICATION]), place, room, large, patience)


def run(link: Link, world: World, **more: Any) -> dict[str, Finding]:
    """Make a run and return its findings by the last word of their clause."""
    findings = list(rail.conform(link, ground(world.room / str(link.connection_id), **more)))
    return {one.code.removeprefix(CODE): one for one in findings}


def bad(findings: dict[str, Finding]) -> dict[str, str]:
    return {name: str(one.details.get("cause")) for name, one in findings.items() if not one.ok}


def waiting_test(world: World) -> None:
    """Have a submission wait that is marked as a test."""
    told = describe(DATA, {}, additionalReferenceInfo={"senderReference": f"{MARK} 1"})
    Forged(metadata=told).hand_over(world)


def side_by_side(world: World, links: Sequence[Link]) -> list[dict[str, Finding]]:
    """Make runs at the same time."""
    found: list[dict[str, Finding]] = [{} for _ in links]

    def make(number: int) -> None:
        found[number] = run(links[number], world, patience=20.0)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(len(links))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def test_a_sender_and_a_receiver_prove_themselves_against_each_other(either: World) -> None:
    sender = either.sender(service_identifier=SERVICE, fragment_bytes=120_000).link
    receiver = either.receiver(callback_secret="x" * 40)

    sent, received = side_by_side(either, [sender, receiver])

    assert ({}, {}) == (bad(sent), bad(received))
    for link, findings in ((sender, sent), (receiver, received)):
        assert [one.code.removeprefix(CODE) for one in rail.clauses(link)] == list(findings)
    assert "2 pieces" in sent["large"].sentence


def test_a_run_takes_away_what_it_left(world: World) -> None:
    for _ in range(4):
        waiting_test(world)
    link = world.receiver()

    assert {} == bad(run(link, world))
    assert [] == world.waiting(link)


def test_nothing_is_answered_that_is_no_test(world: World) -> None:
    world.sender().all(occasion())
    Forged(metadata=b"kein JSON").hand_over(world)
    link = world.receiver()
    world.exchanges.clear()

    findings = run(link, world, patience=0.2)

    assert {"collected", "accepted", "rejected"} == set(bad(findings))
    assert 2 == len(world.waiting(link))
    assert 0 == sum(one.action == "getAttachment" for one in world.exchanges)


SENDING: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "let_in": ({}, {"client_secret": "falsch"}, "oauth.refused"),
    "recipient": (
        {"kind": "certificate_expired", "actions": ["get_key"]},
        {},
        "fit_connect.certificate_expired",
    ),
    "sent": ({"kind": "wrong_set_signature"}, {}, "fit_connect.not_confirmed"),
    "large": ({"kind": "too_large", "actions": ["put_attachment"], "after": 1}, {}, "fit_connect.too_large"),
    "forged": ({"kind": "clock_skew", "seconds": 7200}, {}, "fit_connect.not_confirmed"),
    "judged": ({}, {}, "fit_connect.no_verdict_in_time"),
    "reply_key": (
        {},
        {
            "reply_channel": "fit_connect",
            "reply_standards": ("urn:de:test",),
            "reply_issuer": "destination",
            "sender_destination_id": OURS,
        },
        "keys.none_to_decrypt",
    ),
}


@pytest.mark.parametrize("clause", SENDING)
def test_a_clause_of_sending_fails_for_what_it_is_about(world: World, clause: str) -> None:
    fault, changes, cause = SENDING[clause]
    if fault:
        world.platform.switch_on(fault)
    link = world.sender(**changes).link
    findings = run(link, world, patience=0.2, large=20_000)

    assert cause == bad(findings)[clause]
    assert findings[clause].sentence
    assert findings[clause].remedy


def receiving(world: World, clause: str) -> Link:
    """Return a receiver that cannot keep a clause."""
    ours = world.keys()
    kept = [key for key in ours.keys if key.use == "sign"]
    mixed = replace(ours.decryption()[0], public=decryption_key(2).public)
    changes: dict[str, dict[str, Any]] = {
        "let_in": {"client_secret": "falsch"},
        "keys": {"keys": Held([*kept, decryption_key(2)])},
        "signing": {"keys": Held([signing_key(2), *ours.decryption()])},
        "rotation": {"keys": Held([*ours.keys, mixed])},
    }
    return world.receiver(**changes.get(clause, {}))


RECEIVING: dict[str, tuple[dict[str, Any], str]] = {
    "keys": ({}, "fit_connect.jwe_key_unknown"),
    "rotation": ({}, "fit_connect.jwe_key_unknown"),
    "may_read": ({"kind": "refuse", "actions": ["list_submissions"], "after": 1}, "fit_connect.forbidden"),
    "collected": ({"kind": "tamper_tag_in_set"}, "fit_connect.set_tags_metadata_differ"),
    "accepted": ({"kind": "problems_422", "actions": ["post_event"]}, "fit_connect.event_refused"),
    "rejected": (
        {"kind": "problems_422", "actions": ["post_event"], "after": 1},
        "fit_connect.event_refused",
    ),
    "cleared": (
        {"kind": "problems_422", "actions": ["post_event"], "after": 2},
        "fit_connect.event_refused",
    ),
}


@pytest.mark.parametrize("clause", RECEIVING)
def test_a_clause_of_receiving_fails_for_what_it_is_about(world: World, clause: str) -> None:
    fault, cause = RECEIVING[clause]
    for _ in range(3):
        waiting_test(world)
    link = receiving(world, clause)
    if fault:
        world.platform.switch_on(fault)

    assert cause == bad(run(link, world, patience=0.2))[clause]


def test_a_signing_key_that_is_not_published_is_found(world: World) -> None:
    findings = run(receiving(world, "signing"), world, patience=0.2)

    assert "fit_connect.key_unknown" == bad(findings)["keys"]


def test_a_published_key_that_senders_will_not_trust_is_found(world: World) -> None:
    world.fault("certificate_expired", "get_key", times=None)

    assert "fit_connect.certificate_expired" == bad(run(world.receiver(), world, patience=0.2))["keys"]


def test_a_run_ends_where_nobody_lets_it_in(world: World) -> None:
    assert ["let_in"] == list(run(receiving(world, "let_in"), world))


def test_no_test_that_waits_is_said(world: World) -> None:
    assert "fit_connect.no_test_waits" == bad(run(world.receiver(), world, patience=0.2))["collected"]


def test_outside_of_tests_a_run_sends_only_to_a_place_set_aside(world: World) -> None:
    link = replace(world.sender(service_identifier=SERVICE).link, environment="production")
    without, within = run(link, world, patience=0.2), run(link, world, patience=0.2, place=OURS)

    assert "fit_connect.no_place" == bad(without)["sent"]
    assert within["sent"].ok
    assert 2 == world.handed_over()


def test_a_run_at_a_place_answers_only_there(world: World) -> None:
    waiting_test(world)
    link = world.receiver()

    assert "collected" in bad(run(link, world, patience=0.2, place=new_id()))
    assert 1 == len(world.waiting(link))


def test_fragments_are_not_asked_of_metadata_that_cannot_say_them(world: World) -> None:
    world.platform.platform.store.destinations[OURS].metadata_versions = ["1.3.0"]
    findings = run(world.sender(fragment_bytes=10_000).link, world, patience=0.2, large=30_000)

    assert "1 pieces" in findings["large"].sentence


def test_a_hiccup_of_the_platform_does_not_spoil_a_run(world: World) -> None:
    world.fault("unavailable", "create_submission")
    world.fault("drop_reply", "submit")

    assert {"judged"} == set(bad(run(world.sender().link, world, patience=0.2, large=20_000)))
    assert 0 == world.doubled()
