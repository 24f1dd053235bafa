"""The way through the portal: sections, their screens, and which action opens each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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


SECTIONS: tuple[tuple[Words, tuple[Place, ...]], ...] = (
    (
        _("Work"),
        (
            Place(_("Overview"), "portal:overview", "deliveries.read"),
            Place(_("Needs attention"), "portal:attention", "deliveries.read", ("portal:attention",)),
            Place(_("Messages"), "portal:messages", "submissions.read", ("portal:message",)),
            Place(_("Cases"), "portal:cases", "cases.read", ("portal:case",)),
            Place(_("Replays"), "portal:replays", "deliveries.read", ("portal:replay",)),
        ),
    ),
    (
        _("Set-up"),
        (
            Place(_("Connections"), "setup:connections", "connections.read", ("setup:connection",)),
            Place(_("Routes"), "setup:routes", "connections.read", ("setup:route",)),
            Place(_("Mappings"), "setup:mappings", "mappings.read", ("setup:mapping",)),
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


def sections(may: Callable[[str], bool], view_name: str, stuck: int) -> Iterator[Section]:
    """Return what a person may open; `stuck` is shown at what needs attention."""
    for title, places in SECTIONS:
        items = [
            _item(place, url, view_name, stuck)
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


def _item(place: Place, url: str, view_name: str, stuck: int) -> Item:
    current = view_name == place.name or view_name.startswith(place.views or ("\0",))
    count = stuck if place.name == "portal:attention" else 0
    words = ngettext("delivery needs a person", "deliveries need a person", count)
    return Item(place.title, url, current, count, words)
