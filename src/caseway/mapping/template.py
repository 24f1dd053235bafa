"""Templates: text with `{name|filter|filter(argument)}` of the vocabulary. No logic, no loops."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from caseway.core.errors import Invalid
from caseway.mapping.datepattern import check_pattern, format_date
from caseway.mapping.hints import did_you_mean
from caseway.mapping.scalars import Scalar, text_of

FILTERS = {
    "date": "date(dd.MM.yyyy): a point in time, written by a pattern in the mapping's time zone",
    "upper": "upper: in capital letters",
    "lower": "lower: in small letters",
    "trunc": "trunc(40): at most so many characters",
    "slug": "slug: letters and digits of ASCII with hyphens, umlauts as ae, oe, ue",
    "pad": "pad(5): zeros in front, up to so many characters",
}
_WITHOUT_ARGUMENT = ("upper", "lower", "slug")
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")
_FILTER = re.compile(r"([a-z]+)(?:\(([^()]*)\))?")
_SLUG_WORDS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa"}
MAX_NUMBER = 1000


@dataclass(frozen=True)
class Placeholder:
    """One `{…}`: the name it asks for and its filters as (name, argument)."""

    name: str
    filters: tuple[tuple[str, str], ...]


@lru_cache(maxsize=512)
def parse(template: str) -> tuple[str | Placeholder, ...]:
    """Return the literal texts and placeholders of a template; `{{` and `}}` are braces.

    Raises `Invalid`: `mapping.template` (a brace too many), `mapping.filter_unknown`,
    `mapping.filter_argument`, `mapping.date_format`. Names are not checked here.
    """
    pieces: list[str | Placeholder] = []
    for match in _PIECE.finditer(template):
        text = match.group()
        if match.group(1) is not None:
            pieces.append(_placeholder(match.group(1)))
        elif text in "{}":
            raise Invalid(
                f"The template has a {text} without its partner.",
                code="mapping.template",
                remedy="Write {{ or }} for a brace that is meant as text.",
            )
        else:
            pieces.append(text[0] if text in ("{{", "}}") else text)
    return tuple(pieces)


def render(template: str, value_of: Callable[[str], Scalar | None], timezone: ZoneInfo) -> str:
    """Return the template filled in; what is not known is left empty. Raises as `parse` does."""
    parts = []
    for piece in parse(template):
        if isinstance(piece, str):
            parts.append(piece)
        elif (value := value_of(piece.name)) is not None:
            parts.append(_filtered(value, piece.filters, timezone))
    return "".join(parts)


def names(template: str) -> list[str]:
    """Return the names the template asks for, in order. Raises as `parse` does."""
    return [piece.name for piece in parse(template) if isinstance(piece, Placeholder)]


def _placeholder(inside: str) -> Placeholder:
    name, *filters = [part.strip() for part in inside.split("|")]
    return Placeholder(name, tuple(_filter(part) for part in filters))


def _filter(text: str) -> tuple[str, str]:
    match = _FILTER.fullmatch(text)
    name = match.group(1) if match else text
    if match is None or name not in FILTERS:
        raise Invalid(
            f"{name} is not a filter.",
            code="mapping.filter_unknown",
            remedy=did_you_mean(name, FILTERS),
            filter=name,
        )
    argument = match.group(2)
    _check_argument(name, argument)
    return name, argument or ""


def _check_argument(name: str, argument: str | None) -> None:
    if name == "date":
        check_pattern(argument or "yyyy-MM-dd")
        return
    good = argument is None if name in _WITHOUT_ARGUMENT else _is_number(argument)
    if not good:
        raise Invalid(
            f"The filter {name} has a wrong argument.",
            code="mapping.filter_argument",
            remedy=f"Write {FILTERS[name]}.",
            filter=name,
        )


def _is_number(argument: str | None) -> bool:
    return bool(argument and re.fullmatch(r"[0-9]{1,4}", argument) and 1 <= int(argument) <= MAX_NUMBER)


def _filtered(value: Scalar, filters: tuple[tuple[str, str], ...], timezone: ZoneInfo) -> str:
    for name, argument in filters:
        value = _apply(name, argument, value, timezone)
    return text_of(value, timezone)


def _apply(name: str, argument: str, value: Scalar, timezone: ZoneInfo) -> str:
    if name == "date":
        return _date(value, argument or "yyyy-MM-dd", timezone)
    text = text_of(value, timezone)
    if name == "upper":
        return text.upper()
    if name == "lower":
        return text.lower()
    if name == "slug":
        return _slug(text)
    return text[: int(argument)] if name == "trunc" else text.zfill(int(argument))


def _date(value: Scalar, pattern: str, timezone: ZoneInfo) -> str:
    if not isinstance(value, datetime):
        raise Invalid(
            "The filter date needs a point in time.",
            code="mapping.filter_needs_date",
            remedy="Use it on submission.submittedAt, submission.receivedAt or message.sentAt.",
        )
    local = value.replace(tzinfo=timezone) if value.tzinfo is None else value.astimezone(timezone)
    return format_date(local, pattern)


def _slug(text: str) -> str:
    text = unicodedata.normalize("NFC", text).lower()
    text = "".join(_SLUG_WORDS.get(letter, letter) for letter in text)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
