"""What the platform does by itself when time has passed (facts 2.4)."""

from __future__ import annotations

import heapq
import threading
from typing import TYPE_CHECKING

from caseway.rails.fit_connect.simulator import events
from caseway.rails.fit_connect.simulator.model import Parcel

if TYPE_CHECKING:
    from caseway.rails.fit_connect.simulator.platform import Platform

TIMEOUT_PROBLEM = {
    "type": f"{events.PROBLEMS}timeout",
    "title": "Not answered in time",
    "detail": "The receiving side did not answer in time; the delivery service rejected the submission.",
    "instance": "submission",
}


class Deadlines:
    """Unfinished parcels are deleted, unanswered ones rejected, finished ones deleted, each in its time."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._due: list[tuple[float, str, str]] = []
        self._lock = threading.Lock()
        for parcel in platform.store.parcels.values():
            self.watch(parcel)

    def watch(self, parcel: Parcel) -> None:
        """Expect the next deadline of a parcel."""
        options = self._platform.options
        moments = {
            "incomplete": parcel.created + options.unfinished_seconds,
            "submitted": (parcel.submitted or 0.0) + options.unanswered_seconds,
            "forwarded": (parcel.submitted or 0.0) + options.unanswered_seconds,
            "accepted": (parcel.ended or 0.0) + options.finished_seconds,
            "rejected": (parcel.ended or 0.0) + options.finished_seconds,
        }
        if parcel.status in moments:
            with self._lock:
                heapq.heappush(self._due, (moments[parcel.status], parcel.id, parcel.status))

    def clear(self) -> None:
        """Expect nothing any more."""
        with self._lock:
            self._due.clear()

    def pass_by(self) -> list[Parcel]:
        """Do what is due; return the parcels both sides should hear of."""
        told: list[Parcel] = []
        while (entry := self._next()) is not None:
            with self._platform.store.lock:
                parcel = self._platform.store.parcels.get(entry[0])
                if parcel is not None and parcel.status == entry[1]:
                    self._pass(parcel)
                    told.append(parcel)
                    self.watch(parcel)
        return told

    def _next(self) -> tuple[str, str] | None:
        moment = self._platform.store.clock.seconds()
        with self._lock:
            if not self._due or self._due[0][0] > moment:
                return None
            _, identity, status = heapq.heappop(self._due)
        return identity, status

    def _pass(self, parcel: Parcel) -> None:
        store = self._platform.store
        if parcel.status in ("submitted", "forwarded"):
            parcel.status, parcel.ended = "rejected", store.clock.seconds()
            events.record(self._platform, parcel, f"reject-{parcel.kind}", {"problems": [TIMEOUT_PROBLEM]})
        else:
            parcel.status = "deleted"
            events.record(self._platform, parcel, f"delete-{parcel.kind}")
        store.remove_content(parcel)
        store.save(parcel)
        self._platform.tally(f"{parcel.kind}_{parcel.status}_by_deadline")
