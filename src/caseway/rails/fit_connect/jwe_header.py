"""The protected header of a JWE that came to us: what it may say, and what it must.

Only RSA-OAEP-256 with A256GCM is read; every other name is refused whatever key would fit. Members that are
not understood and not critical are ignored, as RFC 7516 §4 demands.

Codes (`fit_connect.…`), each an `Invalid` of the sender's:
- `jwe_header_malformed`: no JSON object in UTF-8, or a member is named twice
- `jwe_algorithm_refused`: `alg` is not RSA-OAEP-256 (RSA1_5, dir, none …)
- `jwe_encryption_refused`: `enc` is not A256GCM
- `jwe_critical_refused`: `crit` is there; no extension is understood (RFC 7516 §4.1.13)
- `jwe_compression_refused`: `zip` is there and not allowed, or is not DEF
- `jwe_content_type_missing`, `jwe_content_type_refused`: no `cty`, or another than was agreed
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from caseway.core.errors import Invalid
from caseway.rails.fit_connect import segments
from caseway.rails.fit_connect.jwe import ALGORITHM, ENCRYPTION


class JweRefused(Invalid):
    """A JWE breaks a rule, or is not what its sender sealed."""


class OldManner(JweRefused):
    """What clients of v1 in use do, and a tolerant reading would take."""


@dataclass(frozen=True)
class Reading:
    """How a JWE is read. `content_types` None: any.

    `tolerant` takes what clients of v1 in use send: no `cty`, or `zip: DEF`. v2 forbids both.
    """

    max_plaintext: int
    content_types: Collection[str] | None = None
    tolerant: bool = False


@dataclass(frozen=True)
class Header:
    """A header that keeps the rules. `kid` and `content_type` are empty where it does not say."""

    kid: str
    content_type: str
    deflated: bool


def read_header(content: bytes, reading: Reading) -> Header:
    """Return the header from its octets. Raises `JweRefused`."""
    try:
        header = segments.read_object(content)
    except ValueError:
        raise JweRefused(
            "The header of an encrypted part is not a JSON object with distinct members.",
            code="fit_connect.jwe_header_malformed",
            remedy="The sender must encrypt anew.",
        ) from None
    _check_algorithms(header)
    return Header(
        kid=_text(header, "kid"),
        content_type=_content_type(header, reading),
        deflated=_deflated(header, reading),
    )


def _check_algorithms(header: dict[str, Any]) -> None:
    if header.get("alg") != ALGORITHM:
        raise JweRefused(
            f"The key of an encrypted part is not wrapped with {ALGORITHM}.",
            code="fit_connect.jwe_algorithm_refused",
            remedy="The sender must encrypt as FIT-Connect prescribes.",
        )
    if header.get("enc") != ENCRYPTION:
        raise JweRefused(
            f"An encrypted part is not encrypted with {ENCRYPTION}.",
            code="fit_connect.jwe_encryption_refused",
            remedy="The sender must encrypt as FIT-Connect prescribes.",
        )
    if "crit" in header:
        raise JweRefused(
            "An encrypted part demands an extension that is not understood.",
            code="fit_connect.jwe_critical_refused",
            remedy="The sender must encrypt without critical extensions.",
        )


def _deflated(header: dict[str, Any], reading: Reading) -> bool:
    if "zip" not in header:
        return False
    if reading.tolerant and header["zip"] == "DEF":
        return True
    refusal = OldManner if header["zip"] == "DEF" else JweRefused
    raise refusal(
        "An encrypted part is compressed.",
        code="fit_connect.jwe_compression_refused",
        remedy="The sender must not compress (zip); old clients of v1 can be tolerated by a setting.",
    )


def _content_type(header: dict[str, Any], reading: Reading) -> str:
    found = _text(header, "cty")
    if not found and not reading.tolerant:
        raise OldManner(
            "An encrypted part does not say its content type.",
            code="fit_connect.jwe_content_type_missing",
            remedy="The sender must name it (cty); old clients of v1 can be tolerated by a setting.",
        )
    if reading.content_types is not None and not reading.tolerant and found not in reading.content_types:
        raise JweRefused(
            "An encrypted part is of another content type than was agreed.",
            code="fit_connect.jwe_content_type_refused",
            remedy="The sender must name the content type of the schema, or of the attachment.",
            allowed=sorted(reading.content_types),
        )
    return found


def _text(header: dict[str, Any], name: str) -> str:
    found = header.get(name, "")
    if not isinstance(found, str) or len(found) > 512:
        raise JweRefused(
            f"The member {name} in the header of an encrypted part is no text.",
            code="fit_connect.jwe_header_malformed",
            remedy="The sender must encrypt anew.",
        )
    return found
