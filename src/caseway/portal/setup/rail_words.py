"""What a rail calls its settings, their groups and choices: `strings.<language>.toml` in its own folder.

A rail of somebody else's brings its words the same way. Where a language is missing, English speaks; where
there is no such file, the titles and descriptions of the settings themselves.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from django.utils.translation import get_language

from caseway.core.errors import NotConfigured
from caseway.rails.contract import RailSettings

_ENGLISH = "en"


@dataclass(frozen=True)
class RailWords:
    """The words of one rail in one language; empty where it brings none."""

    groups: Mapping[str, str] = field(default_factory=dict)  # by group
    settings: Mapping[str, Sequence[str]] = field(default_factory=dict)  # by name: title, description
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # by name and stored value

    def title(self, name: str) -> str:
        """Return the title of a setting, or nothing."""
        return next(iter(self.settings.get(name, ())), "")

    def description(self, name: str) -> str:
        """Return the description of a setting, or nothing."""
        return next(iter(self.settings.get(name, ())[1:]), "")

    def choice(self, name: str, value: str) -> str:
        """Return what a value of a setting is called; one without words is called what it is."""
        return self.choices.get(name, {}).get(value, value)


def words_of(settings_type: type[RailSettings]) -> RailWords:
    """Return the words of the rail whose settings these are, in the reader's language.

    Raises `NotConfigured` (`rail.broken`) for a file that is no TOML.
    """
    package = getattr(sys.modules[settings_type.__module__], "__package__", "") or ""
    return _read(package, (get_language() or _ENGLISH).split("-")[0])


@cache
def _read(package: str, language: str) -> RailWords:
    if not package:
        return RailWords()
    room = files(package)
    for one in dict.fromkeys((language, _ENGLISH)):
        file = room / f"strings.{one}.toml"
        if file.is_file():
            table = _parsed(file, package)
            return RailWords(table.get("groups", {}), table.get("settings", {}), table.get("choices", {}))
    return RailWords()


def _parsed(file: Traversable, package: str) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise NotConfigured(
            f"The words of {package} cannot be read.",
            code="rail.broken",
            remedy=f"Repair {file.name}: {error}.",
        ) from error
