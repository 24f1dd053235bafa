"""Security Event Tokens that come are checked to the last claim."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest

from caseway.rails.fit_connect.simulator import FitConnectSimulator
from tests.rails.fit_connect.simulator.driver import (
    EVENTS,
    ORDER,
    PROBLEM,
    SET_SCHEMA,
    Party,
    announcement,
    answer,
    signed,
    signing_key,
    submitted,
)


@pytest.mark.parametrize(
    "changes",
    [
        {"jti": None},
        {"jti": "1"},
        {"iss": ORDER},
        {"iss": None},
        {"iat": None},
        {"iat": 1500000000},
        {"iat": int(time.time()) + 10**6},
        {"sub": f"submission:{uuid.uuid4()}"},
        {"txn": f"case:{uuid.uuid4()}"},
        {"$schema": None},
        {"$schema": SET_SCHEMA.replace("1.2.2", "1.0.0")},
        {"$schema": "https://elsewhere.invalid/"},
        {"events": {}},
        {"events": {f"{EVENTS}accept-submission": {}, f"{EVENTS}reject-submission": {}}},
        {"events": {f"{EVENTS}submit-submission": {}}},
        {"events": {f"{EVENTS}forward-submission": {}}},
        {"events": {f"{EVENTS}accept-submission": {"authenticationTags": {"metadata": "x" * 22}}}},
        {"events": {f"{EVENTS}reject-submission": {"problems": []}}},
        {"events": {f"{EVENTS}reject-submission": {"problems": [{**PROBLEM, "instance": None}]}}},
    ],
)
def test_a_wrong_claim_is_422_and_changes_nothing(
    platform: FitConnectSimulator, sender: Party, subscriber: Party, changes: dict[str, Any]
) -> None:
    sent = submitted(sender)
    found = subscriber.event(sent["caseId"], answer(platform, sent, "accept", **changes))
    assert 422 == found.status_code
    assert "submitted" == platform.platform.store.parcels[sent["submissionId"]].status


@pytest.mark.parametrize("header", [{"typ": "JWT"}, {"alg": "PS256"}, {"kid": "nobody-knows"}])
def test_a_wrong_header_is_422(
    platform: FitConnectSimulator, sender: Party, subscriber: Party, header: dict[str, str]
) -> None:
    sent = submitted(sender)
    claims = _claims(sent)
    assert (
        422 == subscriber.event(sent["caseId"], signed(signing_key(platform), claims, **header)).status_code
    )


def test_a_signature_of_another_key_is_422(
    platform: FitConnectSimulator, sender: Party, subscriber: Party
) -> None:
    sent = submitted(sender)
    stranger = {**signing_key(platform, ORDER), "kid": signing_key(platform)["kid"]}
    assert 422 == subscriber.event(sent["caseId"], signed(stranger, _claims(sent))).status_code


def test_the_encryption_key_signs_nothing(
    platform: FitConnectSimulator, sender: Party, subscriber: Party
) -> None:
    sent = submitted(sender)
    key = next(key for key in platform.private_keys(sent["destinationId"]) if key["key_ops"] == ["unwrapKey"])
    assert 422 == subscriber.event(sent["caseId"], signed(key, _claims(sent))).status_code


def test_a_sender_may_not_accept(platform: FitConnectSimulator, sender: Party) -> None:
    sent = submitted(sender)
    assert 403 == sender.event(sent["caseId"], answer(platform, sent, "accept")).status_code


@pytest.mark.parametrize("second", ["accept", "reject"])
@pytest.mark.parametrize("first", ["accept", "reject"])
def test_a_verdict_is_final(
    platform: FitConnectSimulator, sender: Party, subscriber: Party, first: str, second: str
) -> None:
    sent = submitted(sender)
    found = [
        subscriber.event(sent["caseId"], answer(platform, sent, verb)).status_code for verb in (first, second)
    ]
    assert [204, 409] == found


def test_what_is_not_submitted_cannot_be_accepted(
    platform: FitConnectSimulator, sender: Party, subscriber: Party
) -> None:
    made = sender.post("submissions", announcement("v2")).json()
    found = subscriber.event(
        made["caseId"], answer(platform, {**made, "tags": {"attachments": {}}}, "accept")
    )
    assert 409 == found.status_code


def test_the_first_version_forwards_before_it_accepts(platform: FitConnectSimulator) -> None:
    with (
        Party(platform, "demo-sender", "v1") as sender,
        Party(platform, "demo-subscriber", "v1") as subscriber,
    ):
        sent = submitted(sender)
        verbs = ["forward", "forward", "accept"]
        found = [subscriber.event(sent["caseId"], answer(platform, sent, v)).status_code for v in verbs]
        assert [204, 409, 204] == found


def test_an_empty_acceptance_is_counted_or_refused(platform: FitConnectSimulator) -> None:
    empty = {"events": {f"{EVENTS}accept-submission": {}}}
    for strict, status, counted in ((False, 204, 1), (True, 422, 0)):
        with FitConnectSimulator(require_tags=strict) as other:
            with Party(other, "demo-sender") as sender, Party(other, "demo-subscriber") as subscriber:
                sent = submitted(sender)
                found = subscriber.event(sent["caseId"], answer(other, sent, "accept", **empty))
                assert status == found.status_code
                assert counted == other.counts()["effects"].get("events_without_tags", 0)


def _claims(sent: dict[str, Any]) -> dict[str, Any]:
    return {
        "$schema": SET_SCHEMA,
        "iss": sent["destinationId"],
        "sub": f"submission:{sent['submissionId']}",
        "txn": f"case:{sent['caseId']}",
        "iat": int(time.time()),
        "jti": str(uuid.uuid4()),
        "events": {f"{EVENTS}accept-submission": {"authenticationTags": sent["tags"]}},
    }
