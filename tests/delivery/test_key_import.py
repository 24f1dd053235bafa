"""Keys are imported in the forms people have them in, and what is none is said without quoting it."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509 import load_pem_x509_certificate
from joserfc.jwk import RSAKey

from caseway.access.actor import Actor, system
from caseway.access.models import Organisation
from caseway.core.errors import CasewayError, Invalid
from caseway.delivery.keys import import_key, public_key
from caseway.delivery.models import Connection
from caseway.testing.builders import a_connection
from tests.delivery.key_fixtures import a_key, issued_chain, pem

pytestmark = pytest.mark.mission("F-11")


@pytest.fixture
def actor(organisation: Organisation) -> Actor:
    return system(organisation.id)


@pytest.fixture
def dms(organisation: Organisation) -> Connection:
    return a_connection(organisation, slug="dms")


@pytest.mark.parametrize("form", ["jwk", "jwk_set", "pem", "pkcs12"])
def test_a_key_is_imported_in_every_form_people_have(actor: Actor, dms: Connection, form: str) -> None:
    content, password = _written(form)

    row = import_key(actor, "dms", "decrypt", content, password)

    numbers = a_key().public_key().public_numbers()
    jwk = public_key(actor, "dms", row.kid)
    assert RSAKey.import_key(a_key().public_key()).as_dict()["n"] == jwk["n"]
    assert 65537 == numbers.e
    assert (["wrapKey"], "RSA-OAEP-256") == (jwk["key_ops"], jwk["alg"])


def _written(form: str) -> tuple[bytes, str]:
    jwk = {
        **RSAKey.import_key(a_key()).as_dict(private=True),
        "kid": "kid-von-aussen",
        "key_ops": ["unwrapKey"],
    }
    if form == "jwk":
        return json.dumps(jwk).encode(), ""
    if form == "jwk_set":
        return json.dumps({"keys": [jwk]}).encode(), ""
    if form == "pem":
        leaf, above = issued_chain(a_key())
        return (above + leaf).encode() + pem(a_key()), ""
    leaf = load_pem_x509_certificate(issued_chain(a_key())[0].encode())
    sealing = BestAvailableEncryption(b"geheim")
    return pkcs12.serialize_key_and_certificates(b"key", a_key(), leaf, None, sealing), "geheim"


@pytest.mark.parametrize(
    ("content", "password", "code"),
    [
        (b"", "", "keys.file_unreadable"),
        (b"{", "", "keys.file_unreadable"),
        (b'{"kty": "RSA", "n": "AQAB", "d": "!!"}', "", "keys.file_unreadable"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "", "keys.file_unreadable"),
        (b"\x30\x82rubbish", "", "keys.password_wrong"),
        (b"x" * 300_000, "", "keys.file_unreadable"),
    ],
)
def test_what_is_no_key_is_said(
    actor: Actor, dms: Connection, content: bytes, password: str, code: str
) -> None:
    with pytest.raises(Invalid) as raised:
        import_key(actor, "dms", "sign", content, password)

    assert code == raised.value.code


def test_a_key_for_another_use_is_refused(actor: Actor, dms: Connection) -> None:
    with pytest.raises(Invalid) as raised:
        import_key(actor, "dms", "sign", _written("jwk")[0])

    assert "keys.wrong_use" == raised.value.code


def test_a_wrong_password_is_said(actor: Actor, dms: Connection) -> None:
    with pytest.raises(Invalid) as raised:
        import_key(actor, "dms", "sign", _written("pkcs12")[0], "falsch")

    assert "keys.password_wrong" == raised.value.code


def test_errors_of_a_damaged_key_quote_nothing_of_it(actor: Actor, dms: Connection) -> None:
    damaged = pem(a_key()).replace(b"A", b"B", 40)

    with pytest.raises(CasewayError) as raised:
        import_key(actor, "dms", "sign", damaged)

    said = f"{raised.value!r} {raised.value.details} {raised.value.__cause__}"
    assert raised.value.__cause__ is None
    assert [] == [line for line in damaged.decode().splitlines()[1:-1] if line in said]
