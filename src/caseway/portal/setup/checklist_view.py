"""The checklist of a connection as it is shown: by who answers, how far it is, what waits with whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from caseway.access.actor import Actor
from caseway.core.errors import NotConfigured
from caseway.delivery.models import Connection
from caseway.delivery.onboarding import ItemView, checklist
from caseway.portal.setup.trust_words import WHO
from caseway.portal.words import Words

FACTS: dict[str, Words] = {
    "checked": _("its last test was well"),
    "key_sign": _("a key to sign is in force"),
    "key_decrypt": _("a key to decrypt is in force"),
    "key_certified": _("the keys in force are certified"),
    "schema": _("a schema is registered"),
    "route": _("a route leads here"),
    "mapping": _("a mapping is bound"),
    "conformance": _("a conformance run is passed"),
}


@dataclass(frozen=True)
class Progress:
    """How much of a list is settled."""

    settled: int
    all: int

    @property
    def whole(self) -> bool:
        """Whether nothing is open."""
        return self.settled == self.all


@dataclass(frozen=True)
class Line:
    """A question with the words for what answers it by itself."""

    item: ItemView
    facts: Sequence[Words]


@dataclass(frozen=True)
class Side:
    """The questions of one side."""

    who: str
    lines: Sequence[Line]
    progress: Progress


@dataclass(frozen=True)
class ChecklistPage:
    """A checklist, by side."""

    sides: Sequence[Side]
    waiting: Sequence[ItemView]  # the longest first
    progress: Progress


def checklist_page(actor: Actor, slug: str) -> ChecklistPage:
    """Return what the page of a checklist shows. Raises as `checklist`."""
    items = checklist(actor, slug, get_language() or "en")
    waiting = [item for item in items if item.state == "asked"]
    return ChecklistPage(
        [_side(who, items) for who in WHO if any(item.who == who for item in items)],
        sorted(waiting, key=lambda item: str(item.asked_at)),
        _progress(items),
    )


def checklist_progress(actor: Actor, row: Connection) -> Progress | None:
    """Return how far the checklist of a connection is; None where there is none, or it cannot be read."""
    try:
        items = checklist(actor, row.slug)
    except NotConfigured:
        return None
    return _progress(items) if items else None


def _side(who: str, items: Sequence[ItemView]) -> Side:
    own = [item for item in items if item.who == who]
    lines = [Line(item, [FACTS.get(fact, fact) for fact in item.facts]) for item in own]
    return Side(who, lines, _progress(own))


def _progress(items: Sequence[ItemView]) -> Progress:
    return Progress(sum(not item.is_open for item in items), len(items))
