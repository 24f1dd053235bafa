"""Areas of the routing service, and how many requests it takes."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from caseway.rails.fit_connect.simulator.switches import rate_limited


@dataclass(frozen=True)
class Area:
    """A Gebiet: its id, official keys and postcodes."""

    id: str
    name: str
    type: str
    ars: str
    ags: str = ""
    postcodes: tuple[str, ...] = ()


class Window:
    """Counts requests in windows of time, for the RateLimit headers."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._end = 0.0
        self._used = 0

    def enter(self, moment: float, limit: int, length: float) -> list[tuple[str, str]]:
        """Count one request; return the headers. Raises 429 when the window is full."""
        with self._lock:
            if moment >= self._end:
                self._end, self._used = moment + length, 0
            reset = max(1, int(self._end - moment))
            if self._used >= limit:
                raise rate_limited(reset, limit)
            self._used += 1
            left = limit - self._used
        return [
            ("RateLimit-Limit", str(limit)),
            ("RateLimit-Remaining", str(left)),
            ("RateLimit-Reset", str(reset)),
        ]
