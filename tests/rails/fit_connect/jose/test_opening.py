"""What is not exactly what an honest sender makes stays closed, and leaves nothing behind."""

from __future__ import annotations

import json
from itertools import repeat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.core.errors import CasewayError, NotConfigured, TooLarge
from caseway.rails.fit_connect.jwe import seal
from caseway.rails.fit_connect.jwe_header import JweRefused, Reading
from caseway.rails.fit_connect.jwe_opening import open_file, open_text
from tests.rails.fit_connect.jose.crafted import HEADER, b64, craft, deflated
from tests.rails.fit_connect.jose.keys import decryption_key, recipient

READING = Reading(max_plaintext=100_000)
TOLERANT = Reading(max_plaintext=100_000, tolerant=True)
PLAINTEXT = b'{"antrag": "Wohngeld"}'


def sealed() -> str:
    """One JWE for all tests of this file."""
    return seal(PLAINTEXT, recipient(), "application/json")[0]


def code_of(text: str | bytes, reading: Reading = READING, *numbers: int) -> str:
    """Return the code a JWE is refused with."""
    with pytest.raises(CasewayError) as refused:
        open_text(text, [decryption_key(number) for number in numbers or (1,)], reading)
    return refused.value.code


def with_header(text: str, header: dict[str, Any] | bytes) -> str:
    """Return a JWE under another header."""
    content = header if isinstance(header, bytes) else json.dumps(header).encode()
    return ".".join([b64(content), *text.split(".")[1:]])


@given(place=st.integers(0, 10_000), other=st.sampled_from("ABCxyz019-_.=+ \n\x00"))
@settings(max_examples=60, deadline=None)
def test_no_character_can_be_changed_unnoticed(place: int, other: str) -> None:
    text = sealed()
    place %= len(text)
    forged = text[:place] + other + text[place + 1 :]
    if forged == text:
        return

    with pytest.raises((JweRefused, NotConfigured)):
        open_text(forged, [decryption_key()], READING)


@given(length=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_what_ends_too_early_is_refused(length: int) -> None:
    text = sealed()

    assert code_of(text[: length % len(text)]) in ("fit_connect.jwe_truncated", "fit_connect.jwe_malformed")


@pytest.mark.parametrize("extra", [".", ".AAAA", "\n", "=", "A", "AAAA"])
def test_nothing_may_follow_the_tag(extra: str) -> None:
    assert "fit_connect.jwe_malformed" == code_of(sealed() + extra)


@pytest.mark.parametrize(
    "text", ["", ".", "....", "AAAA", "e30.e30.e30", "eyJhbGciOiJub25lIn0..", "ä.b.c.d.e"]
)
def test_what_is_no_jwe_is_refused(text: str) -> None:
    assert code_of(text) in {
        "fit_connect.jwe_malformed",
        "fit_connect.jwe_truncated",
        "fit_connect.jwe_header_malformed",
        "fit_connect.jwe_algorithm_refused",
    }


def test_the_same_bytes_in_another_spelling_are_refused() -> None:
    parts = sealed().split(".")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    same_bits = alphabet[alphabet.index(parts[4][-1]) ^ 1]  # the last character holds two bits that count

    assert "fit_connect.jwe_malformed" == code_of(".".join([*parts[:4], parts[4][:-1] + same_bits]))


@pytest.mark.parametrize(
    "algorithm", ["none", "RSA1_5", "RSA-OAEP", "dir", "HS256", "A256KW", "rsa-oaep-256", 7]
)
def test_every_other_algorithm_is_refused(algorithm: object) -> None:
    forged = with_header(sealed(), {**HEADER, "alg": algorithm})

    assert "fit_connect.jwe_algorithm_refused" == code_of(forged)


@pytest.mark.parametrize("encryption", ["A128GCM", "A192GCM", "A256CBC-HS512", "none", None])
def test_every_other_encryption_is_refused(encryption: object) -> None:
    forged = with_header(sealed(), {**HEADER, "enc": encryption})

    assert "fit_connect.jwe_encryption_refused" == code_of(forged)


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"[]",
        b'"x"',
        b"{",
        b"\xff{}",
        b'{"alg":"RSA-OAEP-256","alg":"RSA-OAEP-256","enc":"A256GCM","cty":"a/b"}',
        b'{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"a/b","kid":NaN}',
        b'{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"a/b","kid":7}',
        b'{"alg":"RSA-OAEP-256","enc":"A256GCM","cty":"a/b","kid":"\\ud800"}',
        b"[" * 4000,
    ],
)
def test_a_header_that_could_be_read_in_two_ways_is_refused(header: bytes) -> None:
    assert "fit_connect.jwe_header_malformed" == code_of(with_header(sealed(), header))


