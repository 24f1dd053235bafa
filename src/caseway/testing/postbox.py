"""A rail over which things come, whose other side is a list: for tests of receiving.

What waits, what collecting meets and what was answered is scripted and counted here. It has no wire, so it
proves how the middle treats what arrives, never how a protocol behaves.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

from caseway.core.errors import CasewayError, Invalid, NotFound, NotPermitted, Refused
from caseway.rails.contract import Link, Occasion, PlannedStep, Receipt, Step
from caseway.rails.inbound import Arriving, Collected, IncomingFile, Manners, Notice, Problem
from caseway.rails.manifest import Manifest, RetryPolicy
from caseway.testing.ledger import LedgerRail

SECRET = b"a secret of thirty-two characters"
PROBLEM = Problem("https://example.org/problems/hash-mismatch", "Hash mismatch", "", "data")
OTHER = Problem("https://example.org/problems/missing-data", "Data missing", "", "data")
NEWS = Manners(receives=True, accept="automatic", reject_proven_faults="by_person", poll_seconds=60,
               alarm_after_days=3, forwards=True)  # fmt: skip
File = tuple[str, str, str, bytes]  # part, role, media type, content
Fault = CasewayError | Callable[[Arriving, Path], None]


@dataclass
class Letter:
    """One thing that waits, as its sender made it."""

    arriving: Arriving
    kind: Literal["application", "message"] = "application"
    files: Sequence[File] = (("application", "application", "application/pdf", b"%PDF-1.7 Antrag"),)
    answer_by: datetime | None = None
    title: str = "Hundesteuer"
    more: Mapping[str, Any] = field(default_factory=dict)  # other values of `Collected`


class PostboxRail(LedgerRail):
    """Sends like the ledger, and receives: `put` lays something into the box."""

    def __init__(self, manners: Manners = NEWS) -> None:
        super().__init__(parts=("letter",))
        self.manifest = Manifest(
            id="postbox",
            names={"en": "Postbox"},
            summary={"en": "A list"},
            directions=("in", "out"),
            owner="tests",
            standard="none",
            documentation="none",
            retry=RetryPolicy(jitter=0),
        )
        self.how = manners
        self.box: dict[str, Letter] = {}
        self.hidden: set[str] = set()  # waits, but is not listed
        self.answers: list[tuple[str, str]] = []  # purpose and remote id, in order
        self.briefs: list[dict[str, Any]] = []
        self.collected: list[str] = []  # every fetch that was tried
        self.rooms: list[Path] = []
        self.faults: deque[Fault | None] = deque()
        self.broken: Fault | None = None  # what every fetch meets
        self.deaf: CasewayError | None = None  # what every question meets
        self.on_collect: Callable[[], None] = lambda: None

    def put(self, remote_id: str, case: str = "", **letter: Any) -> Letter:
        """Lay something into the box."""
        of: Literal["submission", "reply"] = letter.pop("of", "submission")
        arriving = Arriving(of, remote_id, case or f"case-{remote_id}", "destination-1")
        self.box[remote_id] = Letter(arriving, **letter)
        return self.box[remote_id]

    def behave(self, **how: Any) -> None:
        """Change how the connection receives."""
        self.how = replace(self.how, **how)

    # receiving

    def manners(self, settings: Any) -> Manners:
        return self.how

    def waiting(self, link: Link) -> Iterator[Arriving]:
        if self.deaf is not None:
            raise self.deaf
        yield from [one.arriving for name, one in self.box.items() if name not in self.hidden]

    def notice(self, headers: Mapping[str, str], body: bytes, link: Link, at: datetime) -> Notice:
        stamp = headers.get("Postbox-Time", "")
        if not hmac.compare_digest(headers.get("Postbox-Sign", ""), sign(stamp, body)):
            raise NotPermitted("The signature is wrong.", code="postbox.signature")
        told = datetime.fromisoformat(stamp)
        if abs(at - told) > timedelta(minutes=5):
            raise NotPermitted("It is too old.", code="postbox.old")
        try:
            said = json.loads(body)
        except ValueError as error:
            raise Invalid("It cannot be read.", code="postbox.unreadable") from error
        return Notice(
            digest=hashlib.sha256(stamp.encode() + body).hexdigest(),
            at=told,
            arriving=[self.box[name].arriving for name in said.get("arrived", [])],
            remote_case_ids=said.get("grown", []),
        )

    def collect(self, arriving: Arriving, link: Link, room: Path) -> Collected:
        self.collected.append(arriving.remote_id)
        self.rooms.append(room)
        self.on_collect()
        fault = self.faults.popleft() if self.faults else self.broken
        if isinstance(fault, CasewayError):
            raise fault
        if fault is not None:
            fault(arriving, room)
        letter = self.box.get(arriving.remote_id)
        if letter is None:
            raise NotFound("It does not wait here any more.", code="arrival.gone")
        return _collected(letter, room)

    def reasons(self) -> Sequence[Problem]:
        return (PROBLEM, OTHER)

    # answering

    def plan(self, occasion: Occasion, link: Link) -> Sequence[PlannedStep]:
        if occasion.purpose == "submission":
            return super().plan(occasion, link)
        about = str(occasion.brief["remote_id"])
        return [PlannedStep(f"{occasion.purpose}:{about}", occasion.purpose, "answer", dict(occasion.brief))]

    def send(self, step: Step, link: Link) -> Receipt:
        receipt = super().send(step, link)
        if step.kind in ("accept", "reject", "forward"):
            about = step.payload["remote_id"]
            if step.kind != "forward" and self.box.pop(about, None) is None:
                raise Refused("It was answered before.", code="postbox.answered")
            self.answers.append((step.kind, about))
            self.briefs.append(dict(step.payload))
        return receipt


def sign(stamp: str, body: bytes) -> str:
    """Return the signature of a callback."""
    return hmac.new(SECRET, stamp.encode() + b"." + body, "sha512").hexdigest()


def _collected(letter: Letter, room: Path) -> Collected:
    values: dict[str, Any] = {
        "kind": letter.kind,
        "title": letter.title,
        "service_id": "urn:de:fim:leika:leistung:99102013104000",
        "service_name": "Hundesteuer",
        "form_id": "hundesteuer",
        "submitted_at": None,
        "subject": "Nachfrage" if letter.kind == "message" else "",
        "body": "",
        "files": [_file(one, room) for one in letter.files],
        "reply": {"channel": "email", "address": "erika.mustermann@example.org"},
        "origin": {"tags": {"data": f"tag-{letter.arriving.remote_id}"}, "metadata": {"version": "2.1.0"}},
        "answer_by": letter.answer_by,
    }
    return Collected(**{**values, **letter.more})


def _file(said: File, room: Path) -> IncomingFile:
    part, role, media_type, content = said
    path = room / part
    path.write_bytes(content)
    opened = cast(Callable[[], AbstractContextManager[BinaryIO]], partial(path.open, "rb"))
    return IncomingFile(part, role, part.title(), f"{part}.pdf", media_type, opened)
