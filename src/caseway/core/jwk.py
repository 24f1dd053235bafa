"""Our own RSA keys as JSON Web Keys (RFC 7517, RFC 7518 section 6.3): to publish them, and to read one in."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicKey,
    RSAPublicNumbers,
)

Use: TypeAlias = Literal["sign", "decrypt"]

_PUBLISHED: dict[Use, tuple[str, str]] = {"sign": ("verify", "PS512"), "decrypt": ("wrapKey", "RSA-OAEP-256")}
_OWN: dict[Use, frozenset[str]] = {
    "sign": frozenset({"sign"}),
    "decrypt": frozenset({"unwrapKey", "decrypt"}),
}
_PRIVATE_MEMBERS = ("p", "q", "d", "dp", "dq", "qi")


def public_jwk(
    key: RSAPublicKey, kid: str, use: Use, chain: Sequence[x509.Certificate] = ()
) -> dict[str, Any]:
    """Return what others are given of a key of ours; `chain` leaf first."""
    operation, algorithm = _PUBLISHED[use]
    der = serialization.Encoding.DER
    certificates = [base64.b64encode(one.public_bytes(der)).decode() for one in chain]
    return {
        "kty": "RSA",
        "key_ops": [operation],
        "alg": algorithm,
        "kid": kid,
        **({"x5c": certificates} if certificates else {}),
        **_numbers(key),
    }


def thumbprint(key: RSAPublicKey) -> str:
    """Return the SHA-256 thumbprint (RFC 7638): 43 characters that name the key."""
    members = {**_numbers(key), "kty": "RSA"}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    return _encode(hashlib.sha256(canonical).digest())


def read_private_jwk(jwk: Mapping[str, Any]) -> RSAPrivateKey:
    """Return the key of a private JWK, its arithmetic checked. Raises `ValueError` that quotes nothing."""
    try:
        if jwk["kty"] != "RSA":
            raise ValueError
        p, q, d, dp, dq, qi = (_decode(jwk[name]) for name in _PRIVATE_MEMBERS)
        public = RSAPublicNumbers(_decode(jwk["e"]), _decode(jwk["n"]))
        return RSAPrivateNumbers(p, q, d, dp, dq, qi, public).private_key()
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise ValueError("not a private RSA key") from None


def meant_for(jwk: Mapping[str, Any], use: Use) -> bool:
    """Tell whether a private JWK allows this use; one that says nothing allows every (RFC 7517 §4.3)."""
    operations = jwk.get("key_ops")
    if isinstance(operations, list):
        return bool(_OWN[use] & {one for one in operations if isinstance(one, str)})
    return jwk.get("use") in (None, {"sign": "sig", "decrypt": "enc"}[use])


def chain_of(jwk: Mapping[str, Any]) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a JWK, leaf first. Raises `ValueError` for what is none."""
    texts = jwk.get("x5c") or ()
    try:
        return tuple(x509.load_der_x509_certificate(base64.b64decode(text, validate=True)) for text in texts)
    except (TypeError, ValueError, binascii.Error):
        raise ValueError("not a chain of certificates") from None


def _numbers(key: RSAPublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    return {"e": _encode_number(numbers.e), "n": _encode_number(numbers.n)}


def _encode_number(value: int) -> str:
    return _encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decode(text: str) -> int:
    padded = text.encode("ascii") + b"=" * (-len(text) % 4)
    return int.from_bytes(base64.b64decode(padded, altchars=b"-_", validate=True), "big")
