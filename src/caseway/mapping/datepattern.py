"""Dates by pattern: the part of Unicode LDML (UTS 35, part 4) that forms and systems use.

yyyy MM M dd d HH H mm m ss s SSS and XXX (offset or Z), text in single quotes, and punctuation as it is.
Names of months and two-digit years are left out: they depend on language or on guessing.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from caseway.core.errors import Invalid

_TOKEN = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']")
_FIELDS = {
    "yyyy": ("year", r"[0-9]{4}"),
    "MM": ("month", r"[0-9]{2}"),
    "M": ("month", r"[0-9]{1,2}"),
    "dd": ("day", r"[0-9]{2}"),
    "d": ("day", r"[0-9]{1,2}"),
    "HH": ("hour", r"[0-9]{2}"),
    "H": ("hour", r"[0-9]{1,2}"),
    "mm": ("minute", r"[0-9]{2}"),
    "m": ("minute", r"[0-9]{1,2}"),
    "ss": ("second", r"[0-9]{2}"),
    "s": ("second", r"[0-9]{1,2}"),
    "SSS": ("millisecond", r"[0-9]{3}"),
    "XXX": ("offset", r"Z|[+-][0-9]{2}:[0-9]{2}"),
}


def check_pattern(pattern: str, *, reading: bool = False) -> None:
    """Raise `Invalid` (`mapping.date_format`) for a pattern that cannot be used.

    A pattern to read with must hold year, month and day, each once.
    """
    names = [_FIELDS[token][0] for token in _tokens(pattern) if token in _FIELDS]
    if reading and (len(set(names)) < len(names) or not {"year", "month", "day"} <= set(names)):
        raise _bad(pattern, "must hold year, month and day, each once")


def format_date(value: datetime, pattern: str) -> str:
    """Return a local time written by the pattern. Raises `Invalid` (`mapping.date_format`)."""
    return "".join(_written(value, token) for token in _tokens(pattern))


def parse_date(text: str, pattern: str) -> tuple[datetime, bool] | None:
    """Return (time, whether the pattern has a time of day), or None when the text does not fit.

    The time is naive unless the pattern holds XXX. Raises `Invalid` (`mapping.date_format`).
    """
    expression, has_time = _reader(pattern)
    match = expression.fullmatch(text)
    if match is None:
        return None
    parts = match.groupdict()
    offset = parts.pop("offset", None)
    numbers = {name: int(value) for name, value in parts.items()}
    microsecond = numbers.pop("millisecond", 0) * 1000
    try:
        return datetime(**numbers, microsecond=microsecond, tzinfo=_offset(offset)), has_time
    except ValueError:  # 31 February, 25 o'clock
        return None


def _bad(pattern: str, what: str) -> Invalid:
    return Invalid(
        f"The date pattern {pattern} {what}.",
        code="mapping.date_format",
        remedy=f"Use {' '.join(_FIELDS)}, and quote other letters: dd.MM.yyyy or yyyy-MM-dd'T'HH:mm.",
    )


@lru_cache(maxsize=256)
def _tokens(pattern: str) -> tuple[str, ...]:
    tokens = tuple(match.group() for match in _TOKEN.finditer(pattern))
    if "".join(tokens) != pattern:
        raise _bad(pattern, "has a quote that is not closed")
    for token in tokens:
        if token[0].isascii() and token[0].isalpha() and token not in _FIELDS:
            raise _bad(pattern, f"holds {token}, which is not known")
    return tokens


def _literal(token: str) -> str:
    if token == "''":
        return "'"
    return token[1:-1].replace("''", "'") if token.startswith("'") else token


def _written(value: datetime, token: str) -> str:
    if token not in _FIELDS:
        return _literal(token)
    name = _FIELDS[token][0]
    if name == "offset":
        return _offset_text(value)
    number = value.microsecond // 1000 if name == "millisecond" else int(getattr(value, name))
    return str(number).zfill(len(token))


def _offset_text(value: datetime) -> str:
    minutes = int((value.utcoffset() or timedelta()).total_seconds()) // 60
    if minutes == 0:
        return "Z"
    sign, minutes = ("-", -minutes) if minutes < 0 else ("+", minutes)
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}"


def _offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text == "Z":
        return UTC
    hours, minutes = int(text[1:3]), int(text[4:6])
    return timezone((1 if text[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))


@lru_cache(maxsize=256)
def _reader(pattern: str) -> tuple[re.Pattern[str], bool]:
    check_pattern(pattern, reading=True)
    tokens = _tokens(pattern)
    parts = [
        f"(?P<{_FIELDS[token][0]}>{_FIELDS[token][1]})" if token in _FIELDS else re.escape(_literal(token))
        for token in tokens
    ]
    return re.compile("".join(parts)), any(token in ("HH", "H") for token in tokens)
