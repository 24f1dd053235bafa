"""Single values on their way from the facts to the DMS: cleaned, and written as text one way only."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from caseway.core.errors import Invalid

Scalar = str | bool | int | Decimal | datetime

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def zone(name: str) -> ZoneInfo:
    """Return the IANA time zone. Raises `Invalid` (`mapping.timezone_unknown`)."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid(
            f"{name} is not a time zone.",
            code="mapping.timezone_unknown",
            remedy="Use a name such as Europe/Berlin.",
            timezone=name,
        ) from error


def scalar(value: Any) -> Scalar | None:
    """Return a value of the facts, of JSON or of the mapping as a scalar; None and NaN are empty.

    A float becomes the decimal its digits say, never its binary neighbour. Raises `Invalid`
    (`mapping.not_a_value`) for a list or an object.
    """
    if value is None or isinstance(value, str | bool | int | datetime):
        return value
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    raise Invalid(
        "The expression selects a list or an object, not a value.",
        code="mapping.not_a_value",
        remedy="Go one step further down, for example with [*] or a name.",
    )


def text_of(value: Scalar, timezone: ZoneInfo) -> str:
    """Return the text of a value: true/false, digits with a point, ISO 8601 in the mapping's zone."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, datetime):
        return iso(value, timezone)
    return str(value)


def decimal_text(value: Decimal) -> str:
    """Return a decimal in plain digits, never with an exponent."""
    return format(value, "f")


def iso(value: datetime, timezone: ZoneInfo) -> str:
    """Return a point in time as ISO 8601 with offset; one without a zone is taken to be in `timezone`."""
    if value.tzinfo is None:
        return value.replace(tzinfo=timezone).isoformat()
    try:
        return value.astimezone(timezone).isoformat()
    except OverflowError:  # at the edges of the years 1 and 9999
        return value.isoformat()


def clean(text: str, *, trim: bool = True, normalize: str = "NFC") -> str:
    """Return text fit for a DMS: normalised, trimmed, control characters (but tab, newline) as spaces."""
    text = _SURROGATE.sub("\ufffd", _CONTROL.sub(" ", text))
    if normalize == "NFC":
        text = unicodedata.normalize("NFC", text)
    elif normalize == "NFD":
        text = unicodedata.normalize("NFD", text)
    return text.strip() if trim else text


def is_empty(value: Scalar) -> bool:
    """Say whether a value counts as nothing: text without a visible character."""
    return isinstance(value, str) and not value.strip()
