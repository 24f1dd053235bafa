"""Text as it may come in from outside: bounded, composed (NFC), and free of control characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from annotated_types import GroupedMetadata
from pydantic import AfterValidator, StringConstraints
from pydantic_core import PydanticCustomError

_LINE_CHARACTERS = frozenset("\t\n\r")


def one_line(text: str) -> str:
    """Return the text composed (Unicode NFC); refuse control characters, NUL and lone surrogates."""
    return _composed(text, allowed=frozenset())


def many_lines(text: str) -> str:
    """The same, but tabs and line ends may stay."""
    return _composed(text, allowed=_LINE_CHARACTERS)


def _composed(text: str, allowed: frozenset[str]) -> str:
    if text.isascii() and text.isprintable():
        return text
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs") and character not in allowed:
            raise PydanticCustomError("control_character", "Control characters may not stand in a text.")
    return unicodedata.normalize("NFC", text)


@dataclass(frozen=True)
class Line(GroupedMetadata):
    """Makes a `str` one line of at most `longest` characters: `Annotated[str, Line(60)]`."""

    longest: int
    shortest: int = 0
    pattern: str | None = None

    def __iter__(self) -> Iterator[Any]:
        yield from StringConstraints(
            strip_whitespace=True, min_length=self.shortest, max_length=self.longest, pattern=self.pattern
        )
        yield AfterValidator(one_line)


@dataclass(frozen=True)
class Paragraphs(GroupedMetadata):
    """Makes a `str` a text of several lines, of at most `longest` characters."""

    longest: int

    def __iter__(self) -> Iterator[Any]:
        yield from StringConstraints(max_length=self.longest)
        yield AfterValidator(many_lines)
