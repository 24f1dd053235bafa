"""JOSE as the platform sees it: PS512 tokens made and checked, the rules of public keys."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

COMPACT_JWS = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+", re.ASCII)
JWE_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=."
_ALGORITHMS = {"verify": "PS512", "wrapKey": "RSA-OAEP-256"}


class NotJose(ValueError):
    """A text is not the JOSE it should be; the message says why."""


def b64url(data: bytes) -> str:
    """Return base64url without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    """Return what base64url without padding means. Raises `NotJose`."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise NotJose("not base64url") from None


def json_object(segment: str) -> dict[str, Any]:
    """Return the JSON object in a segment. Raises `NotJose`."""
    try:
        data = json.loads(unb64url(segment))
    except (ValueError, RecursionError):
        raise NotJose("a segment is not base64url of JSON") from None
    if not isinstance(data, dict):
        raise NotJose("a segment is not a JSON object")
    return data


def sign(payload: Mapping[str, Any], key: RSAPrivateKey, kid: str, typ: str) -> str:
    """Return a compact JWS with PS512 (RFC 7515, 7.1)."""
    header = {"kid": kid, "typ": typ, "alg": "PS512"}
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return jws.serialize_compact(header, text, RSAKey(key, key), algorithms=["PS512"])


def header_and_claims(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the unverified header and payload of a compact JWS. Raises `NotJose`."""
    if not COMPACT_JWS.fullmatch(token):
        raise NotJose("not a compact JWS")
    head, payload, _ = token.split(".")
    return json_object(head), json_object(payload)


def verified(token: str, jwk: Mapping[str, Any]) -> bool:
    """Return whether a compact JWS is signed with PS512 by the key of this public JWK."""
    try:
        key = RSAKey.import_key({name: jwk[name] for name in ("kty", "n", "e")})
        jws.deserialize_compact(token, key, algorithms=["PS512"])
    except (JoseError, ValueError, KeyError):
        return False
    return True


def public_jwk(key: RSAPublicKey, kid: str, operation: str, chain: list[str]) -> dict[str, Any]:
    """Return the public JWK of a destination (facts 2.2); `chain` is x5c, the leaf first."""
    numbers = key.public_numbers()
    modulus = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
    return {
        "kty": "RSA",
        "key_ops": [operation],
        "alg": _ALGORITHMS[operation],
        "x5c": chain,
        "kid": kid,
        "n": b64url(modulus),
        "e": b64url(numbers.e.to_bytes(3, "big")),
    }


def private_jwk(key: RSAPrivateKey, kid: str, operation: str) -> dict[str, Any]:
    """Return the private JWK that goes with a public one of the simulator's own."""
    numbers = key.private_numbers()
    public = public_jwk(key.public_key(), kid, operation, [])
    del public["x5c"]
    values = {
        "d": numbers.d,
        "p": numbers.p,
        "q": numbers.q,
        "dp": numbers.dmp1,
        "dq": numbers.dmq1,
        "qi": numbers.iqmp,
    }
    secret = {
        name: b64url(value.to_bytes((value.bit_length() + 7) // 8, "big")) for name, value in values.items()
    }
    return {**public, "key_ops": ["sign" if operation == "verify" else "unwrapKey"], **secret}


def public_key(jwk: Mapping[str, Any]) -> RSAPublicKey:
    """Return the RSA key of a public JWK. Raises `NotJose`."""
    try:
        key = RSAKey.import_key({name: jwk[name] for name in ("kty", "n", "e")}).public_key
    except (JoseError, ValueError, KeyError):
        raise NotJose("not an RSA key") from None
    if not isinstance(key, RSAPublicKey):
        raise NotJose("not a public RSA key")
    return key


def key_fault(jwk: object, operation: str | None = None) -> str | None:
    """Return why a public JWK breaks the rules of the specification, or None (schema `JWK`)."""
    if not isinstance(jwk, dict):
        return "A key is a JSON object."
    missing = [name for name in ("kty", "key_ops", "alg", "x5c", "kid", "n", "e") if not jwk.get(name)]
    if missing:
        return f"The key has no {missing[0]}."
    if {"d", "p", "q"} & set(jwk):
        return "The key is private."
    wanted = operation or next((name for name in _ALGORITHMS if jwk["key_ops"] == [name]), None)
    if jwk["kty"] != "RSA" or jwk["e"] != "AQAB" or len(str(jwk["n"])) < 683:
        return "The key is not RSA with 4096 bits and the exponent AQAB."
    if wanted is None or jwk["key_ops"] != [wanted] or jwk["alg"] != _ALGORITHMS[wanted]:
        return "key_ops and alg are not those of FIT-Connect."
    if not isinstance(jwk["kid"], str) or not 8 <= len(jwk["kid"]) <= 64:
        return "The kid has not 8 to 64 characters."
    return None
