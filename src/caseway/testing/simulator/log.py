"""The last requests a simulator answered."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from caseway.core.clock import now

KEPT = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One request: what was asked, what was answered, which fault applied. `status` 0 = no answer."""

    at: datetime
    method: str
    action: str
    name: str
    status: int
    fault: str
    milliseconds: float


class RequestLog:
    """The last 1,000 requests, and how many there were."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self.total = 0

    def add(self, method: str, action: str, name: str, status: int, fault: str, seconds: float) -> None:
        """Keep one request."""
        self.total += 1
        self._entries.append(Entry(now(), method, action, name, status, fault, round(seconds * 1000, 2)))

    def entries(self) -> list[Entry]:
        """Return what is kept, oldest first."""
        return list(self._entries)

    def describe(self) -> list[dict[str, Any]]:
        """Return what is kept as JSON can say it."""
        return [{**asdict(entry), "at": entry.at.isoformat()} for entry in self.entries()]

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self.total = 0
