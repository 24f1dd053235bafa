"""Identifiers that Caseway gives: time-ordered UUIDs and short references a person can say on the phone."""

from __future__ import annotations

import secrets
import time
import uuid

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def uuid7() -> uuid.UUID:
    """Return a time-ordered UUID, version 7 (RFC 9562, sections 5.7 and 6.2 method 3).

    The twelve bits behind the milliseconds hold the fraction of the millisecond, so that ids made one after
    the other in a process sort as they were made.
    """
    milliseconds, rest = divmod(time.time_ns(), 1_000_000)
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76 | (rest * 4096 // 1_000_000) << 64
    value |= 0b10 << 62 | secrets.randbits(62)
    return uuid.UUID(int=value)


def short_reference(prefix: str, length: int = 8) -> str:
    """Return a reference such as `S-8F3KQ2ZT`: Crockford's base 32, no letter that looks like a digit."""
    bits = secrets.randbits(5 * length)
    return f"{prefix}-{''.join(_CROCKFORD[bits >> 5 * place & 31] for place in range(length))}"
