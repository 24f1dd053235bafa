"""The settings of a connection as they are read: what differs from the defaults first, never a secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from caseway.core.errors import NotConfigured
from caseway.delivery.models import Connection
from caseway.portal.setup import settings_fields
from caseway.portal.setup.rail_words import words_of
from caseway.rails.contract import RailSettings
from caseway.rails.registry import rail

Fact = tuple[str, str]


@dataclass(frozen=True)
class ShownSettings:
    """Settings in words: those somebody chose, and those at their defaults."""

    chosen: Sequence[Fact]
    defaults: Sequence[Fact]


def shown_settings(row: Connection) -> ShownSettings:
    """Return what a page says of the settings; raw where the rail is not installed."""
    try:
        settings_type = rail(row.rail).settings_type
    except NotConfigured:
        return ShownSettings([(name, _shown(value)) for name, value in row.settings.items()], [])
    chosen: list[Fact] = []
    defaults: list[Fact] = []
    plain, words = settings_fields.initial_of(settings_type, {}), words_of(settings_type)
    for name, value in _ordered(settings_type, row.settings):
        called = words.choice(name, value) if isinstance(value, str) else value
        fact = (_title(settings_type, name), _shown(called))
        default = plain.get(settings_fields.PREFIX + name)
        same = ("\n".join(map(str, value)) if isinstance(value, list) else value) == default
        (defaults if same else chosen).append(fact)
    return ShownSettings(chosen, defaults)


def _ordered(settings_type: type[RailSettings], stored: dict[str, Any]) -> list[tuple[str, Any]]:
    known = list(settings_type.model_fields)
    names = [name for name in known if name in stored] + sorted(stored.keys() - set(known))
    return [(name, stored[name]) for name in names if stored[name] not in (None, "", [])]


def _title(settings_type: type[RailSettings], name: str) -> str:
    info = settings_type.model_fields.get(name)
    return settings_fields.title_of(words_of(settings_type), name, info) if info else name


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
