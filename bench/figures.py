"""What the benches share: how large a run is, percentiles, memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Scale:
    """How large a run is: small by default, full for the sizes of the floors."""

    full: bool = False

    def pick(self, small: int, full: int) -> int:
        return full if self.full else small


def percentile(values: Sequence[float], percent: float) -> float:
    """Return a percentile (nearest rank), rounded to two digits."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))], 2)


class Peak:
    """How far the resident memory of this process rises above what it is now (Linux, proc(5))."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the peak so far
        self._base = _status("VmRSS")

    def above(self) -> float:
        """Return MiB between the base and the peak since."""
        return round((_status("VmHWM") - self._base) / 1024, 1)


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
