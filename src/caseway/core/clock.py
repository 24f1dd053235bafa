"""The one clock. Everything that asks for the time asks here, so that a test can let days pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta


class Clock:
    """The real time, or a time that a test holds and moves."""

    def __init__(self) -> None:
        self._held: datetime | None = None

    def now(self) -> datetime:
        """Return the time, always aware and in UTC."""
        return self._held or datetime.now(UTC)

    def advance(self, by: timedelta) -> datetime:
        """Move held time on. Raises `RuntimeError` when time is not held."""
        if self._held is None:
            raise RuntimeError("time moves by itself; hold it first")
        self._held += by
        return self._held

    @contextmanager
    def hold(self, at: datetime | None = None) -> Iterator[Clock]:
        """Stop the time at `at` (default: now) until the block ends."""
        before, self._held = self._held, at or datetime.now(UTC)
        try:
            yield self
        finally:
            self._held = before


clock = Clock()


def now() -> datetime:
    """Return the time of the one clock."""
    return clock.now()
