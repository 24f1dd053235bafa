"""One organisation that accepts submissions and sends them on; to whom, those say that build on it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connections

from caseway.access.actor import Actor, system
from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.delivery.models import Delivery
from caseway.intake.data import SubmissionData
from caseway.intake.files import IncomingFile
from caseway.intake.receive import receive_submission

QUICK = {"delays": [1, 1, 2, 2, 3], "then_every": 3, "window": 5 * 24 * 3600, "max_sends": 50, "jitter": 0.2}
"""A schedule for people who cannot wait; giving up is not what is tested."""


@dataclass(frozen=True)
class Hub(ABC):
    """What a test hands in, and in which states it is."""

    organisation: Organisation

    @property
    def actor(self) -> Actor:
        return system(self.organisation.id)

    @abstractmethod
    def submission(self, number: int) -> tuple[SubmissionData, Iterable[IncomingFile]]:
        """Return one submission and its files; no two have a content in common."""

    def accept(self, number: int, *, first: int = 0, hands: int = 4) -> None:
        """Accept submissions through the use case that every door uses."""
        numbers = range(first, first + number)
        with ThreadPoolExecutor(hands) as pool:
            list(pool.map(self._accept_some, [numbers[hand::hands] for hand in range(hands)]))

    def _accept_some(self, numbers: Sequence[int]) -> None:
        try:
            for number in numbers:
                self.accept_one(number)
        finally:
            connections.close_all()

    def accept_one(self, number: int) -> None:
        """Accept the numbered submission. Raises what `receive_submission` raises."""
        data, files = self.submission(number)
        receive_submission(self.actor, data, files, f"key-{number}")

    def settled(self, *, but: str = "") -> bool:
        """Tell whether nothing waits for time any more; `but` names a state that may go on."""
        open_states = {"waiting", "transmitting", "unknown", "sent"} - {but}
        with scope(self.organisation.id):
            return not Delivery.objects.filter(state__in=open_states).exists()

    def states(self) -> dict[str, int]:
        """Return how many deliveries are in which state."""
        with scope(self.organisation.id):
            return dict(Counter(Delivery.objects.values_list("state", flat=True)))
