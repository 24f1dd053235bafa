"""What the engine and the rails say, in the reader's language: `sentences.<language>.toml`.

Causes, remedies and findings are raised and kept in English, with names and numbers filled in, so that one
of last year is read as one of today. A catalogue has each English sentence with a numbered gap, `{1}`, for
each thing filled in, and what it is in the other language. One is Caseway's own; each rail brings one in its
folder, one of somebody else's too. What no catalogue has stays English.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from django.utils.translation import get_language

from caseway.core.errors import CasewayError, NotConfigured
from caseway.core.log import get_logger
from caseway.rails.registry import rails

_ENGLISH = "en"
_OURS = "caseway.locale"
_LONGEST = 1000  # characters of a sentence that is looked up
_GAP = re.compile(r"\{([0-9]+)\}")


@dataclass(frozen=True)
class Shape:
    """A sentence with gaps, and how it is said in another language."""

    pattern: re.Pattern[str]
    said: str


@dataclass(frozen=True)
class Book:
    """The sentences of one catalogue; shapes by the word they begin with, "" where that is a gap."""

    whole: Mapping[str, str] = field(default_factory=dict)
    shapes: Mapping[str, Sequence[Shape]] = field(default_factory=dict)

    def find(self, text: str) -> str | None:
        """Return the sentence in the catalogue's language, or None; what fills a gap may be one too."""
        if (said := self.whole.get(text)) is not None:
            return said
        if text.endswith(".") and (said := self.whole.get(text[:-1])) is not None:  # a title, said of
            return f"{said}."
        for start in dict.fromkeys((_first_word(text), "")):
            for shape in self.shapes.get(start, ()):
                if found := shape.pattern.fullmatch(text):
                    return self._filled(shape.said, found)
        return None

    def _filled(self, said: str, found: re.Match[str]) -> str:
        return _GAP.sub(lambda gap: self._part(found[f"gap{gap[1]}"]), said)

    def _part(self, text: str) -> str:
        return self.find(text) or text


def said(text: str) -> str:
    """Return a sentence in the reader's language; as it is where no catalogue has it."""
    return translated(text) or text


def translated(text: str) -> str | None:
    """Return a sentence in the reader's language; itself for an English reader, None where none is known."""
    language = (get_language() or _ENGLISH).split("-")[0]
    return text if language == _ENGLISH else _translated(text, language, tuple(rails()))


def words_of(error: CasewayError) -> str:
    """Return what an error says and what helps, in the reader's language."""
    return f"{said(error.sentence)} {said(error.remedy)}".strip()


@lru_cache(maxsize=4096)
def _translated(text: str, language: str, rail_ids: tuple[str, ...]) -> str | None:
    if len(text) > _LONGEST:
        return None
    for package in (_OURS, *map(_room, rail_ids)):
        if package and (found := _book(package, language).find(text)) is not None:
            return found
    return None


@cache
def _book(package: str, language: str) -> Book:
    """Return a catalogue; one that cannot be read is told once in the log, and no page fails for it."""
    try:
        return book(package, language)
    except NotConfigured as error:
        get_logger().error("sentences.unreadable", package=package, remedy=error.remedy)
        return Book()


def _room(rail_id: str) -> str:
    module = sys.modules.get(rails()[rail_id].settings_type.__module__)
    return getattr(module, "__package__", "") or ""


@cache
def book(package: str, language: str) -> Book:
    """Return the catalogue of a package; an empty one where it brings none.

    Raises `NotConfigured` (`rail.broken`) for a file that is no TOML of sentences.
    """
    file = files(package) / f"sentences.{language}.toml"
    if not file.is_file():
        return Book()
    try:
        pairs = tomllib.loads(file.read_text(encoding="utf-8"))
        _require_sentences(pairs)
        shapes: dict[str, list[Shape]] = {}
        for english in sorted((one for one in pairs if _GAP.search(one)), key=len, reverse=True):
            shapes.setdefault(_first_word(english), []).append(Shape(_pattern(english), pairs[english]))
    except (ValueError, re.error) as error:
        raise NotConfigured(
            f"The sentences of {package} cannot be read.",
            code="rail.broken",
            remedy=f"Repair {file.name}: {error}.",
        ) from error
    return Book(pairs, shapes)


def _require_sentences(pairs: Mapping[str, Any]) -> None:
    """Raise `ValueError` for what is no sentence, or has a gap that the English one has not."""
    for english, said in pairs.items():
        if not isinstance(said, str) or set(_GAP.findall(said)) - set(_GAP.findall(english)):
            raise ValueError(f"{english!r} has no sentence with its gaps")


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile("".join(_pieces(english)), re.DOTALL)


def _pieces(english: str) -> Iterator[str]:
    for number, piece in enumerate(_GAP.split(english)):
        yield f"(?P<gap{piece}>.+?)" if number % 2 else re.escape(piece)


def _first_word(text: str) -> str:
    word = text.partition(" ")[0]
    return "" if "{" in word else word
