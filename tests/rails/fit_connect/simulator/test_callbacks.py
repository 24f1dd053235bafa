"""Callbacks: who is told what, how it is signed, and how it is repeated."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from caseway.rails.fit_connect.simulator import FitConnectSimulator
from caseway.rails.fit_connect.simulator.callbacks import authentication
from caseway.rails.fit_connect.simulator.model import Callback
from tests.rails.fit_connect.simulator.driver import BUILDING, Party, answer, encrypt, submitted
from tests.rails.fit_connect.simulator.listener import Listener

SECRET = "a secret of more than thirty-two characters"
TYPES = "https://schema.fitko.de/fit-connect/submission-api/callbacks/"


@pytest.fixture
def listener(platform: FitConnectSimulator) -> Iterator[Listener]:
    """The subscriber's system, called back for the destination."""
    with Listener() as found:
        platform.platform.store.destinations[BUILDING].callback = Callback(**found.callback(SECRET))
        yield found


def heard(platform: FitConnectSimulator, listener: Listener) -> list[dict[str, Any]]:
    assert platform.platform.caller.idle(10)
    return [json.loads(body) for _, body in listener.heard]


def good(headers: dict[str, str], body: bytes) -> bool:
    text = headers["callback-timestamp"].encode() + b"." + body
    return headers["callback-authentication"] == hmac.new(SECRET.encode(), text, hashlib.sha512).hexdigest()


def test_the_published_examples_come_out(shared: Path) -> None:
    data = json.loads((shared / "specs/fit-connect/callback-hmac-vectors.json").read_text())
    for vector in data["vectors"]:
        made = authentication(vector["secret"], vector["callback-timestamp"], vector["body"].encode())
        assert vector["callback-authentication"] == made


def test_a_subscriber_hears_of_a_new_submission(
    platform: FitConnectSimulator, listener: Listener, parties: tuple[Party, Party]
) -> None:
    sender, _ = parties
    sent = submitted(sender)
    ids = {key: sent[key] for key in ("destinationId", "submissionId", "caseId")}
    older = {"submissionIds": [sent["submissionId"]]} if sender.version == "v1" else {}
    expected = {"type": f"{TYPES}new-submissions", **older, "submissions": [ids]}
    assert [expected] == heard(platform, listener)
    assert good(*listener.heard[0])


def test_a_sender_hears_of_the_verdict(
    platform: FitConnectSimulator, sender: Party, subscriber: Party
) -> None:
    with Listener() as listener:
        sent = submitted(sender, callback=listener.callback(SECRET))
        subscriber.event(sent["caseId"], answer(platform, sent, "accept"))
        types = [body["type"] for body in heard(platform, listener)]
        assert [f"{TYPES}new-events"] * 2 == types


def test_both_sides_hear_of_a_missed_deadline(
    platform: FitConnectSimulator, listener: Listener, sender: Party
) -> None:
    with Listener() as mine:
        submitted(sender, callback=mine.callback(SECRET))
        platform.advance(14 * 86400)
        assert f"{TYPES}new-events" == heard(platform, listener)[-1]["type"]
        assert f"{TYPES}new-events" == heard(platform, mine)[-1]["type"]


def test_a_sender_hears_of_a_reply(platform: FitConnectSimulator, subscriber: Party) -> None:
    with Listener() as listener:
        platform.add_client(id="called", secret="called-secret", callback=listener.callback(SECRET))
        with Party(platform, "called") as sender:
            sent = submitted(sender)
            reply = {"caseId": sent["caseId"], "announcedAttachments": []}
            made = subscriber.post("replies", reply).json()
            here = f"replies/{made['replyId']}"
            subscriber.put(
                here, {name: encrypt(platform, b"{}") for name in ("encryptedMetadata", "encryptedData")}
            )
            body = heard(platform, listener)[-1]
            assert (f"{TYPES}new-replies", made["replyId"]) == (body["type"], body["replies"][0]["replyId"])


def test_a_callback_is_repeated_until_it_is_taken(
    platform: FitConnectSimulator, listener: Listener, sender: Party
) -> None:
    listener.statuses = [500, 404]
    submitted(sender)
    assert 3 == len(heard(platform, listener))
    assert [500, 404, 200] == [item.status for item in platform.platform.caller.sent]


def test_a_callback_that_nobody_takes_ends(sender: Party) -> None:
    with FitConnectSimulator(callback_attempts=3, callback_pause=0.01) as platform, Listener() as listener:
        listener.statuses = [500] * 9
        platform.platform.store.destinations[BUILDING].callback = Callback(**listener.callback(SECRET))
        with Party(platform, "demo-sender") as other:
            submitted(other)
        assert 3 == len(heard(platform, listener))


def test_a_submission_may_be_notified_only_when_the_callback_arrived() -> None:
    with FitConnectSimulator(notify="callback") as platform, Listener() as listener:
        with Party(platform, "demo-sender") as sender:
            silent = submitted(sender)
            platform.platform.store.destinations[BUILDING].callback = Callback(**listener.callback(SECRET))
            told = submitted(sender)
            assert 1 == len(heard(platform, listener))
            assert "submit-submission" == sender.log(silent["caseId"])[-1]
            assert "notify-submission" == sender.log(told["caseId"])[-1]


def test_switches_spoil_callbacks(platform: FitConnectSimulator, listener: Listener, sender: Party) -> None:
    platform.switch_on({"kind": "duplicate_callback", "times": 1})
    submitted(sender)
    first, second = heard(platform, listener)
    assert first == second

    platform.switch_on({"kind": "replayed_callback", "times": 1})
    submitted(sender)
    assert 4 == len(heard(platform, listener))
    assert listener.heard[-1] in listener.heard[:2]

    platform.switch_on({"kind": "callback_bad_hmac", "times": 1})
    submitted(sender)
    assert 5 == len(heard(platform, listener))
    assert not good(*listener.heard[-1])

    platform.switch_on({"kind": "callback_old_timestamp", "times": 1})
    submitted(sender)
    heard(platform, listener)
    stamp = int(listener.heard[-1][0]["callback-timestamp"])
    assert 301 <= platform.platform.store.clock.seconds() - stamp < 330
    assert good(*listener.heard[-1])

    platform.switch_on({"kind": "callback_lost", "times": 1})
    submitted(sender)
    assert 6 == len(heard(platform, listener))
