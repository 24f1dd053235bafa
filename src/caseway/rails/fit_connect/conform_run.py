"""A conformance run as its clauses see it: the connection, where it may act, and what it sent so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from caseway.core.errors import NotConfigured
from caseway.rails.conformance import Ground
from caseway.rails.contract import Link, Receipt
from caseway.rails.fit_connect.config import TESTING, FitConnectSettings


@dataclass
class Run:
    """One run. `sent` are the receipts of the test submissions it handed over."""

    link: Link
    ground: Ground
    sent: list[Receipt] = field(default_factory=list)

    def sending(self) -> Link:
        """Return the connection with the place set aside as its destination.

        Raises `NotConfigured` (`fit_connect.no_place`): outside of tests such a place must be named.
        """
        settings: FitConnectSettings = self.link.settings
        if self.ground.place:
            at = {"addressing": "fixed", "destination_id": self.ground.place}
            return replace(self.link, settings=settings.model_copy(update=at))
        if self.link.environment not in TESTING:
            raise NotConfigured(
                "Outside of a test environment a run sends only to a destination that is set aside for it.",
                code="fit_connect.no_place",
                remedy="Name the id of such a destination as the place of the run.",
            )
        return self.link

    def destinations(self) -> tuple[str, ...]:
        """Return the destinations of ours that a run may answer for."""
        ours: tuple[str, ...] = self.link.settings.receive_destinations
        return tuple(one for one in ours if self.ground.place in ("", one))
