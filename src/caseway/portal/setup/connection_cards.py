"""A connection as its card shows it: the age of what waits, whether it answers, what ends soon."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language

from caseway.core.clock import now
from caseway.delivery.models import Connection
from caseway.delivery.queries import ConnectionHealth, connections_health
from caseway.portal.words import Tone
from caseway.rails.registry import rails

CERTIFICATE_WARNINGS = (60, 14)  # days: from here on to be looked at, from here on bad


@dataclass(frozen=True)
class Card:
    """What is said of one connection."""

    connection: Connection
    rail_name: str
    oldest: datetime | None
    open: int
    unknown: int
    stuck: int
    certificate_days: int | None

    @property
    def tone(self) -> Tone:
        """How bad it is: the worst of circuit, what needs a person, certificate and pause."""
        if (
            self.connection.circuit != Connection.Circuit.CLOSED
            or self.stuck
            or self.certificate_tone == "bad"
        ):
            return "bad"
        return "wait" if self.connection.paused_at or self.certificate_tone == "wait" else ""

    @property
    def certificate_tone(self) -> Tone:
        if self.certificate_days is None or self.certificate_days > CERTIFICATE_WARNINGS[0]:
            return ""
        return "wait" if self.certificate_days > CERTIFICATE_WARNINGS[1] else "bad"


def cards() -> list[Card]:
    """Return a card for every connection of the scope, the oldest queue first."""
    return [_card(health) for health in connections_health()]


def card_of(connection: Connection) -> Card:
    """Return the card of one connection."""
    return next(card for card in cards() if card.connection.id == connection.id)


def _card(health: ConnectionHealth) -> Card:
    connection = health.connection
    ends = connection.certificate_ends_at
    return Card(
        connection=connection,
        rail_name=rail_name(connection.rail),
        oldest=health.oldest,
        open=health.open,
        unknown=health.unknown,
        stuck=health.stuck,
        certificate_days=(ends - now()).days if ends else None,
    )


def rail_name(rail_id: str) -> str:
    """Return what a rail is called in the reader's language."""
    known = rails().get(rail_id)
    names = known.manifest.names if known else {}
    return names.get(get_language() or "en", names.get("en", rail_id))
