"""The simulated platform, seen by a sender and a subscriber that were written without a look into it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from caseway.rails.fit_connect.simulator import FitConnectSimulator
from caseway.testing.fit_peer import NimbusPeer, PeerFailed
from tests.peers.fit_connect.desk import PROBLEM, REPLY_SCHEMA, Desk, digest, offer, pdf
from tests.peers.fit_connect.keyring import Pair, make

FRAGMENT = 400_000


@pytest.fixture(scope="module")
def simulator() -> Iterator[FitConnectSimulator]:
    with FitConnectSimulator() as running:
        yield running


@pytest.fixture
def desk(simulator: FitConnectSimulator, tmp_path: Path) -> Desk:
    return Desk(simulator, tmp_path)


@pytest.fixture(scope="module")
def reply_key() -> Pair:
    return make("reply-key-1", "decrypt")


@pytest.fixture(scope="module")
def sender_key() -> Pair:
    return make("sender-signing-1", "sign")


def collected(nimbus: NimbusPeer, desk: Desk, sent: dict[str, Any]) -> dict[str, Any]:
    ids = {"submissionId": sent["submissionId"], "caseId": sent["caseId"]}
    return nimbus.run("receive", desk.subscriber(), ids | {"room": desk.folder("received")})


def answered(nimbus: NimbusPeer, desk: Desk, verb: str, sent: dict[str, Any], payload: dict[str, Any]) -> Any:
    ids = {"submissionId": sent["submissionId"], "caseId": sent["caseId"]}
    return nimbus.run(verb, desk.subscriber(), ids | {"payload": payload})


def waiting(nimbus: NimbusPeer, desk: Desk) -> set[str]:
    return {one["submissionId"] for one in nimbus.run("waiting", desk.subscriber())["submissions"]}


def log(nimbus: NimbusPeer, at: dict[str, Any], case_id: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = nimbus.run("events", at, {"caseId": case_id})["events"]
    return events


def test_a_submission_is_received_whole_and_accepted(nimbus: NimbusPeer, desk: Desk) -> None:
    plan, photo = desk.large("plan", 1_000_000), desk.written("photo", b"")
    application = desk.application(pdf(plan, fragment=FRAGMENT), pdf(photo, "Foto.pdf"))
    sent = nimbus.run("send", desk.sender(), application)
    assert sent["submissionId"] in waiting(nimbus, desk)
    received = collected(nimbus, desk, sent)
    accepted = answered(nimbus, desk, "accept", sent, {"authenticationTags": received["tags"]})
    events = log(nimbus, desk.sender(), sent["caseId"])

    assert 200 == sent["status"]
    assert digest(application["data"]["path"]) == digest(received["data"])
    assert [digest(plan), digest(photo)] == [digest(one["path"]) for one in received["attachments"]]
    assert [3, 1] == [one["fragments"] for one in received["attachments"]]
    assert sent["attachmentTags"] == received["tags"]["attachments"]
    assert 204 == accepted["status"]
    assert [f"{verb}-submission" for verb in ("create", "submit", "notify", "accept")] == [
        one["event"] for one in events
    ]
    assert desk.sender()["destinationId"] == events[-1]["iss"]
    assert events[1]["payload"]["authenticationTags"] == events[3]["payload"]["authenticationTags"]
    assert sent["submissionId"] not in waiting(nimbus, desk)


def test_a_rejection_tells_the_sender_its_problems(nimbus: NimbusPeer, desk: Desk) -> None:
    sent = nimbus.run("send", desk.sender(), desk.application())
    answered(nimbus, desk, "reject", sent, {"problems": [PROBLEM]})

    last = log(nimbus, desk.sender(), sent["caseId"])[-1]
    assert ("reject-submission", [PROBLEM]) == (last["event"], last["payload"]["problems"])


def test_a_second_submission_goes_on_with_the_case(nimbus: NimbusPeer, desk: Desk) -> None:
    first = nimbus.run("send", desk.sender(), desk.application())
    second = nimbus.run("send", desk.sender(), desk.application(caseId=first["caseId"]))

    assert first["caseId"] == second["caseId"]
    assert 2 == len({one["sub"] for one in log(nimbus, desk.subscriber(), first["caseId"])})


def test_a_reply_comes_back_and_is_accepted(
    nimbus: NimbusPeer, desk: Desk, reply_key: Pair, sender_key: Pair
) -> None:
    desk.simulator.add_client(
        id="replying-sender", secret="replying-sender-secret", kind="sender", keys=[sender_key.public]
    )
    sender = desk.sender(
        clientId="replying-sender", clientSecret="replying-sender-secret",
        decryptionKeys=[reply_key.private], signingKey=sender_key.private,
        signers={"replying-sender": sender_key.public},
    )  # fmt: skip
    sent = nimbus.run("send", sender, desk.application(metadata=offer(reply_key)))
    received = collected(nimbus, desk, sent)
    answered(nimbus, desk, "accept", sent, {"authenticationTags": received["tags"]})
    channel = received["metadata"]["replyChannel"]["fitConnect"]
    ruling = desk.large("ruling", 900_000)
    answer = desk.application(pdf(ruling, "Bescheid.pdf", fragment=FRAGMENT))
    answer["data"]["schemaUri"] = channel["processStandards"][0]
    replied = nimbus.run(
        "reply", desk.subscriber(), answer | {"caseId": sent["caseId"], "key": channel["encryptionPublicKey"]}
    )
    ids = {"replyId": replied["replyId"], "caseId": sent["caseId"]}
    assert ids.items() <= nimbus.run("replies", sender)["replies"][0].items()
    fetched = nimbus.run("receive-reply", sender, ids | {"room": desk.folder("replied")})
    payload = {"authenticationTags": fetched["tags"]}
    nimbus.run("accept-reply", sender, ids | {"issuer": "replying-sender", "payload": payload})
    events = log(nimbus, sender, sent["caseId"])

    structure = fetched["metadata"]["contentStructure"]
    assert REPLY_SCHEMA == structure["data"]["submissionSchema"]["schemaUri"]
    assert digest(ruling) == digest(fetched["attachments"][0]["path"])
    assert ["create-reply", "submit-reply", "accept-reply"] == [
        one["event"] for one in events if one["sub"] == f"reply:{replied['replyId']}"
    ]
    assert [] == nimbus.run("replies", sender)["replies"]


def test_an_answer_after_the_answer_is_a_conflict(nimbus: NimbusPeer, desk: Desk) -> None:
    sent = nimbus.run("send", desk.sender(), desk.application())
    answered(nimbus, desk, "reject", sent, {"problems": [PROBLEM]})

    with pytest.raises(PeerFailed) as failed:
        answered(nimbus, desk, "accept", sent, {})
    assert (409, "application/problem+json") == (failed.value.found["status"], failed.value.found["type"])


def test_a_token_signed_by_another_key_is_unprocessable(
    nimbus: NimbusPeer, desk: Desk, sender_key: Pair
) -> None:
    sent = nimbus.run("send", desk.sender(), desk.application())
    subscriber = desk.subscriber()
    foreign = sender_key.private | {"kid": subscriber["signingKey"]["kid"]}

    with pytest.raises(PeerFailed) as failed:
        nimbus.run("accept", subscriber | {"signingKey": foreign}, sent | {"payload": {}})
    assert 422 == failed.value.found["status"]


@pytest.mark.parametrize(
    ("switch", "told"),
    [
        ({"kind": "tamper_tag_in_set", "event": "submit-submission"}, "the tag in the event log is another"),
        ({"kind": "wrong_set_signature", "event": "submit-submission"}, "the signature of an event"),
        ({"kind": "tamper_data"}, "a JWE does not open"),
    ],
)
def test_what_was_tampered_with_is_noticed(
    nimbus: NimbusPeer, desk: Desk, switch: dict[str, Any], told: str
) -> None:
    sent = nimbus.run("send", desk.sender(), desk.application())
    desk.simulator.switch_on(switch)
    try:
        with pytest.raises(PeerFailed, match=told):
            collected(nimbus, desk, sent)
    finally:
        desk.simulator.faults.clear()
