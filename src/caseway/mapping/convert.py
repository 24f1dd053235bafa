"""Total conversion: a value becomes exactly what a CMIS type can hold, or the filing stops with a reason.

The DMS is never left to guess: one server stored the boolean "ja" as false without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from caseway.core.errors import Invalid
from caseway.mapping import textpattern
from caseway.mapping.datepattern import parse_date
from caseway.mapping.numbertext import parse_decimal, whole
from caseway.mapping.scalars import Scalar, clean, decimal_text, is_empty, iso, scalar, text_of, zone

Options = Mapping[str, Any]
Json = str | bool | int

TYPES = ("string", "id", "boolean", "integer", "decimal", "datetime", "html", "uri")
TEXT_TYPES = ("string", "id", "html", "uri")
NOON = "12:00"


def prepare(values: list[Scalar], options: Options) -> list[Scalar]:
    """Return the values cleaned and split: trim, NFC, case, then split. Empty ones fall away."""
    cleaned = [_cleaned(value, options) for value in values]
    if separator := options.get("split"):
        cleaned = [part for value in cleaned for part in _split(value, separator, options)]
    return [value for value in cleaned if not is_empty(value)]


def look_up(
    values: list[Scalar], table: Mapping[str, Any], on_unmapped: str, timezone: ZoneInfo
) -> list[Scalar]:
    """Return what a look-up table says for each value.

    `keep` leaves an unknown value as it is, `default` drops it. Raises `Invalid` (`mapping.unmapped`).
    """
    result: list[Scalar] = []
    for value in values:
        found = scalar(table.get(text_of(value, timezone)))
        if found is not None:
            result.append(found)
        elif on_unmapped == "keep":
            result.append(value)
        elif on_unmapped == "fail":
            raise _bad(
                "unmapped", "is not in the look-up table", "Add it to the table, or set `onUnmapped`.", value
            )
    return result


def finish_text(values: list[Scalar], options: Options, timezone: ZoneInfo) -> list[Scalar]:
    """Return the values joined, checked against the pattern and cut, as far as the options say so."""
    if "join" in options and len(values) > 1:
        values = [options["join"].join(text_of(value, timezone) for value in values)]
    if pattern := options.get("pattern"):
        for value in values:
            if not textpattern.fits(pattern, text_of(value, timezone)):
                raise _bad("pattern_mismatch", "does not have the form the mapping asks for", "", value)
    if length := options.get("truncate"):
        values = [text_of(value, timezone)[:length] for value in values]
    return values


def to_type(value: Scalar, wanted: str, options: Options, timezone: ZoneInfo) -> Json:
    """Return one value as JSON of a CMIS type.

    string, id, html and uri are text; boolean and integer are themselves; decimal is text of plain digits;
    datetime is ISO 8601 text with offset. Raises `Invalid`: `mapping.not_a_boolean`,
    `mapping.not_an_integer`, `mapping.not_a_decimal`, `mapping.not_a_datetime`,
    `mapping.not_a_uri`; the sentence never holds the value.
    """
    match wanted:
        case "boolean":
            return _boolean(value, options)
        case "integer":
            return _integer(value, options)
        case "decimal":
            return decimal_text(_decimal(value, options, "a_decimal", "a decimal number"))
        case "datetime":
            return _datetime(value, options, timezone)
        case "uri":
            return _uri(text_of(value, timezone), value)
    return text_of(value, timezone)


def natural(value: Scalar, timezone: ZoneInfo) -> tuple[Json, str | None]:
    """Return (JSON, type) of a value whose type nobody has said; the type of a text is not known (None)."""
    if isinstance(value, bool):
        return value, "boolean"
    if isinstance(value, int):
        return value, "integer"
    if isinstance(value, Decimal):
        return decimal_text(value), "decimal"
    if isinstance(value, datetime):
        return iso(value, timezone), "datetime"
    return value, None


def _cleaned(value: Scalar, options: Options) -> Scalar:
    if not isinstance(value, str):
        return value
    text = clean(value, trim=options.get("trim", True), normalize=options.get("normalize", "NFC"))
    match options.get("case"):
        case "upper":
            return text.upper()
        case "lower":
            return text.lower()
    return text


def _split(value: Scalar, separator: str, options: Options) -> list[Scalar]:
    if not isinstance(value, str):
        return [value]
    return [part.strip() if options.get("trim", True) else part for part in value.split(separator)]


def _boolean(value: Scalar, options: Options) -> bool:
    if isinstance(value, bool):
        return value
    truths = {word.strip().casefold() for word in options.get("trueValues") or ()}
    falses = {word.strip().casefold() for word in options.get("falseValues") or ()}
    if not truths and not falses:
        truths, falses = {"true"}, {"false"}
    text = str(value).strip().casefold()
    if text in truths:
        return True
    if text in falses:
        return False
    raise _bad(
        "not_a_boolean", "is neither a true nor a false value", "List it in trueValues or falseValues.", value
    )


def _integer(value: Scalar, options: Options) -> int:
    number = whole(_decimal(value, options, "an_integer", "a whole number"))
    if number is None or not -(2**63) <= number < 2**63:
        raise _bad("not_an_integer", "is not a whole number of 64 bits", "", value)
    return number


def _decimal(value: Scalar, options: Options, code: str, what: str) -> Decimal:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value)
    locale = options.get("numberLocale", "C")
    number = parse_decimal(value, locale) if isinstance(value, str) else None
    if number is None:
        raise _bad(
            f"not_{code}",
            f"is not {what} in locale {locale}",
            "Set `numberLocale` to how it is written.",
            value,
        )
    return number


def _datetime(value: Scalar, options: Options, timezone: ZoneInfo) -> str:
    local = zone(options["timezone"]) if options.get("timezone") else timezone
    if isinstance(value, datetime):
        return iso(value, local)
    found = _read_time(value, options) if isinstance(value, str) else None
    if found is None:
        wanted = options.get("dateFormat") or "ISO 8601"
        raise _bad(
            "not_a_datetime",
            f"is not a date of the form {wanted}",
            "Set `dateFormat` to how it is written.",
            value,
        )
    moment, has_time = found
    if not has_time:
        moment = datetime.combine(moment, time.fromisoformat(options.get("timeOfDay", NOON)), moment.tzinfo)
    return iso(moment, local)


def _read_time(text: str, options: Options) -> tuple[datetime, bool] | None:
    if pattern := options.get("dateFormat"):
        return parse_date(text, pattern)
    try:
        return datetime.fromisoformat(text), len(text) > len("2026-11-16")
    except ValueError:
        return None


def _uri(text: str, value: Scalar) -> str:
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = None
    if (
        parts is None
        or not parts.scheme
        or not (parts.netloc or parts.path)
        or any(c.isspace() for c in text)
    ):
        raise _bad("not_a_uri", "is not a URI with a scheme", "", value)
    return text


def _bad(code: str, what: str, remedy: str, value: Scalar) -> Invalid:
    return Invalid(f"A value {what}.", code=f"mapping.{code}", remedy=remedy, value=str(value)[:80])
