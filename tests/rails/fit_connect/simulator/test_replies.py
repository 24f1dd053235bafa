"""Replies from the subscriber to the sender."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest

from caseway.rails.fit_connect.simulator import FitConnectSimulator
from tests.rails.fit_connect.simulator.driver import (
    EVENTS,
    PROBLEM,
    SET_SCHEMA,
    Party,
    announcement,
    encrypt,
    signed,
    submitted,
)

Parties = tuple[Party, Party]


def replied(subscriber: Party, case_id: str) -> dict[str, Any]:
    identity = str(uuid.uuid4())
    made = subscriber.post("replies", {"caseId": case_id, "announcedAttachments": [identity]}).json()
    here = f"replies/{made['replyId']}"
    texts = [encrypt(subscriber.simulator, data) for data in (b"file", b"{}", b"{}")]
    subscriber.upload(f"{here}/attachments/{identity}", texts[0]).raise_for_status()
    body = {"encryptedMetadata": texts[1], "encryptedData": texts[2]}
    subscriber.put(here, body).raise_for_status()
    return {**made, "attachment": identity, "texts": texts}


def test_a_reply_travels_back_to_the_sender(parties: Parties) -> None:
    sender, subscriber = parties
    sent = submitted(sender)
    reply = replied(subscriber, sent["caseId"])
    here = f"replies/{reply['replyId']}"
    [listed] = sender.get("replies").json()["replies"]
    assert (reply["replyId"], sent["caseId"]) == (listed["replyId"], listed["caseId"])
    got = sender.get(here).json()
    assert reply["texts"][1:] == [got["encryptedMetadata"], got["encryptedData"]]
    assert reply["texts"][0] == sender.get(f"{here}/attachments/{reply['attachment']}").text
    assert 2 == sender.get(f"{here}/events").json()["totalCount"]
    assert ["create-reply", "submit-reply"] == sender.log(sent["caseId"])[-2:]


def test_a_reply_needs_something_submitted(sender: Party, subscriber: Party) -> None:
    made = sender.post("submissions", announcement("v2")).json()
    reply = {"caseId": made["caseId"], "announcedAttachments": []}
    assert 422 == subscriber.post("replies", reply).status_code
    assert 403 == sender.post("replies", reply).status_code
    assert 404 == subscriber.post("replies", {**reply, "caseId": str(uuid.uuid4())}).status_code


def test_only_the_sender_of_the_case_fetches_a_reply(platform: FitConnectSimulator, parties: Parties) -> None:
    sender, subscriber = parties
    reply = replied(subscriber, submitted(sender)["caseId"])
    platform.add_client(id="other", secret="other-secret")
    with Party(platform, "other", sender.version) as other:
        assert 403 == other.get(f"replies/{reply['replyId']}").status_code
        assert [] == other.get("replies").json()["replies"]
    assert 403 == subscriber.get(f"replies/{reply['replyId']}").status_code


@pytest.mark.parametrize("verb", ["accept", "reject"])
def test_the_sender_answers_a_reply_with_a_key_the_portal_knows(
    platform: FitConnectSimulator, verb: str
) -> None:
    key = {**platform.private_keys(next(iter(platform.platform.store.destinations)))[1], "kid": "sender-key"}
    public = platform.platform.pki.key_jwk("musterlingen-verify", "sender-key", "verify")
    platform.add_client(id="signing", secret="signing-secret", keys=[public])
    with Party(platform, "signing") as sender, Party(platform, "demo-subscriber") as subscriber:
        sent = submitted(sender)
        reply = replied(subscriber, sent["caseId"])
        payload = {"problems": [PROBLEM]} if verb == "reject" else {}
        claims = {
            "$schema": SET_SCHEMA,
            "iss": "signing",
            "sub": f"reply:{reply['replyId']}",
            "txn": f"case:{sent['caseId']}",
            "iat": int(time.time()),
            "jti": str(uuid.uuid4()),
            "events": {f"{EVENTS}{verb}-reply": payload},
        }
        token = signed(key, claims)
        assert 403 == subscriber.event(sent["caseId"], token).status_code
        assert [204, 409] == [sender.event(sent["caseId"], token).status_code for _ in range(2)]
        assert [] == sender.get("replies").json()["replies"]
