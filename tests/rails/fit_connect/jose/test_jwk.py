"""A public key is taken only when every rule is kept, and a private one is never shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from caseway.core.jwk import public_jwk
from caseway.rails.fit_connect.jwk import KeyRefused, KeyRules, private_key, read_public_jwk
from caseway.rails.keys import Key
from tests.rails.fit_connect.jose.keys import changed, decryption_key, signing_key

SHORT = rsa.generate_private_key(65537, 2048)
RULES_OF_A_SANDBOX = KeyRules(minimum_bits=2048, certificate_required=False)


def code_of(jwk: Any, rules: KeyRules | None = None, kid: str | None = None) -> str:
    """Return the code a key to encrypt for is refused with."""
    with pytest.raises(KeyRefused) as refused:
        read_public_jwk(jwk, "encrypt", rules, kid=kid)
    return refused.value.code


def test_a_key_that_keeps_the_rules_is_taken_with_its_chain() -> None:
    key = read_public_jwk(decryption_key().public, "encrypt", kid=decryption_key().kid)

    assert decryption_key().kid == key.kid
    assert 1 == len(key.chain)
    assert private_key(decryption_key()).public_key() == key.key


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"kty": "EC"}, "jwk_type_refused"),
        ({"kty": None}, "jwk_type_refused"),
        ({"key_ops": ["verify"]}, "jwk_operations_refused"),
        ({"key_ops": ["wrapKey", "encrypt"]}, "jwk_operations_refused"),
        ({"key_ops": "wrapKey"}, "jwk_operations_refused"),
        ({"key_ops": None}, "jwk_operations_refused"),
        ({"use": "sig"}, "jwk_operations_refused"),
        ({"alg": "RSA-OAEP"}, "jwk_algorithm_refused"),
        ({"alg": "PS512"}, "jwk_algorithm_refused"),
        ({"alg": None}, "jwk_algorithm_refused"),
        ({"kid": "1234567"}, "jwk_kid_refused"),
        ({"kid": "x" * 65}, "jwk_kid_refused"),
        ({"kid": 12345678}, "jwk_kid_refused"),
        ({"kid": "line\nbreak"}, "jwk_kid_refused"),
        ({"kid": None}, "jwk_kid_refused"),
        ({"e": "Aw"}, "jwk_exponent_refused"),
        ({"e": None}, "jwk_exponent_refused"),
        ({"n": None}, "jwk_malformed"),
        ({"n": "äöü"}, "jwk_malformed"),
        ({"n": "AQAB="}, "jwk_malformed"),
        ({"n": ""}, "jwk_malformed"),
        ({"n": "A" * 683}, "jwk_malformed"),
        ({"n": "_" * 6000}, "jwk_malformed"),
        ({"d": "AQAB"}, "jwk_private_parts"),
        ({"p": "AQAB"}, "jwk_private_parts"),
        ({"x5c": None}, "jwk_certificate_missing"),
        ({"x5c": []}, "jwk_certificate_missing"),
        ({"x5c": "MII"}, "jwk_certificate_unreadable"),
        ({"x5c": ["MII"]}, "jwk_certificate_unreadable"),
        ({"x5c": [7]}, "jwk_certificate_unreadable"),
        ({"x5c": ["..."] * 11}, "jwk_certificate_unreadable"),
    ],
)
def test_each_broken_rule_has_its_code(members: dict[str, Any], code: str) -> None:
    assert f"fit_connect.{code}" == code_of(changed(decryption_key().public, **members))


@pytest.mark.parametrize("jwk", [None, [], "x", 7])
def test_what_is_no_key_is_refused(jwk: object) -> None:
    assert "fit_connect.jwk_malformed" == code_of(jwk)


def test_a_key_may_say_use_where_it_says_the_same() -> None:
    assert read_public_jwk(changed(decryption_key().public, use="enc"), "encrypt")


def test_a_certificate_of_another_key_is_refused() -> None:
    foreign = changed(decryption_key(1).public, x5c=decryption_key(2).public["x5c"])

    assert "fit_connect.jwk_certificate_mismatch" == code_of(foreign)


def test_a_key_that_was_not_asked_for_is_refused() -> None:
    assert "fit_connect.jwk_kid_mismatch" == code_of(decryption_key().public, kid="another-key")


def test_a_short_key_is_taken_in_a_sandbox_only() -> None:
    jwk = public_jwk(SHORT.public_key(), "short-key", "decrypt")

    assert "fit_connect.jwk_too_short" == code_of(jwk, KeyRules(certificate_required=False))
    assert 2048 == read_public_jwk(jwk, "encrypt", RULES_OF_A_SANDBOX).key.key_size


def test_a_modulus_without_its_leading_bit_counts_as_short() -> None:
    number = (1 << 4094) + 1
    jwk = public_jwk(rsa.RSAPublicNumbers(65537, number).public_key(), "one-bit-less", "decrypt")

    assert 683 == len(jwk["n"])
    assert "fit_connect.jwk_too_short" == code_of(jwk, KeyRules(certificate_required=False))


def test_a_key_to_encrypt_for_does_not_verify() -> None:
    with pytest.raises(KeyRefused) as refused:
        read_public_jwk(decryption_key().public, "verify")

    assert "fit_connect.jwk_operations_refused" == refused.value.code


def test_the_published_key_is_that_of_the_destination(shared: Path) -> None:
    jwk = json.loads((shared / "specs/fit-connect/example-public-jwk-rsa4096.json").read_text())

    assert "fit_connect.jwk_operations_refused" == code_of(jwk)
    lenient = KeyRules(certificate_required=False, operations_required=False)
    assert 4096 == read_public_jwk(jwk, "encrypt", lenient).key.key_size


def test_the_thumbprint_is_that_of_the_standard() -> None:
    modulus = (  # RFC 7638 §3.1
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZ"
        "CiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJ"
        "ZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBn"
        "iIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    jwk = {"kty": "RSA", "key_ops": ["wrapKey"], "alg": "RSA-OAEP-256", "kid": "2011-04-29", "e": "AQAB"}

    key = read_public_jwk({**jwk, "n": modulus}, "encrypt", RULES_OF_A_SANDBOX)

    assert "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" == key.thumbprint


def test_nothing_private_is_published_or_shown() -> None:
    assert {"kty", "key_ops", "alg", "kid", "x5c", "n", "e"} == set(signing_key().public)
    assert "PRIVATE" not in repr(signing_key())


ELLIPTIC = ec.generate_private_key(ec.SECP256R1()).private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
)


@pytest.mark.parametrize("kept", [b"lost", ELLIPTIC])
def test_a_key_kept_in_no_known_form_is_named_unreadable(kept: bytes) -> None:
    with pytest.raises(KeyRefused) as refused:
        private_key(Key("12345678", "sign", {}, kept, None))

    assert "fit_connect.own_key_unreadable" == refused.value.code
