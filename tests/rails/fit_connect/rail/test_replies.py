"""Replies both ways: the recipient answers in the case, sealed for the key the sender offered."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from caseway.core.errors import CasewayError, NotConfigured, Refused
from caseway.rails.contract import Occasion
from caseway.rails.fit_connect import rail
from caseway.rails.inbound import Arriving, Rejectable
from caseway.testing.contract import Filing
from tests.rails.fit_connect.jose.keys import decryption_key, signing_key
from tests.rails.fit_connect.rail.kit import Held, World, answer_to, contents, submitted
from tests.rails.fit_connect.rail.papers import data, occasion, paper

STANDARD = "https://schema.fitko.de/fim/s00000121_1.0.0.schema.json"
CLIENT = "7d0f4b58-0a3c-4f1e-9d52-5e0c0f5a7c11"


def asking(world: World, **changes: Any) -> Filing:
    """Return a sender that may be answered over FIT-Connect, and answers replies itself."""
    world.platform.add_client(
        id=CLIENT, secret="geheim-genug", kind="sender", keys=[dict(signing_key(3).public)]
    )
    given = {
        "client_id": CLIENT,
        "client_secret": "geheim-genug",
        "reply_channel": "fit_connect",
        "reply_standards": (STANDARD,),
    }
    keys = Held([decryption_key(3), signing_key(3)])
    return world.sender(keys=keys, **{**given, **changes})


def reply_to(world: World, what: Any, documents: Any = None, name: str = "reply") -> Occasion:
    """Return an answer to what was collected, as the engine makes an occasion of it."""
    papers = documents or [
        data(b'{"bescheid": "genehmigt"}', name="bescheid"),
        paper("attachment", "Bescheid.pdf", b"%PDF-1.7"),
    ]
    origin = {**what.origin, "reply": dict(what.reply)}
    return occasion(papers, name=name, kind="answer", origin=origin)


def taken(world: World) -> tuple[Filing, Any, Any]:
    """Send with an offer of answers; return the asking desk, the receiver's link and what it collected."""
    desk = asking(world)
    desk.all(occasion([data()]))
    link = world.receiver()
    return desk, link, world.collect(link)


def arrived(world: World, desk: Filing) -> Arriving:
    (arriving,) = world.waiting(desk.link)
    return arriving


def test_an_answer_travels_back_in_the_case_and_is_taken(either: World) -> None:
    desk, link, what = taken(either)
    answering = Filing(rail, link)
    answering.all(reply_to(either, what))

    arriving = arrived(either, desk)
    collected = either.collect(desk.link, arriving)

    assert ("reply", submitted(desk.receipts).facts["remote_case_id"]) == (
        arriving.kind,
        arriving.remote_case_id,
    )
    assert ("message", b'{"bescheid": "genehmigt"}') == (
        collected.kind,
        contents(collected)["structured:data.json"],
    )
    either.answer(desk.link, "accept", arriving, tags=collected.origin["tags"])
    assert 1 == either.platform.counts()["events"]["accept-reply"]
    assert [] == either.waiting(desk.link)


def test_the_offer_names_the_key_in_force_and_the_standards(world: World) -> None:
    _, _, what = taken(world)

    assert ("fit_connect", [STANDARD]) == (what.reply["channel"], what.reply["processStandards"])
    assert decryption_key(3).kid == what.reply["encryptionPublicKey"]["kid"]


def test_a_wish_of_the_applicant_goes_before_our_offer(world: World) -> None:
    wish = {"channel": "email", "address": "erika.mustermann@example.de"}
    asking(world).all(occasion([data()], reply=wish))

    assert wish == dict(world.collect(world.receiver()).reply)


def test_a_reply_may_be_refused_with_a_problem(world: World) -> None:
    desk, link, what = taken(world)
    Filing(rail, link).all(reply_to(world, what))

    world.answer(desk.link, "reject", arrived(world, desk), problems=[rail.reasons()[3].as_json()])

    assert 1 == world.platform.counts()["events"]["reject-reply"]


@pytest.mark.parametrize("action", ["create_reply", "put_attachment", "submit_reply"])
def test_a_reply_whose_answer_is_lost_is_one_reply(world: World, action: str) -> None:
    desk, link, what = taken(world)
    world.fault("drop_reply", action)

    Filing(rail, link).all(reply_to(world, what))

    assert 1 == len(world.waiting(desk.link))
    assert 1 == world.platform.counts()["events"]["submit-reply"]


