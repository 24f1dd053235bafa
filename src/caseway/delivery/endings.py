"""What ends soon: certificates of both sides, and of our keys. Warned of 60, 30, 14 and 3 days before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from caseway.core.clock import now
from caseway.delivery.models import Connection, ConnectionKey

WARNINGS = (60, 30, 14, 3)  # days before the end; from the last one on, every day
_WHAT = {
    ConnectionKey.Use.SIGN: "The key that signs",
    ConnectionKey.Use.DECRYPT: "The key that decrypts",
}


@dataclass(frozen=True)
class Ending:
    """A certificate that ends within the first warning. `kid` is empty where it is not that of a key."""

    connection: str  # name
    slug: str
    what: str
    kid: str
    ends_at: datetime

    @property
    def days(self) -> int:
        """Whole days left, negative when it has ended."""
        return (self.ends_at - now()).days

    @property
    def due(self) -> bool:
        """Whether today is a day to warn."""
        return self.days in WARNINGS or self.days <= WARNINGS[-1]

    def sentence(self) -> str:
        """Return the warning in words."""
        key = f" ({self.kid[:16]})" if self.kid else ""
        if self.days < 0:
            return f"{self.what} of {self.connection}{key} has ended {-self.days} days ago."
        return f"{self.what} of {self.connection}{key} ends in {self.days} days."


def endings(within: timedelta = timedelta(days=WARNINGS[0])) -> list[Ending]:
    """Return what ends soon in the caller's scope, the first to end first."""
    soon = now() + within + timedelta(days=1)
    keys = [
        Ending(one.connection.name, one.connection.slug, _WHAT[ConnectionKey.Use(one.use)], one.kid, end)
        for one in _in_force().filter(ends_at__lt=soon).select_related("connection")
        if (end := one.ends_at)
    ]
    told = {(one.slug, one.ends_at) for one in keys}
    others = [
        Ending(one.name, one.slug, "A certificate", "", end)
        for one in Connection.objects.filter(certificate_ends_at__lt=soon)
        if (end := one.certificate_ends_at) and (one.slug, end) not in told
    ]
    return sorted([*keys, *others], key=lambda one: one.ends_at)


def first_end(connection: Connection) -> datetime | None:
    """Return when the first certificate of a connection ends: as its last test said, or of a key in force."""
    ends = [
        end
        for end in _in_force().filter(connection_id=connection.id).values_list("ends_at", flat=True)
        if end
    ]
    days = [line["details"]["days"] for line in connection.check_report if "days" in line.get("details", {})]
    if days and connection.checked_at:
        ends.append(connection.checked_at + timedelta(days=min(days)))
    return min(ends, default=None)


def note_first_end(connection: Connection) -> None:
    """Keep when the first certificate of a saved connection ends, after a key of it changed."""
    connection.certificate_ends_at = first_end(connection)
    connection.save(update_fields=["certificate_ends_at"])


def _in_force() -> QuerySet[ConnectionKey]:
    return ConnectionKey.objects.filter(state=ConnectionKey.State.IN_FORCE)
