"""Numbers written the way people write them: by locale, exactly, never through a float."""

from __future__ import annotations

import re
from decimal import Decimal

# de, nl and da all write 1.234,50; grouping is either absent or complete. C is 1234.50, no grouping.
_PLAIN = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_COMMA = re.compile(r"[+-]?(?:[0-9]{1,40}|[0-9]{1,3}(?:\.[0-9]{3}){1,12})(,[0-9]{1,40})?")


def parse_decimal(text: str, locale: str) -> Decimal | None:
    """Return the exact number a text writes in locale C, de, nl or da, or None when it is not one."""
    if locale == "C":
        return Decimal(text) if _PLAIN.fullmatch(text) else None
    if not _COMMA.fullmatch(text):
        return None
    return Decimal(text.replace(".", "").replace(",", "."))


def whole(number: Decimal) -> int | None:
    """Return the number as an int when it is one, else None."""
    return int(number) if number == number.to_integral_value() else None