def test_a_header_without_end_is_refused_early(tmp_path: Path) -> None:
    endless = repeat(b"A" * 1024)

    with pytest.raises(JweRefused) as refused:
        open_file(endless, [], tmp_path / "content", READING)

    assert "fit_connect.jwe_malformed" == refused.value.code


def test_a_critical_extension_is_refused() -> None:
    assert "fit_connect.jwe_critical_refused" == code_of(with_header(sealed(), {**HEADER, "crit": ["exp"]}))


def test_an_unknown_member_is_ignored() -> None:
    text = craft(
        recipient(), PLAINTEXT, {**HEADER, "kid": decryption_key().kid, "jku": "https://evil.example"}
    )

    assert PLAINTEXT == open_text(text, [decryption_key()], READING)[0]


def test_the_content_type_must_be_said_and_be_the_agreed_one() -> None:
    header = {name: value for name, value in HEADER.items() if name != "cty"}
    only_json = Reading(max_plaintext=100, content_types=["application/json"])
    xml = craft(recipient(), b"<a/>", {**HEADER, "cty": "application/xml"})

    assert "fit_connect.jwe_content_type_missing" == code_of(craft(recipient(), b"", header))
    assert "fit_connect.jwe_content_type_refused" == code_of(xml, only_json)
    assert b"<a/>" == open_text(xml, [decryption_key()], READING)[0]


def test_old_clients_of_v1_are_understood_by_a_switch() -> None:
    quirks = {
        "alg": "RSA-OAEP-256",
        "enc": "A256GCM",
        "zip": "DEF",
        "typ": "JWE",
        "cty": "application/json",
        "kid": recipient().thumbprint,
    }
    text = craft(recipient(), deflated(PLAINTEXT), quirks)

    plaintext, opened = open_text(text, [decryption_key()], TOLERANT)

    assert (PLAINTEXT, len(PLAINTEXT)) == (plaintext, opened.size)
    assert "fit_connect.jwe_compression_refused" == code_of(text)


def test_a_missing_content_type_is_tolerated_by_the_same_switch() -> None:
    text = craft(recipient(), PLAINTEXT, {"alg": "RSA-OAEP-256", "enc": "A256GCM"})

    assert "" == open_text(text, [decryption_key()], TOLERANT)[1].header.content_type


def test_only_one_compression_is_known() -> None:
    text = craft(recipient(), PLAINTEXT, {**HEADER, "zip": "GZIP"})

    assert "fit_connect.jwe_compression_refused" == code_of(text, TOLERANT)


@given(content=st.binary(max_size=3000), times=st.integers(1, 30))
@settings(max_examples=20, deadline=None)
def test_compressed_content_of_any_kind_is_read(content: bytes, times: int) -> None:
    text = craft(recipient(), deflated(content * times), {**HEADER, "zip": "DEF"})

    assert content * times == open_text(text, [decryption_key()], TOLERANT)[0]


def test_what_expands_beyond_all_proportion_is_refused(tmp_path: Path) -> None:
    bomb = craft(recipient(), deflated(bytes(60_000_000)), {**HEADER, "zip": "DEF"})
    wide = Reading(max_plaintext=100_000_000, tolerant=True)

    assert "fit_connect.jwe_inflation_refused" == code_of(bomb, wide)
    assert "fit_connect.jwe_inflation_refused" == code_of(bomb, TOLERANT)
    with pytest.raises(JweRefused):
        open_file([bomb.encode()], [decryption_key()], tmp_path / "content", wide)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("content", [b"", b"no deflate", deflated(b"x" * 500)[:-3], deflated(b"x") + b"more"])
def test_what_is_not_deflate_is_refused(content: bytes) -> None:
    text = craft(recipient(), content, {**HEADER, "zip": "DEF"})

    assert "fit_connect.jwe_inflation_failed" == code_of(text, TOLERANT)


