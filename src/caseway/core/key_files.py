"""Private keys as people have them: PKCS #8 in PEM, PKCS #12, a private JSON Web Key."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

from caseway.core import jwk as jwks
from caseway.core.certificates import chain_for
from caseway.core.errors import Invalid
from caseway.core.jwk import Use

BITS = 4096
MAX_BYTES = 200_000
_PEM_HEAD, _CERTIFICATE_HEAD = b"-----BEGIN", b"-----BEGIN CERTIFICATE"


@dataclass(frozen=True)
class KeyFile:
    """What a file held: a key, the chain that certifies it where there is one, the id where it names one."""

    key: RSAPrivateKey = field(repr=False)
    chain: tuple[x509.Certificate, ...] = ()
    kid: str = ""


def read_key_file(content: bytes, use: Use, password: str = "") -> KeyFile:
    """Return the key of a file for a use.

    Raises `Invalid`: `keys.file_unreadable`, `keys.password_wrong`, `keys.not_rsa`, `keys.too_short`,
    `keys.wrong_use`, `keys.certificate_mismatch`, `keys.chain_broken`. No error holds a part of the file.
    """
    if not content.strip() or len(content) > MAX_BYTES:
        raise _unreadable()
    found = _read(content.strip(), use, password.encode() if password else None)
    if found.key.key_size < BITS:
        raise Invalid(
            f"The key is too short: {found.key.key_size} bits, {BITS} are needed.",
            code="keys.too_short",
            remedy="Generate a new key here, or import a longer one.",
        )
    return found


def _read(content: bytes, use: Use, password: bytes | None) -> KeyFile:
    if content.startswith(b"{"):
        return _from_jwk(_json(content), use)
    if _PEM_HEAD in content:
        return _from_pem(content, password)
    return _from_pkcs12(content, password)


def _json(content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise _unreadable() from None
    if isinstance(found, dict) and isinstance(found.get("keys"), list) and len(found["keys"]) == 1:
        found = found["keys"][0]
    if not isinstance(found, dict):
        raise _unreadable()
    return found


def _from_jwk(jwk: Mapping[str, Any], use: Use) -> KeyFile:
    if not jwks.meant_for(jwk, use):
        raise Invalid(
            "The key says that it is meant for something else.",
            code="keys.wrong_use",
            remedy="Import the key for signatures as such, and the key for decryption as such.",
        )
    try:
        key, chain = jwks.read_private_jwk(jwk), jwks.chain_of(jwk)
    except ValueError:
        raise _unreadable() from None
    kid = jwk.get("kid", "")
    if not isinstance(kid, str) or (
        kid and not (8 <= len(kid) <= 64 and kid.isascii() and kid.isprintable())
    ):
        raise Invalid(
            "The key has an id that cannot be used.",
            code="keys.kid_unusable",
            remedy="An id has 8 to 64 printable characters; without one the key gets its thumbprint.",
        )
    return KeyFile(key, _certifying(key, chain), kid)


def _from_pem(content: bytes, password: bytes | None) -> KeyFile:
    certificates = []
    if _CERTIFICATE_HEAD in content:
        try:
            certificates = x509.load_pem_x509_certificates(content)
        except ValueError:
            raise _unreadable() from None
    try:
        key = load_pem_private_key(_without_certificates(content), password)
    except TypeError:
        raise _wrong_password() from None
    except (ValueError, UnsupportedAlgorithm):
        raise (_wrong_password() if password else _unreadable()) from None
    return KeyFile(_rsa(key), _certifying(_rsa(key), certificates))


def _without_certificates(content: bytes) -> bytes:
    """Return the private block alone: the reader takes the first block it finds."""
    start = content.find(b"PRIVATE KEY-----")
    return content[content.rfind(_PEM_HEAD, 0, start) :] if start >= 0 else content


def _from_pkcs12(content: bytes, password: bytes | None) -> KeyFile:
    try:
        key, leaf, others = pkcs12.load_key_and_certificates(content, password)
    except (ValueError, UnsupportedAlgorithm):
        # A wrong password and a damaged file look alike (RFC 7292, appendix B).
        raise _wrong_password() from None
    rsa = _rsa(key)
    return KeyFile(rsa, _certifying(rsa, [*([leaf] if leaf else []), *others]))


def _certifying(key: RSAPrivateKey, found: Sequence[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    return chain_for(key.public_key(), found) if found else ()


def _rsa(key: object) -> RSAPrivateKey:
    if isinstance(key, RSAPrivateKey):
        return key
    raise Invalid(
        "This is no private RSA key.",
        code="keys.not_rsa",
        remedy=f"Import an RSA key of {BITS} bits, or generate one here.",
    )


def _unreadable() -> Invalid:
    return Invalid(
        "The key cannot be read.",
        code="keys.file_unreadable",
        remedy="Give a private JSON Web Key, PKCS #8 as PEM, or PKCS #12.",
    )


def _wrong_password() -> Invalid:
    return Invalid(
        "The key cannot be opened with this password.",
        code="keys.password_wrong",
        remedy="Check the password; a file without one needs none.",
    )
