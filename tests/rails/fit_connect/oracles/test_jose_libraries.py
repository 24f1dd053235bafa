"""Two JOSE libraries nobody here wrote: what we seal and sign they open and verify, and back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwe as rfc_jwe
from joserfc import jws as rfc_jws
from joserfc.jwk import RSAKey
from jwcrypto import jwe, jwk, jws

from caseway.rails.fit_connect.jwe import seal
from caseway.rails.fit_connect.jwe_header import Reading
from caseway.rails.fit_connect.jwe_opening import open_text
from caseway.rails.fit_connect.jwk import KeyRules, private_key, read_public_jwk
from caseway.rails.fit_connect.set_checks import Expected, verify_set
from caseway.rails.fit_connect.sets import Tags, accepted, claims_of, sign
from tests.rails.fit_connect.jose.keys import changed, decryption_key, recipient, signing_key

READING = Reading(max_plaintext=1_000_000)
JWE_ALGORITHMS = ["RSA-OAEP-256", "A256GCM"]
IDS = {
    "issuer": "879ee109-a690-4db8-ab32-424284184d7d",
    "about_id": "ce75a6b8-d72f-4b94-b09e-af6be35bc2ae",
    "case_id": "e89e107e-ed79-40e6-ad34-4e770f9df263",
}
HEADER = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": "x", "cty": "application/json"}

Open = Callable[[str], bytes]
Make = Callable[[bytes], str]


def jwcrypto_opens(text: str) -> bytes:
    """Open with jwcrypto."""
    token = jwe.JWE(algs=JWE_ALGORITHMS)
    token.deserialize(text, jwk.JWK.from_pem(decryption_key().private_pem))
    return bytes(token.payload)


def joserfc_opens(text: str) -> bytes:
    """Open with joserfc."""
    key = RSAKey.import_key(private_key(decryption_key()))
    found = rfc_jwe.decrypt_compact(text, key, algorithms=JWE_ALGORITHMS).plaintext
    return found or b""


def jwcrypto_seals(content: bytes) -> str:
    """Seal with jwcrypto, for the JWK as it is published."""
    token = jwe.JWE(content, protected=json.dumps(HEADER), algs=JWE_ALGORITHMS)
    token.add_recipient(jwk.JWK(**decryption_key().public))
    return str(token.serialize(compact=True))


def joserfc_seals(content: bytes) -> str:
    """Seal with joserfc."""
    key = RSAKey.import_key(private_key(decryption_key()).public_key())
    return rfc_jwe.encrypt_compact(HEADER, content, key, algorithms=JWE_ALGORITHMS)


@pytest.mark.parametrize(("opens", "times"), [(jwcrypto_opens, 3), (joserfc_opens, 15)])
def test_what_we_seal_others_open(opens: Open, times: int) -> None:
    @settings(max_examples=times, deadline=None)  # jwcrypto checks the key anew each time: a second
    @given(st.binary(min_size=1, max_size=3000))  # jwcrypto takes an empty content for a failure
    def check(content: bytes) -> None:
        assert content == opens(seal(content, recipient(), "application/json")[0])

    check()


@pytest.mark.parametrize("seals", [jwcrypto_seals, joserfc_seals])
def test_what_others_seal_we_open(seals: Make) -> None:
    @settings(max_examples=15, deadline=None)
    @given(st.binary(min_size=1, max_size=3000))
    def check(content: bytes) -> None:
        plaintext, opened = open_text(seals(content), [decryption_key()], READING)
        assert (content, "application/json") == (plaintext, opened.header.content_type)

    check()


@pytest.mark.parametrize("opens", [jwcrypto_opens, joserfc_opens])
def test_several_pieces_are_one_jwe_to_others(opens: Open) -> None:
    content = os.urandom(250_000)

    if opens is joserfc_opens:
        content = content[:40_000]  # it bounds what it reads

    assert content == opens(seal(content, recipient(), "application/pdf")[0])


def test_compressed_content_of_others_is_opened_by_the_switch() -> None:
    token = jwe.JWE(b"x" * 5000, protected=json.dumps({**HEADER, "zip": "DEF"}), algs=JWE_ALGORITHMS)
    token.add_recipient(jwk.JWK(**decryption_key().public))

    plaintext, _ = open_text(
        token.serialize(compact=True), [decryption_key()], Reading(max_plaintext=5000, tolerant=True)
    )

    assert b"x" * 5000 == plaintext


def claims() -> dict[str, Any]:
    """Return good claims."""
    return claims_of("accept-submission", accepted(Tags("A" * 22)), about="submission", **IDS)


def test_what_we_sign_others_verify() -> None:
    made = claims()
    token = sign(made, signing_key())

    read = jws.JWS()
    read.allowed_algs = ["PS512"]
    read.deserialize(token, jwk.JWK(**signing_key().public))
    public = RSAKey.import_key(private_key(signing_key()).public_key())

    assert made == json.loads(read.payload)
    assert made == json.loads(rfc_jws.deserialize_compact(token, public, algorithms=["PS512"]).payload)


def test_what_others_sign_we_verify() -> None:
    made = claims()
    token = jws.JWS(json.dumps(made))
    token.allowed_algs = ["PS512"]
    header = {"alg": "PS512", "typ": "secevent+jwt", "kid": signing_key().kid}
    token.add_signature(jwk.JWK.from_pem(signing_key().private_pem), "PS512", json.dumps(header))

    found = verify_set(
        token.serialize(compact=True),
        Expected(IDS["case_id"], [], [IDS["issuer"]]),
        lambda *_: read_public_jwk(signing_key().public, "verify"),
    )

    assert (made["jti"], "accept-submission") == (found.jti, found.event)


def test_thumbprints_agree() -> None:
    assert jwk.JWK.from_pem(decryption_key().private_pem).thumbprint() == recipient().thumbprint


def test_a_key_made_elsewhere_is_read() -> None:
    made = jwk.JWK.generate(kty="RSA", size=4096, kid="made-elsewhere")
    told = changed(json.loads(made.export_public()), key_ops=["wrapKey"], alg="RSA-OAEP-256")
    key = read_public_jwk(told, "encrypt", KeyRules(certificate_required=False))

    assert made.thumbprint() == key.thumbprint
