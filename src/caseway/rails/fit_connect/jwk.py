"""Public keys as JSON Web Keys: what a destination, the delivery service or a reply channel may offer us.

The rules are those of the Submission API 1.1.3 (schema JWK) and of the certificates of the administration's
PKI: RSA of 4096 bits or more, exponent 65537, one purpose, the certificate of this very key beside it.

Codes (`fit_connect.…`):
- `jwk_malformed`: no JSON Web Key, or a modulus that is none
- `jwk_private_parts`: published with its private part; the owner must replace it
- `jwk_type_refused`: not RSA
- `jwk_operations_refused`: `key_ops` is not exactly wrapKey or verify, or `use` says otherwise
- `jwk_algorithm_refused`: `alg` is not RSA-OAEP-256 or PS512
- `jwk_kid_refused`: no id of 8 to 64 characters
- `jwk_kid_mismatch`: not the key that was asked for
- `jwk_exponent_refused`: `e` is not AQAB
- `jwk_too_short`: under 4096 bits, or under the bound a sandbox sets
- `jwk_certificate_missing`, `jwk_certificate_unreadable`: no `x5c`, or one that cannot be parsed
- `jwk_certificate_mismatch`: the first certificate is that of another key
- `own_key_unreadable`: a private key of ours is no RSA key in PKCS #8

A checked key says nothing of trust: that is the chain's (`chain`). Our own keys are made and published by
`caseway.core.jwk`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, RSAPublicNumbers

from caseway.core.errors import Invalid
from caseway.core.jwk import thumbprint
from caseway.rails.fit_connect import segments
from caseway.rails.keys import Key

Purpose: TypeAlias = Literal["encrypt", "verify"]

_MEANT_FOR = {"encrypt": ("wrapKey", "RSA-OAEP-256", "enc"), "verify": ("verify", "PS512", "sig")}
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_EXPONENT = 65537
_MAX_BITS = 16384  # above, one operation takes seconds
_MAX_CHAIN = 10


class KeyRefused(Invalid):
    """A public key of the other side breaks a rule."""


@dataclass(frozen=True)
class KeyRules:
    """How strictly keys are judged. Looser than this is for a sandbox, or for keys that stand in metadata."""

    minimum_bits: int = 4096
    certificate_required: bool = True  # the key of a reply channel has none (metadata 2.1.0)
    operations_required: bool = True


@dataclass(frozen=True)
class PublicKey:
    """A public key that keeps the rules; `chain` is its x5c, leaf first, read but not judged."""

    kid: str
    purpose: Purpose
    thumbprint: str
    key: RSAPublicKey = field(repr=False)
    chain: tuple[x509.Certificate, ...] = field(default=(), repr=False)


def read_public_jwk(
    jwk: object, purpose: Purpose, rules: KeyRules | None = None, *, kid: str | None = None
) -> PublicKey:
    """Return the key of a JWK after every rule was checked; `kid` is the id it was asked for by.

    Raises `KeyRefused` with one of the codes above.
    """
    rules = rules or KeyRules()
    if not isinstance(jwk, Mapping):
        raise _malformed()
    _check_members(jwk, purpose, rules, kid)
    key = _public_key(jwk, rules)
    chain = _chain(jwk, rules)
    if chain and _key_of(chain[0]) != key.public_numbers():
        raise KeyRefused(
            "The certificate beside the key is that of another key.",
            code="fit_connect.jwk_certificate_mismatch",
            remedy="Have the owner publish the key with its own certificate.",
        )
    return PublicKey(jwk["kid"], purpose, thumbprint(key), key, chain)


def private_key(key: Key) -> RSAPrivateKey:
    """Return the key to compute with. Raises `KeyRefused` when it is no RSA key in PKCS #8.

    Its arithmetic was checked when it was made or imported, not again here: that takes 0.6 s at 4096 bits.
    """
    try:
        found = serialization.load_pem_private_key(key.private_pem, None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError):
        raise _unreadable() from None
    if not isinstance(found, RSAPrivateKey):
        raise _unreadable()
    return found


def _check_members(jwk: Mapping[str, Any], purpose: Purpose, rules: KeyRules, kid: str | None) -> None:
    operation, algorithm, use = _MEANT_FOR[purpose]
    if any(name in jwk for name in _PRIVATE):
        raise KeyRefused(
            "The key was published with its private part.",
            code="fit_connect.jwk_private_parts",
            remedy="Everybody may have it now: the owner must replace it.",
        )
    if jwk.get("kty") != "RSA":
        raise KeyRefused(
            "The key is not an RSA key.",
            code="fit_connect.jwk_type_refused",
            remedy="FIT-Connect allows RSA only; have the owner publish another key.",
        )
    _check_operations(jwk, operation, use, rules)
    if jwk.get("alg") != algorithm:
        raise KeyRefused(
            f"The key is not made for {algorithm}.",
            code="fit_connect.jwk_algorithm_refused",
            remedy="Have the owner publish it with the algorithm of its purpose.",
        )
    _check_kid(jwk.get("kid"), kid)


def _check_operations(jwk: Mapping[str, Any], operation: str, use: str, rules: KeyRules) -> None:
    operations = jwk.get("key_ops", None if rules.operations_required else [operation])
    if operations != [operation] or jwk.get("use", use) != use:
        raise KeyRefused(
            f"The key is not meant for this purpose ({operation}).",
            code="fit_connect.jwk_operations_refused",
            remedy="Have the owner publish it with exactly this operation, or name the other key.",
        )


def _check_kid(found: object, wanted: str | None) -> None:
    if not isinstance(found, str) or not 8 <= len(found) <= 64 or not found.isprintable():
        raise KeyRefused(
            "The key has no usable id.",
            code="fit_connect.jwk_kid_refused",
            remedy="An id has 8 to 64 characters; have the owner publish the key with one.",
        )
    if wanted is not None and found != wanted:
        raise KeyRefused(
            "The key is not the one that was asked for.",
            code="fit_connect.jwk_kid_mismatch",
            remedy="Try again; if it stays so, tell the operator of the delivery service.",
        )


def _public_key(jwk: Mapping[str, Any], rules: KeyRules) -> RSAPublicKey:
    if jwk.get("e") != "AQAB":
        raise KeyRefused(
            "The exponent of the key is not 65537.",
            code="fit_connect.jwk_exponent_refused",
            remedy="Have the owner make a new key.",
        )
    modulus = _modulus(jwk.get("n"))
    if modulus.bit_length() < rules.minimum_bits:
        raise KeyRefused(
            f"The key is too short: {modulus.bit_length()} bits, {rules.minimum_bits} are needed.",
            code="fit_connect.jwk_too_short",
            remedy="Have the owner make a longer key; a lower bound can be set in a sandbox only.",
        )
    try:
        return RSAPublicNumbers(_EXPONENT, modulus).public_key()
    except ValueError:
        raise _malformed() from None


def _modulus(text: object) -> int:
    if not isinstance(text, str) or len(text) > _MAX_BITS // 6 + 1:
        raise _malformed()
    try:
        content = segments.decode(text.encode("ascii"))
    except ValueError:
        raise _malformed() from None
    if not content or content[0] == 0:  # RFC 7518 §6.3.1.1: as few octets as it takes
        raise _malformed()
    return int.from_bytes(content, "big")


def _chain(jwk: Mapping[str, Any], rules: KeyRules) -> tuple[x509.Certificate, ...]:
    texts = jwk.get("x5c")
    if not texts and rules.certificate_required:
        raise KeyRefused(
            "The key comes without its certificate.",
            code="fit_connect.jwk_certificate_missing",
            remedy="Have the owner publish the key with its chain of certificates (x5c).",
        )
    if texts is None:
        return ()
    if not isinstance(texts, list) or len(texts) > _MAX_CHAIN:
        raise _unreadable_certificate()
    return tuple(_certificate(text) for text in texts)


def _certificate(text: object) -> x509.Certificate:
    try:
        if not isinstance(text, str):
            raise ValueError("not a text")
        found = x509.load_der_x509_certificate(base64.b64decode(text, validate=True))
        found.public_key()
        found.extensions  # noqa: B018 - parsed lazily; a broken one must not surface later
    except (ValueError, binascii.Error, TypeError, x509.DuplicateExtension):
        raise _unreadable_certificate() from None
    return found


def _key_of(certificate: x509.Certificate) -> RSAPublicNumbers | None:
    key = certificate.public_key()
    return key.public_numbers() if isinstance(key, RSAPublicKey) else None


def _malformed() -> KeyRefused:
    return KeyRefused(
        "The key is not a JSON Web Key.",
        code="fit_connect.jwk_malformed",
        remedy="Have the owner publish it anew.",
    )


def _unreadable() -> KeyRefused:
    return KeyRefused(
        "Our own key cannot be read.",
        code="fit_connect.own_key_unreadable",
        remedy="Import the key again: RSA, PKCS #8, without a password.",
    )


def _unreadable_certificate() -> KeyRefused:
    return KeyRefused(
        "A certificate beside the key cannot be read.",
        code="fit_connect.jwk_certificate_unreadable",
        remedy="Have the owner publish the key with its chain anew.",
    )
