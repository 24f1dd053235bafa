"""The way through the portal: sections, their screens, and which action opens each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

Words = str | Promise


@dataclass(frozen=True)
class Place:
    """A screen in the navigation: its address by name, what one must be allowed, and where it is current."""

    title: Words
    name: str
    action: str
    views: tuple[str, ...] = ()  # beginnings of the view names that belong to it


_OF_A_CONNECTION = ("setup:connection", "setup:key", "setup:conformance", "setup:checklist")
_AUTHORITIES = ("setup:catalogue", "setup:directory")

SECTIONS: tuple[tuple[Words, tuple[Place, ...]], ...] = (
    (
        _("Work"),
        (
            Place(_("Overview"), "portal:overview", "deliveries.read"),
            Place(_("Needs attention"), "portal:attention", "deliveries.read", ("portal:attention",)),
            Place(_("Arrivals"), "portal:arrivals", "arrivals.read", ("portal:arrival",)),
            Place(_("Messages"), "portal:messages", "submissions.read", ("portal:message",)),
            Place(_("Cases"), "portal:cases", "cases.read", ("portal:case",)),
            Place(_("Replays"), "portal:replays", "deliveries.read", ("portal:replay",)),
        ),
    ),
    (
        _("Set-up"),
        (
            Place(_("Connections"), "setup:connections", "connections.read", _OF_A_CONNECTION),
            Place(_("Routes"), "setup:routes", "connections.read", ("setup:route",)),
            Place(_("Mappings"), "setup:mappings", "mappings.read", ("setup:mapping",)),
            Place(_("Subject schemas"), "setup:schemas", "connections.read", ("setup:schema",)),
            Place(_("Who receives what"), "setup:catalogue", "connections.read", _AUTHORITIES),
            Place(_("Simulators"), "portal:simulators", "simulators.use"),
        ),
    ),
    (
        _("Account"),
        (
            Place(_("API clients"), "setup:clients", "clients.edit", ("setup:client",)),
            Place(_("People"), "setup:people", "users.edit", ("setup:person",)),
            Place(_("Audit"), "portal:audit", "audit.read", ("portal:audit",)),
        ),
    ),
)


@dataclass(frozen=True)
class Item:
    """A link of the navigation as it is shown now."""

    title: Words
    url: str
    current: bool
    count: int = 0
    count_words: str = ""


@dataclass(frozen=True)
class Section:
    """A heading of the navigation with its links."""

    title: Words
    items: list[Item]


def sections(may: Callable[[str], bool], view_name: str, waiting: Mapping[str, int]) -> Iterator[Section]:
    """Return what a person may open; `waiting` says how much waits for a person, by the name of a screen."""
    for title, places in SECTIONS:
        items = [
            _item(place, url, view_name, waiting.get(place.name, 0))
            for place in places
            if may(place.action) and (url := _address(place)) is not None
        ]
        if items:
            yield Section(title, items)


def _address(place: Place) -> str | None:
    """Return the address of a screen, or None where an installation leaves the screen out."""
    try:
        return reverse(place.name)
    except NoReverseMatch:
        return None


def _item(place: Place, url: str, view_name: str, count: int) -> Item:
    current = view_name == place.name or view_name.startswith(place.views or ("\0",))
    return Item(place.title, url, current, count, _count_words(place.name, count))


def _count_words(name: str, count: int) -> str:
    if name == "portal:arrivals":
        return ngettext("arrival waits for a person", "arrivals wait for a person", count)
    return ngettext("delivery needs a person", "deliveries need a person", count)