def test_an_answer_to_a_reply_whose_answer_is_lost_is_one_event(world: World) -> None:
    desk, link, what = taken(world)
    Filing(rail, link).all(reply_to(world, what))
    arriving = arrived(world, desk)
    tags = world.collect(desk.link, arriving).origin["tags"]
    world.fault("drop_reply", "post_event")

    world.answer(desk.link, "accept", arriving, tags=tags)

    assert 1 == world.platform.counts()["events"]["accept-reply"]


def test_a_reply_is_delivered_once_the_platform_holds_it(world: World) -> None:
    _, link, what = taken(world)
    answering, reply = Filing(rail, link), reply_to(world, what)
    answering.all(reply)

    verdict = world.follow(answering, reply).verdict

    assert verdict is not None
    assert verdict.accepted


def test_a_reply_can_wait_for_its_reader_by_a_setting(world: World) -> None:
    desk, _, what = taken(world)
    link = world.receiver(reply_proof="accepted")
    answering, reply = Filing(rail, link), reply_to(world, what)
    answering.all(reply)
    arriving = arrived(world, desk)
    tags = world.collect(desk.link, arriving).origin["tags"]
    world.answer(desk.link, "accept", arriving, tags=tags)

    followed = world.follow(answering, reply)

    # Nobody publishes the key a sender signs with: what it says is shown, and proves nothing.
    assert (None, "accept-reply", False) == (
        followed.verdict,
        followed.log[-1].what,
        followed.log[-1].verified,
    )


def test_a_sender_can_answer_as_its_own_destination_by_a_setting(world: World) -> None:
    desk, link, what = taken(world)
    Filing(rail, link).all(reply_to(world, what))
    arriving = arrived(world, desk)
    as_destination = asking(world, reply_issuer="destination", sender_destination_id=str(uuid4()))
    (step,) = as_destination.plan(answer_to("accept", arriving, tags={"metadata": "A" * 22}))

    with pytest.raises(Refused) as caught:
        as_destination.send(answer_to("accept", arriving, tags={"metadata": "A" * 22}), step)

    assert "fit_connect.event_refused" == caught.value.code  # this platform wants the client to sign


def test_nobody_is_answered_over_fit_connect_who_did_not_offer_it(world: World) -> None:
    world.sender().all(occasion([data()]))
    link = world.receiver()
    what = world.collect(link)

    with pytest.raises(NotConfigured) as caught:
        Filing(rail, link).plan(reply_to(world, what))

    assert "fit_connect.no_way_to_answer" == caught.value.code


def test_a_key_that_is_too_short_is_not_sealed_for(world: World) -> None:
    _, link, what = taken(world)
    reply = reply_to(world, what)
    key = {**reply.origin["reply"]["encryptionPublicKey"]}
    reply.origin["reply"]["encryptionPublicKey"] = key | {"n": key["n"][:400]}

    with pytest.raises(CasewayError) as caught:
        Filing(rail, link).all(reply)

    assert caught.value.code.startswith("fit_connect.jwk_")
    assert 0 == world.platform.counts()["events"].get("create-reply", 0)


def test_a_reply_in_fragments_is_joined(world: World) -> None:
    desk, _, what = taken(world)
    link = world.receiver(fragment_bytes=1000)
    large = paper("attachment", "Akte.bin", bytes(range(256)) * 20, "application/octet-stream")
    Filing(rail, link).all(reply_to(world, what, [data(), large]))

    assert bytes(range(256)) * 20 == contents(world.collect(desk.link))["attachment:Akte.bin"]


def test_a_reply_that_is_at_fault_is_told_so(world: World) -> None:
    desk, link, what = taken(world)
    Filing(rail, link).all(reply_to(world, what))
    world.fault("tamper_data", "get_reply")

    with pytest.raises(Rejectable) as caught:
        world.collect(desk.link)

    assert "fit_connect.jwe_undecryptable" == caught.value.code


def test_a_connection_that_offers_no_answers_does_not_look_for_any(world: World) -> None:
    desk = world.sender()
    world.exchanges.clear()

    assert [] == world.waiting(desk.link)
    assert [] == world.exchanges
