"""Keys for these tests, each made once in a run: 4096 bits take a second."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from caseway.core.certificates import Subject, self_signed
from caseway.core.jwk import public_jwk, thumbprint
from caseway.rails.fit_connect.jwk import PublicKey, read_public_jwk
from caseway.rails.keys import Key, Use


def decryption_key(number: int = 1) -> Key:
    """A key to decrypt with; others by other numbers."""
    return _made("decrypt", number)


def signing_key(number: int = 1) -> Key:
    """A key to sign with; others by other numbers."""
    return _made("sign", number)


@cache
def _made(use: Use, number: int) -> Key:
    private = generate_private_key(65537, 4096)
    certificate = self_signed(private, Subject(f"Musterstelle {number}"), use)
    kid = f"key-{thumbprint(private.public_key())}"
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = public_jwk(private.public_key(), kid, use, [certificate])
    return Key(kid, use, public, pem, certificate.not_valid_after_utc)


def recipient(number: int = 1) -> PublicKey:
    """The public part of a key to decrypt with, as a sender reads it."""
    return read_public_jwk(decryption_key(number).public, "encrypt")


def changed(jwk: Mapping[str, Any], /, **members: Any) -> dict[str, Any]:
    """Return a JWK with members replaced, or taken away where None."""
    return {name: value for name, value in {**jwk, **members}.items() if value is not None}
