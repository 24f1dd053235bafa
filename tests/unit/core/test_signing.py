"""What an installation signs, anybody verifies, and nobody changes."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OKPKey

from caseway.core import secrets
from caseway.core.errors import Invalid
from caseway.core.secrets import KeyRing
from caseway.core.signing import public_keys, sign, verify

OLD, NEW = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    before = secrets._ring
    secrets.install(KeyRing.parse(OLD))
    yield
    secrets.install(before)


def test_a_program_nobody_here_wrote_verifies_it() -> None:
    token = sign({"passed": True, "wörter": ["ä"]}, "report")

    key = OKPKey.import_key(public_keys()["keys"][0])
    checked = jws.deserialize_compact(token, key, algorithms=["Ed25519"])
    assert b'{"passed":true,"w\xc3\xb6rter":["\xc3\xa4"]}' == checked.payload
    assert key.thumbprint() == checked.headers()["kid"]


@settings(max_examples=40, deadline=None)
@given(place=st.integers(0, 200), bit=st.integers(0, 7))
def test_whatever_is_changed_is_noticed(place: int, bit: int) -> None:
    token = sign({"passed": False, "clauses": list(range(20))}, "report")
    position = place % len(token)
    changed = token[:position] + chr(ord(token[position]) ^ (1 << bit)) + token[position + 1 :]

    try:
        said = verify(changed, "report")
    except Invalid:
        return
    # The last character of a part carries bits that no octet holds (RFC 4648 §3.5).
    assert {"passed": False, "clauses": list(range(20))} == said
    assert position in (token.index("."), token.rindex("."), len(token)) or changed[position + 1 :][:1] in (
        "",
        ".",
    )


def test_what_was_signed_for_something_else_is_refused() -> None:
    with pytest.raises(Invalid) as raised:
        verify(sign({}, "report"), "other")

    assert "signature.malformed" == raised.value.code


def test_after_a_change_of_keys_old_reports_still_hold_and_the_new_key_signs() -> None:
    token = sign({"n": 1}, "report")
    old = public_keys()["keys"]

    secrets.install(KeyRing.parse(f"{NEW},{OLD}"))

    assert {"n": 1} == verify(token, "report")
    assert old[0] == public_keys()["keys"][1]
    with pytest.raises(Invalid) as raised:
        verify(sign({"n": 2}, "report"), "report", old)
    assert "signature.key_unknown" == raised.value.code


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "é.é.é", "e30.e30.", "W10.W10.W10"])
def test_what_is_no_report_is_said(text: str) -> None:
    with pytest.raises(Invalid) as raised:
        verify(text, "report")

    assert "signature.malformed" == raised.value.code
