"""What this installation says about itself, signed: compact JWS with Ed25519 (RFC 7515, RFC 8037).

The key is derived from the installation's secret keys, so there is nothing more to keep safe. After a change
of secret keys the former ones go on to verify as long as they stand in the list.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from caseway.core.errors import Invalid
from caseway.core.secrets import KeyRing, ring

_ALGORITHM = "Ed25519"  # RFC 9864 §2.2; the older name EdDSA says less
_PURPOSE = "installation signature"
_MAX_BYTES = 4_000_000


def sign(payload: Mapping[str, Any], kind: str) -> str:
    """Return a compact JWS over the canonical JSON of a payload; `kind` is its `typ`."""
    key = _keys(ring())[0]
    head = {"alg": _ALGORITHM, "kid": _kid(key.public_key()), "typ": kind}
    signed = f"{_encode(canonical(head))}.{_encode(canonical(payload))}"
    return f"{signed}.{_encode(key.sign(signed.encode()))}"


def verify(token: str, kind: str, trusted: Iterable[Mapping[str, Any]] | None = None) -> dict[str, Any]:
    """Return what was signed. `trusted` are public JWKs; without them those of this installation.

    Raises `Invalid`: `signature.malformed`, `signature.key_unknown`, `signature.wrong`.
    """
    parts = token.strip().split(".")
    if len(token) > _MAX_BYTES or len(parts) != 3:
        raise _malformed()
    head, payload = _object(parts[0]), _object(parts[1])
    if head.get("alg") != _ALGORITHM or head.get("typ") != kind or "crit" in head:
        raise _malformed()
    key = _trusted(public_keys()["keys"] if trusted is None else trusted, head.get("kid"))
    try:
        key.verify(_decode(parts[2]), f"{parts[0]}.{parts[1]}".encode())
    except InvalidSignature:
        raise Invalid(
            "The signature is wrong: this was changed after it was signed.", code="signature.wrong"
        ) from None
    return payload


def public_keys() -> dict[str, Any]:
    """Return the keys that verify what this installation signed, as a JWK set; the signing one first."""
    return {"keys": [_jwk(key.public_key()) for key in _keys(ring())]}


def canonical(value: Any) -> bytes:
    """Return JSON in one way only: sorted names, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


@lru_cache(maxsize=4)
def _keys(of: KeyRing) -> list[Ed25519PrivateKey]:
    return [Ed25519PrivateKey.from_private_bytes(seed) for seed in of.derived(_PURPOSE)]


def _jwk(key: Ed25519PublicKey) -> dict[str, Any]:
    return {"kty": "OKP", "crv": "Ed25519", "x": _raw(key), "kid": _kid(key), "alg": _ALGORITHM, "use": "sig"}


def _kid(key: Ed25519PublicKey) -> str:
    members = {"crv": "Ed25519", "kty": "OKP", "x": _raw(key)}  # RFC 8037, appendix A.3
    return _encode(sha256(canonical(members)).digest())


def _raw(key: Ed25519PublicKey) -> str:
    return _encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def _trusted(keys: Iterable[Mapping[str, Any]], kid: object) -> Ed25519PublicKey:
    for jwk in keys:
        if jwk.get("kid") == kid and jwk.get("crv") == "Ed25519":
            try:
                return Ed25519PublicKey.from_public_bytes(_decode(str(jwk.get("x"))))
            except ValueError:
                break
    raise Invalid(
        "This was signed by an installation that is not known here.",
        code="signature.key_unknown",
        remedy="Give the public keys of the installation that signed it.",
    )


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(_decode(part))
    except (ValueError, RecursionError):
        raise _malformed() from None
    if not isinstance(found, dict):
        raise _malformed()
    return found


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        raw = text.encode("ascii")
        found = base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise _malformed() from None
    if _encode(found) != text:  # bits in the last character that no octet holds (RFC 4648 §3.5)
        raise _malformed()
    return found


def _malformed() -> Invalid:
    return Invalid("This is no signed report of Caseway.", code="signature.malformed")
