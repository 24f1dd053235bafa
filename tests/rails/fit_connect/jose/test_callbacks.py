"""A callback counts when it is proven by our secret and comes now; then it only tells where to look."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from caseway.core.errors import CasewayError, Invalid, NotPermitted
from caseway.rails.fit_connect.callbacks import BASE, notice, signature
from caseway.rails.inbound import Arriving, Notice

SECRET = "insecure_unsafe_for_tests_only_0123456789"
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
SUBMISSION, CASE, DESTINATION = (f"ce75a6b8-d72f-4b94-b09e-af6be35bc2a{digit}" for digit in "eda")


def told(kind: str = "new-submissions", **lists: Any) -> bytes:
    """Return the body of a callback."""
    entry = {"submissionId": SUBMISSION, "caseId": CASE, "destinationId": DESTINATION}
    return json.dumps({"type": BASE + kind, **(lists or {"submissions": [entry]})}).encode()


def received(body: bytes, *, at: datetime = AT, secret: str | None = SECRET, **headers: str) -> Notice:
    """Return what a callback tells that was signed at noon."""
    timestamp = str(int(AT.timestamp()))
    sent = {"Callback-Timestamp": timestamp, "callback-authentication": signature(SECRET, timestamp, body)}
    settings: Any = SimpleNamespace(callback_secret=SecretStr(secret) if secret else None)
    return notice({**sent, **headers}, body, settings, at)


def code_of(body: bytes, kind: type[CasewayError] = NotPermitted, **options: Any) -> str:
    """Return the code a callback is refused with."""
    with pytest.raises(kind) as refused:
        received(body, **options)
    return refused.value.code


def test_the_published_vectors_are_reproduced(shared: Path) -> None:
    vectors = json.loads((shared / "specs/fit-connect/callback-hmac-vectors.json").read_text())["vectors"]

    assert 2 == len(vectors)
    for one in vectors:
        made = signature(one["secret"], str(one["callback-timestamp"]), one["body"].encode())
        assert one["callback-authentication"] == made


def test_the_published_callback_is_taken(shared: Path) -> None:
    one = json.loads((shared / "specs/fit-connect/callback-hmac-vectors.json").read_text())["vectors"][1]
    settings: Any = SimpleNamespace(callback_secret=SecretStr(one["secret"]))
    timestamp = one["callback-timestamp"]
    headers = {
        "callback-timestamp": str(timestamp),
        "callback-authentication": one["callback-authentication"],
    }

    found = notice(headers, one["body"].encode(), settings, datetime.fromtimestamp(timestamp, UTC))

    assert [
        Arriving(
            "submission",
            "f39ab143-d91a-474a-b69f-b00f1a1873c2",
            "9eec7d3e-dc66-4f82-9f52-1520bf96a32e",
            "d12caea8-f372-4eb1-b102-b0a228253a11",
        )
    ] == list(found.arriving)


@pytest.mark.parametrize(("seconds", "taken"), [(300, True), (-300, True), (301, False), (-301, False)])
def test_a_callback_counts_for_five_minutes(seconds: int, *, taken: bool) -> None:
    at = AT + timedelta(seconds=seconds)

    if taken:
        assert AT == received(told(), at=at).at
    else:
        assert "fit_connect.callback_time" == code_of(told(), at=at)


def test_another_secret_proves_nothing() -> None:
    assert "fit_connect.callback_signature" == code_of(told(), secret="x" * 40)
    assert "fit_connect.callback_unconfigured" == code_of(told(), secret=None)


@pytest.mark.parametrize(
    "headers",
    [
        {"callback-authentication": ""},
        {"callback-authentication": "ä" * 128},
        {"callback-authentication": "A" * 128},
        {"callback-authentication": "a" * 127},
        {"Callback-Timestamp": ""},
        {"Callback-Timestamp": "now"},
        {"Callback-Timestamp": "-1"},
        {"Callback-Timestamp": "9" * 12},
        {"Callback-Timestamp": "١٢٣"},
    ],
)
def test_a_callback_without_proof_is_refused(headers: dict[str, str]) -> None:
    assert "fit_connect.callback_unsigned" == code_of(told(), **headers)


def test_the_time_is_part_of_what_is_proven() -> None:
    assert "fit_connect.callback_signature" == code_of(
        told(), **{"Callback-Timestamp": str(int(AT.timestamp()) + 1)}
    )


@given(st.binary(min_size=1, max_size=30), st.integers(0, 29))
def test_no_byte_of_the_body_can_be_changed(body: bytes, place: int) -> None:
    place %= len(body)
    changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
    timestamp = str(int(AT.timestamp()))

    assert "fit_connect.callback_signature" == code_of(
        changed, **{"callback-authentication": signature(SECRET, timestamp, body)}
    )


def test_new_events_tell_cases_and_new_replies_tell_replies() -> None:
    reply = {"replyId": SUBMISSION, "caseId": CASE.upper()}

    assert (CASE,) == tuple(received(told("new-events")).remote_case_ids)
    assert [Arriving("reply", SUBMISSION, CASE)] == list(
        received(told("new-replies", replies=[reply])).arriving
    )


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{", b'{"type":1,"type":2}',
        told(submissions={"x": 1}), told(submissions=[1]), told(submissions=[{}]),
        told(submissions=[{"submissionId": "x", "caseId": CASE, "destinationId": DESTINATION}]),
        told(submissions=[{"submissionId": SUBMISSION, "caseId": None, "destinationId": DESTINATION}]),
        told(submissions=[{}] * 1001),
    ],
)  # fmt: skip
def test_what_is_proven_and_yet_no_notice_is_malformed(body: bytes) -> None:
    assert "fit_connect.callback_malformed" == code_of(body, Invalid)


def test_the_same_callback_is_known_again() -> None:
    assert received(told()).digest == received(told()).digest
    assert received(told()).digest != received(told("new-events")).digest
