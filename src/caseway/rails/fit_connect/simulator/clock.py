"""The time of the simulated platform: the one clock, moved on by whoever tests deadlines."""

from __future__ import annotations

from datetime import datetime, timedelta

from caseway.core import clock


class PlatformClock:
    """The project's clock plus an offset that only grows."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset

    def now(self) -> datetime:
        """Return the platform's time, in UTC."""
        return clock.now() + timedelta(seconds=self.offset)

    def seconds(self) -> float:
        """Return the platform's time as Unix seconds."""
        return self.now().timestamp()

    def advance(self, seconds: float) -> None:
        """Move on. Raises `ValueError` for a negative number."""
        if seconds < 0:
            raise ValueError("The clock only moves forward.")
        self.offset += seconds
