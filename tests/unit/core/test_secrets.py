"""Secrets at rest."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.core import secrets
from caseway.core.errors import NotConfigured
from caseway.core.secrets import KeyRing, generate_key

OLD, NEW = generate_key(), generate_key()
RING = KeyRing.parse(OLD)


def refusal(ring: KeyRing, stored: str, purpose: str = "") -> str:
    with pytest.raises(NotConfigured) as caught:
        ring.decrypt(stored, purpose)
    return caught.value.code


@settings(max_examples=50)
@given(st.text())
def test_what_is_sealed_opens_again(text: str) -> None:
    assert text == RING.decrypt(RING.encrypt(text, "x"), "x")


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    assert RING.encrypt("a") != RING.encrypt("a")


def test_a_new_key_in_front_opens_what_the_old_one_sealed() -> None:
    stored, both = RING.encrypt("a"), KeyRing.parse(f"{NEW}, {OLD}")

    assert "a" == both.decrypt(stored)
    assert (False, True) == (both.is_current(stored), both.is_current(both.encrypt("a")))
    assert "secrets.key_unknown" == refusal(KeyRing.parse(NEW), stored)


def test_a_secret_opens_for_its_purpose_only() -> None:
    assert "secrets.unreadable" == refusal(RING, RING.encrypt("a", "connection:1"), "connection:2")


@settings(max_examples=50)
@given(st.data())
def test_a_changed_secret_does_not_open(data: st.DataObject) -> None:
    head, _, body = RING.encrypt("geheim").rpartition(":")
    raw = bytearray(base64.urlsafe_b64decode(body))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))

    assert "secrets.unreadable" == refusal(RING, f"{head}:{base64.urlsafe_b64encode(raw).decode()}")


@pytest.mark.parametrize("stored", ["", "geheim", "v2:x:y", "v1"])
def test_what_was_never_sealed_does_not_open(stored: str) -> None:
    assert refusal(RING, stored) in {"secrets.unreadable", "secrets.key_unknown"}


@pytest.mark.parametrize("keys", ["", "x", "AAAA", f"{OLD},AAAA"], ids=["none", "word", "short", "one short"])
def test_keys_that_cannot_be_used_are_told(keys: str) -> None:
    with pytest.raises(NotConfigured) as caught:
        KeyRing.parse(keys)

    assert "secrets.keys_missing" == caught.value.code


def test_a_hash_finds_the_same_value_for_the_same_purpose_only() -> None:
    assert RING.keyed_hash("123456782", "bsn") == RING.keyed_hash("123456782", "bsn")
    assert RING.keyed_hash("123456782", "bsn") != RING.keyed_hash("123456782", "cpr")
    assert RING.keyed_hash("123456782", "bsn") != KeyRing.parse(NEW).keyed_hash("123456782", "bsn")
    assert KeyRing.parse(f"{NEW} {OLD}").keyed_hashes("x", "bsn") == [
        KeyRing.parse(NEW).keyed_hash("x", "bsn"),
        RING.keyed_hash("x", "bsn"),
    ]


def test_no_key_shows_itself() -> None:
    assert OLD not in repr(RING)


def test_the_process_reads_its_keys_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEWAY_SECRET_KEYS", OLD)
    monkeypatch.setattr(secrets, "_ring", None)

    assert "a" == RING.decrypt(secrets.encrypt("a")) == secrets.decrypt(RING.encrypt("a"))
    assert RING.keyed_hash("a", "b") == secrets.keyed_hash("a", "b")
    secrets.install(KeyRing.parse(NEW))
    assert secrets.ring().is_current(KeyRing.parse(NEW).encrypt("a"))
