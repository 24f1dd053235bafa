"""What a rail can also do to whom things are sent: say what waits, check a callback, collect and prove.

The middle (caseway.receiving) remembers what arrived, takes it in durably, and only then owes the acceptance:
an answer is a delivery with purpose accept, reject or forward, planned and sent by the same rail. Collecting
has no effect on the other side and may be done again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol, TypeAlias, runtime_checkable

from caseway.core.errors import CasewayError
from caseway.rails.contract import Link
from caseway.rails.following import LogEntry

ArrivingKind: TypeAlias = Literal["submission", "reply"]


@dataclass(frozen=True)
class Arriving:
    """Something that waits for us at the other side."""

    kind: ArrivingKind
    remote_id: str
    remote_case_id: str
    destination: str = ""  # which of our addresses it was sent to


@dataclass(frozen=True)
class Notice:
    """What a callback told, after it was checked. `digest` makes it this callback and no other."""

    digest: str
    at: datetime
    arriving: Sequence[Arriving] = ()
    remote_case_ids: Sequence[str] = ()  # whose logs have grown


@dataclass(frozen=True)
class IncomingFile:
    """A file that was collected, checked, and lies in the room."""

    part: str  # unique in its submission
    role: str  # application | structured | attachment | message
    title: str
    filename: str
    media_type: str
    open: Callable[[], AbstractContextManager[BinaryIO]] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Collected:
    """What arrived, decrypted and proven. `origin` is kept with the submission, for answers."""

    kind: Literal["application", "message"]
    title: str
    service_id: str
    service_name: str
    form_id: str
    submitted_at: datetime | None
    subject: str  # of a message
    body: str
    files: Sequence[IncomingFile]
    reply: Mapping[str, Any]  # {"channel": fit_connect|email|de_mail|fink|elster|mailbox|"" , …address}
    origin: Mapping[str, Any]  # JSON: remote ids, metadata, tags
    log: Sequence[LogEntry] = ()
    answer_by: datetime | None = None  # when the other side ends it without us
    leika_id: str = ""
    region: str = ""


@dataclass(frozen=True)
class Problem:
    """One reason of a rejection in the standard's words (RFC 9457 members)."""

    type: str
    title: str
    detail: str
    instance: str

    def as_json(self) -> dict[str, str]:
        return {"type": self.type, "title": self.title, "detail": self.detail, "instance": self.instance}


class Rejectable(CasewayError):
    """What arrived is proven to be at fault itself: it may be rejected with these problems.

    Never raised for a fault of ours (a key we lack, a schema we could not read, a disk that is full): that is
    `NotConfigured` or `Unavailable`, and what arrived waits.
    """

    default_code = "arrival.at_fault"
    status = 422

    def __init__(
        self,
        sentence: str,
        problems: Iterable[Problem],
        *,
        code: str | None = None,
        remedy: str = "",
        log: Sequence[LogEntry] = (),
        answer_by: datetime | None = None,
        **details: Any,
    ) -> None:
        super().__init__(sentence, code=code, remedy=remedy, **details)
        self.problems = tuple(problems)
        self.log = tuple(log)
        self.answer_by = answer_by


@dataclass(frozen=True)
class Manners:
    """How a connection wants its arrivals to be answered."""

    receives: bool
    accept: Literal["automatic", "by_person"]
    reject_proven_faults: Literal["by_person", "automatic"]
    poll_seconds: int
    alarm_after_days: int  # an arrival without an answer
    forwards: bool = False  # the other side can be told that a submission is forwarded


@runtime_checkable
class Receives(Protocol):
    """A rail over which things come to us."""

    def manners(self, settings: Any) -> Manners:
        """Return how a connection with these settings receives and answers."""

    def waiting(self, link: Link) -> Iterator[Arriving]:
        """Yield everything that waits for us there, oldest first; a reading without effect."""

    def notice(self, headers: Mapping[str, str], body: bytes, link: Link, at: datetime) -> Notice:
        """Check a callback: sender, time, form. Raises `NotPermitted` or `Invalid`; then nothing happens."""

    def collect(self, arriving: Arriving, link: Link, room: Path) -> Collected:
        """Fetch, decrypt and check what arrived, into a folder of its own.

        Raises `Rejectable` for a proven fault of the sender's; `Unavailable`, `NotConfigured` for ours;
        `NotFound` (`arrival.gone`) when it does not wait there any more.
        """

    def reasons(self) -> Sequence[Problem]:
        """Return the standard problems a person may choose from when rejecting."""
