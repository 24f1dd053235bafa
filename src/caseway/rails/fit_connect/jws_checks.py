"""Reading a signed token strictly: three canonical segments, PS512, one type, a named key.

Event tokens (`set_checks`) and signed destination data (`destination_data`) are both read here. The signature
is verified with the one algorithm there is, never with what the header names: no token can choose `none`, or
HMAC with the public key as its secret (RFC 8725 §2.1, §3.1). Keys in a header are not looked at.

Codes (`fit_connect.…`), all `TokenRefused`:
- `jws_malformed`: not three segments of canonical base64url, or far too long
- `jws_header_malformed`, `jws_payload_malformed`: no JSON object, or a member is named twice
- `jws_algorithm_refused`: `alg` is not PS512
- `jws_type_refused`: `typ` is another than expected
- `jws_critical_refused`: `crit` is there
- `jws_kid_missing`: no `kid`
- `jws_signature_wrong`: not the signature of this key over these bytes
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from caseway.core.errors import Invalid
from caseway.rails.fit_connect import segments
from caseway.rails.fit_connect.jwk import PublicKey

_LIMIT = 256 * 1024  # characters; the tags of 100 attachments in 20 fragments each
_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=hashes.SHA512.digest_size)  # RFC 7518 §3.5
_ANEW = "Whoever issued it must issue it anew; nothing of it counts."


class TokenRefused(Invalid):
    """A signed token breaks a rule, says another thing than was expected, or is not by whom it says."""


@dataclass(frozen=True)
class Jws:
    """A token that was read and not verified: nothing of it may be believed yet."""

    kid: str
    claims: dict[str, Any] = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def read_jws(token: str, type_: str) -> Jws:
    """Return the parts of a compact JWS of one type. Raises `TokenRefused`."""
    if len(token) > _LIMIT or token.count(".") != 2:
        raise _malformed()
    try:
        parts = token.encode("ascii").split(b".")
        header, payload, signature = (segments.decode(part) for part in parts)
    except ValueError:
        raise _malformed() from None
    kid = _kid(header, type_)
    try:
        claims = segments.read_object(payload)
    except ValueError:
        raise TokenRefused(
            "A signed token holds no JSON object with distinct members.",
            code="fit_connect.jws_payload_malformed",
            remedy=_ANEW,
        ) from None
    return Jws(kid, claims, b".".join(parts[:2]), signature)


def check_signature(token: Jws, key: PublicKey) -> None:
    """Raise `TokenRefused` unless the signature is that of this key, and the key is one for signatures."""
    try:
        if key.purpose != "verify":
            raise InvalidSignature
        key.key.verify(token.signature, token.signed, _PSS, hashes.SHA512())
    except InvalidSignature:
        raise TokenRefused(
            "The signature of a token is wrong.",
            code="fit_connect.jws_signature_wrong",
            remedy="Tell the operator of the delivery service: somebody may have tampered with it.",
        ) from None


def _kid(content: bytes, type_: str) -> str:
    header = _header(content)
    if header.get("alg") != "PS512":
        raise TokenRefused(
            "A token is not signed with PS512.", code="fit_connect.jws_algorithm_refused", remedy=_ANEW
        )
    if header.get("typ") != type_:
        raise TokenRefused(
            f"A token is not of the type {type_}.", code="fit_connect.jws_type_refused", remedy=_ANEW
        )
    if "crit" in header:
        raise TokenRefused(
            "A token demands an extension that is not understood.",
            code="fit_connect.jws_critical_refused",
            remedy=_ANEW,
        )
    kid = header.get("kid")
    if not isinstance(kid, str) or not 1 <= len(kid) <= 512:
        raise TokenRefused("A token does not name its key.", code="fit_connect.jws_kid_missing", remedy=_ANEW)
    return kid


def _header(content: bytes) -> dict[str, Any]:
    try:
        return segments.read_object(content)
    except ValueError:
        raise TokenRefused(
            "The header of a token is not a JSON object with distinct members.",
            code="fit_connect.jws_header_malformed",
            remedy=_ANEW,
        ) from None


def _malformed() -> TokenRefused:
    return TokenRefused("A token is not a compact JWS.", code="fit_connect.jws_malformed", remedy=_ANEW)