def test_more_than_is_allowed_is_refused_before_it_is_all_read(tmp_path: Path) -> None:
    text, _ = seal(bytes(5_000_000), recipient(), "application/json")
    pieces = iter([text[start : start + 1000].encode() for start in range(0, len(text), 1000)])

    with pytest.raises(TooLarge) as refused:
        open_file(pieces, [decryption_key()], tmp_path / "content", READING)

    assert "fit_connect.jwe_too_large" == refused.value.code
    assert len(list(pieces)) > 5_000
    assert [] == list(tmp_path.iterdir())


def test_exactly_the_allowed_size_is_taken() -> None:
    text, _ = seal(bytes(100_000), recipient(), "application/json")

    assert 100_000 == open_text(text, [decryption_key()], READING)[1].size


def test_a_key_wrapped_wrongly_and_a_content_altered_look_the_same() -> None:
    header = {**HEADER, "kid": decryption_key().kid}
    for_another = craft(recipient(2), PLAINTEXT, header).split(".")
    parts = craft(recipient(), PLAINTEXT, header).split(".")
    altered = ".".join([*parts[:3], b64(b"x" * len(PLAINTEXT)), parts[4]])
    wrapped_wrongly = ".".join([parts[0], for_another[1], *parts[2:]])
    short_key = craft(recipient(), PLAINTEXT, header, key_bytes=16)
    short_wrap = ".".join([parts[0], b64(b"x" * 100), *parts[2:]])

    codes = {code_of(text) for text in (altered, wrapped_wrongly, short_key, short_wrap)}

    assert {"fit_connect.jwe_undecryptable"} == codes


def test_the_same_is_true_where_no_key_of_ours_is_named() -> None:
    parts = craft(recipient(), PLAINTEXT, {**HEADER, "kid": "somebody-else"}).split(".")
    for_another = craft(recipient(2), PLAINTEXT, {**HEADER, "kid": "somebody-else"})
    altered = ".".join([*parts[:3], b64(b"x" * len(PLAINTEXT)), parts[4]])

    assert {"fit_connect.jwe_key_unknown"} == {code_of(altered), code_of(for_another)}


@pytest.mark.parametrize("kid", ["", "a-kid-from-nowhere", "thumbprint", "of-the-other"])
def test_every_key_is_tried_whatever_the_header_names(kid: str) -> None:
    named = {"thumbprint": recipient(2).thumbprint, "of-the-other": decryption_key(1).kid}
    text = craft(recipient(2), PLAINTEXT, {**HEADER, "kid": named.get(kid, kid)})

    plaintext, _ = open_text(text, [decryption_key(1), decryption_key(2)], READING)

    assert PLAINTEXT == plaintext


def test_without_a_key_nothing_opens() -> None:
    with pytest.raises(NotConfigured) as refused:
        open_text(sealed(), [], READING)

    assert "fit_connect.jwe_key_unknown" == refused.value.code


def test_a_failed_file_leaves_nothing_and_what_was_there_before(tmp_path: Path) -> None:
    target = tmp_path / "content"
    target.write_bytes(b"before")

    with pytest.raises(JweRefused):
        open_file([sealed()[:-1].encode()], [decryption_key()], target, READING)

    assert [target] == list(tmp_path.iterdir())
    assert b"before" == target.read_bytes()


def test_a_broken_connection_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Any:
        yield sealed()[:700].encode()
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        open_file(broken(), [decryption_key()], tmp_path / "content", READING)

    assert [] == list(tmp_path.iterdir())


def test_only_the_owner_may_read_what_was_opened(tmp_path: Path) -> None:
    open_file([sealed().encode()], [decryption_key()], tmp_path / "content", READING)

    assert 0o600 == (tmp_path / "content").stat().st_mode & 0o777
    assert PLAINTEXT == (tmp_path / "content").read_bytes()


def test_the_published_example_is_read_as_far_as_anybody_can(shared: Path) -> None:
    text = (shared / "specs/fit-connect/example-jwe-compact.txt").read_text()

    assert "fit_connect.jwe_key_unknown" == code_of(text, TOLERANT)
    assert "fit_connect.jwe_content_type_missing" == code_of(text)
