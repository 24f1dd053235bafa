"""What a rail brings to prove a connection: a run of clauses, each tried for real at the other side.

`caseway verify` runs it against whatever environment the connection points to; the report is signed and kept,
and a connection moves on to the next environment only with a passed one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from caseway.rails.contract import Finding, Link, Occasion


@dataclass(frozen=True)
class Clause:
    """One thing a run proves, in words a person understands. Its findings carry its code."""

    code: str
    title: str


@dataclass(frozen=True)
class Ground:
    """Where a run may act: a sample to send, a place set aside at the other side, a folder of its own."""

    sample: Occasion
    place: str
    room: Path
    large_bytes: int  # size of the attachment that stands for a large one
    patience: float  # seconds to wait for the other side in one clause


@runtime_checkable
class Conforms(Protocol):
    """A rail with a conformance run."""

    def clauses(self, link: Link) -> Sequence[Clause]:
        """Return what a run of this connection proves, in order (a sender is not asked to receive)."""

    def conform(self, link: Link, ground: Ground) -> Iterator[Finding]:
        """Try each clause and yield a finding for it; a clause that cannot be tried is a bad finding.

        Has effects at the other side, only at the place set aside, and takes them away where it can.
        """
