"""A key as its card shows it: how it stands, how long it lasts, what to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from caseway.delivery.key_care import KeyView, describe
from caseway.delivery.models import Connection, ConnectionKey
from caseway.portal.setup.connection_cards import CERTIFICATE_WARNINGS
from caseway.portal.words import Tone

_TESTS = ("sandbox", "test")
State = ConnectionKey.State


@dataclass(frozen=True)
class KeyCard:
    """What is said of one key."""

    id: UUID
    key: KeyView
    warnings: Sequence[str]

    @property
    def days_tone(self) -> Tone:
        """How near its end is; of a key that counts no more it does not matter."""
        days = self.key.days_left
        if days is None or self.key.state == State.RETIRED or days > CERTIFICATE_WARNINGS[0]:
            return ""
        return "wait" if days > CERTIFICATE_WARNINGS[1] else "bad"

    @property
    def days_words(self) -> str:
        """Return how long its certificate lasts."""
        days = self.key.days_left
        if days is None:
            return _("no certificate")
        if days < 0:
            return ngettext("ended %(n)d day ago", "ended %(n)d days ago", -days) % {"n": -days}
        return ngettext("%(n)d day left", "%(n)d days left", days) % {"n": days}

    @property
    def counts(self) -> bool:
        """Whether it is used, or may be: not retired."""
        return self.key.state != State.RETIRED


def card_of(row: ConnectionKey, connection: Connection) -> KeyCard:
    """Return the card of a key."""
    view = describe(row)
    return KeyCard(row.id, view, list(_warnings(view, connection)))


def _warnings(key: KeyView, connection: Connection) -> Sequence[str]:
    if key.state == State.RETIRED:
        return ()
    said = []
    if key.self_signed and connection.environment not in _TESTS:
        said.append(
            _("Nobody but the key itself vouches for it: good for test environments only. Have it certified.")
        )
    if key.state == State.IN_FORCE and key.days_left is not None and key.days_left <= CERTIFICATE_WARNINGS[0]:
        said.append(
            _("Make its successor now, publish it, and put it in force while this one is still understood.")
        )
    return said
