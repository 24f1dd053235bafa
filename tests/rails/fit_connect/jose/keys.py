"""Keys for these tests, each made once in a run: 4096 bits take a second."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from caseway.rails.fit_connect.jwk import PublicKey, read_public_jwk
from caseway.rails.fit_connect.own_keys import generate_key
from caseway.rails.keys import Key, Use


def decryption_key(number: int = 1) -> Key:
    """A key to decrypt with; others by other numbers."""
    return _made("decrypt", number)


def signing_key(number: int = 1) -> Key:
    """A key to sign with; others by other numbers."""
    return _made("sign", number)


@cache
def _made(use: Use, number: int) -> Key:
    return generate_key(use, f"Musterstelle {number}")


def recipient(number: int = 1) -> PublicKey:
    """The public part of a key to decrypt with, as a sender reads it."""
    return read_public_jwk(decryption_key(number).public, "encrypt")


def changed(jwk: Mapping[str, Any], /, **members: Any) -> dict[str, Any]:
    """Return a JWK with members replaced, or taken away where None."""
    return {name: value for name, value in {**jwk, **members}.items() if value is not None}
