"""What a rail whose other side judges later can also do: follow what was sent until the verdict.

Following only reads. The engine asks on a schedule and when a callback says that something happened; it keeps
the log entries (each once, by digest) and applies the verdict once, whoever asked first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable
from uuid import UUID

from caseway.rails.contract import Link, Receipt


@dataclass(frozen=True)
class LogEntry:
    """One entry of the other side's log, verified or not, and why."""

    digest: str  # SHA-256 of the token, hex: what makes it this entry and no other
    what: str  # the event in the other side's word, such as accept-submission
    about: str  # what it is about there, such as submission:<uuid>
    issuer: str
    at: datetime | None
    verified: bool
    code: str = ""  # why not
    sentence: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)  # its payload
    token: str = field(default="", repr=False)  # as it came: the evidence


@dataclass(frozen=True)
class Verdict:
    """What the other side decided. `problems` are its own words, in its own form."""

    accepted: bool
    sentence: str
    code: str = ""
    problems: Sequence[Mapping[str, Any]] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Followed:
    """The log as it is now, and the verdict when it has fallen."""

    log: Sequence[LogEntry] = ()
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Sent:
    """A delivery whose steps all have receipts."""

    delivery_id: UUID
    purpose: str
    sent_at: datetime
    receipts: Mapping[str, Receipt]  # of its own steps, by key


@runtime_checkable
class Follows(Protocol):
    """A rail whose other side judges later."""

    def follow(self, sent: Sent, link: Link) -> Followed:
        """Read what became of a delivery.

        Raises `Unavailable` when it cannot be told now. A verdict is told only from what is verified.
        """
