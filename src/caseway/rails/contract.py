"""What a rail is: the contract between the middle of Caseway and every outside system.

A rail plans pure steps for an occasion, sends one step at a time, and can say afterwards whether a step
arrived. It never touches the database, never decides when to try again, never knows who else is told. The
engine (caseway.delivery) commits `transmitting` before it calls `send`, and calls `probe` before it calls
`send` a second time, so that a rail needs no memory of its own.

Every rail keeps `Rail`. What only some can is a protocol of its own, asked for by `isinstance`: `Follows`
(the other side judges later), `Receives` (things come to us), `Conforms` (a run that proves a connection fit
for the next environment), `Finds` (a directory of who is there).

Rails are found by the entry point group `caseway.rails`; ours come by the same door as a third party's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol, runtime_checkable
from uuid import UUID

import httpx2
from pydantic import BaseModel, ConfigDict

from caseway.core.errors import CasewayError
from caseway.core.http import HttpSettings
from caseway.mapping.facts import Facts
from caseway.rails.keys import NO_KEYS, NO_SCHEMAS, Keys, Schemas
from caseway.rails.manifest import Manifest


class RailSettings(BaseModel):
    """The typed settings of one connection. The portal's form is made from the fields.

    Secrets are `pydantic.SecretStr`; they are encrypted at rest and never shown again. A field's `title`,
    `description` and `json_schema_extra={"group": …}` are what the form shows.
    """

    model_config = ConfigDict(extra="forbid")

    def http(self) -> HttpSettings:
        """Return how the HTTP client of this connection is built (base URL, TLS, proxy, timeouts).

        A rail that speaks no HTTP leaves it as it is; its client then leads nowhere.
        """
        return HttpSettings(base_url="http://localhost")

    def auth(self) -> httpx2.Auth | None:
        """Return how requests of this connection are authenticated; None where TLS or nothing does it."""
        return None


@dataclass(frozen=True)
class Document:
    """A document as a rail sees it: facts, and a way to read the content as a stream."""

    id: UUID
    role: str  # application | structured | attachment | message
    index: int
    filename: str
    media_type: str
    size: int
    sha256: str
    title: str
    field_key: str
    open: Callable[[], AbstractContextManager[BinaryIO]] = field(repr=False, compare=False)


@dataclass(frozen=True)
class Occasion:
    """What a delivery is about: one submission on one case, with its documents and its resolved mapping.

    `purpose` says what is owed: the submission itself, or an answer to what the other side sent us (accept,
    reject, forward). An answer has its particulars in `brief`; a rejection may come without a submission,
    because nothing of it was taken in: then `submission_id` is None, `facts` are empty, `documents` none.
    `origin` is how the application of this case came to us, where it came over this very connection; `reply`
    is how the applicant of this submission wants to be answered, `region` the key of the place it is about.
    """

    submission_id: UUID | None
    case_id: UUID
    kind: str  # application | message | answer
    facts: Facts
    documents: Sequence[Document]
    mapping: Mapping[str, Any] | None  # resolved (extends applied), as published
    receipted: frozenset[str] = frozenset()  # keys that hold a receipt on this case and connection
    purpose: str = "submission"  # submission | accept | reject | forward
    brief: Mapping[str, Any] = field(default_factory=dict)
    origin: Mapping[str, Any] = field(default_factory=dict)
    reply: Mapping[str, Any] = field(default_factory=dict, repr=False)
    region: str = ""


@dataclass(frozen=True)
class PlannedStep:
    """One effect owed to the other side.

    `key` names the effect for ever: the same occasion planned twice gives the same keys, and a key that holds
    a receipt on this case and connection is never sent again. `payload` is JSON and goes to the step row.
    """

    key: str
    kind: str
    title: str
    payload: dict[str, Any]
    document_id: UUID | None = None


@dataclass(frozen=True)
class Receipt:
    """The proof of one effect: what the other side calls it, and what it told us when we read it back.

    `awaiting`: the other side has it and will judge it later; the delivery is then *sent*, not yet
    *delivered*, and is followed (`caseway.rails.following`).
    """

    remote_id: str
    facts: dict[str, Any] = field(default_factory=dict)
    adopted: bool = False  # found there by probe, not made by this attempt
    warnings: tuple[str, ...] = ()
    awaiting: bool = False


class Void(CasewayError):
    """Earlier receipts hold no more: a reservation ran out, a key was exchanged before all was sent.

    Raised by `send` or `probe` of a later step, and only while nothing of the delivery has taken effect for
    anybody. The engine voids the receipts named and sends their steps anew, as often as the policy allows.
    """

    default_code = "delivery.receipts_void"
    status = 409

    def __init__(
        self, sentence: str, keys: Iterable[str], *, code: str | None = None, remedy: str = "", **details: Any
    ) -> None:
        super().__init__(sentence, code=code, remedy=remedy, **details)
        self.keys = frozenset(keys)


@dataclass(frozen=True)
class Step:
    """A planned step at the moment of sending."""

    key: str
    kind: str
    payload: Mapping[str, Any]
    document: Document | None
    attempt: int  # 1 is the first
    receipts: Mapping[str, Receipt]  # by key, of this case on this connection, all earlier ones
    progress: Mapping[str, Any]  # what `checkpoint` kept
    checkpoint: Callable[[Mapping[str, Any]], None] = field(repr=False, compare=False)
    documents: Sequence[Document] = ()  # all of the delivery; `document` is the one this step is about


@dataclass(frozen=True)
class Finding:
    """One line of a check or a conformance run: what was looked at, whether it is well, and what helps."""

    code: str
    ok: bool
    sentence: str
    remedy: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """The findings of a check; well when every finding is."""

    findings: Sequence[Finding]

    @property
    def ok(self) -> bool:
        return all(finding.ok for finding in self.findings)


class Cache(Protocol):
    """What a connection remembers between steps (type definitions, capabilities), shared by all workers."""

    def get(self, key: str) -> Any | None:
        """Return the remembered JSON, or None when absent or older than its time."""

    def put(self, key: str, value: Any, seconds: int) -> None:
        """Remember JSON for a number of seconds."""

    def drop(self, key: str) -> None:
        """Forget, because the other side turned out to have changed."""


@dataclass(frozen=True)
class Link:
    """An open connection: settings with their secrets, an HTTP client that writes the wire log, a cache."""

    connection_id: UUID
    environment: str
    settings: Any  # the rail's own settings type
    client: httpx2.Client = field(repr=False)
    cache: Cache = field(repr=False)
    keys: Keys = field(default=NO_KEYS, repr=False)
    schemas: Schemas = field(default=NO_SCHEMAS, repr=False)


@runtime_checkable
class Rail(Protocol):
    """One kind of outside system. Everything raised is in the tree of `caseway.core.errors`."""

    manifest: Manifest
    settings_type: type[RailSettings]

    def check(self, link: Link) -> Report:
        """Test a connection before it is saved, without any effect on the other side."""

    def verify(self, link: Link, mapping: Mapping[str, Any]) -> Report:
        """Hold a resolved mapping against the live other side: unknown, missing or mistyped fields."""

    def types(self, link: Link, mapping: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
        """Return the live definitions of the types a resolved mapping names, as far as they exist there.

        By type id, in the other side's own words. Empty where a rail knows no types. Remembered for a while.
        """

    def rehearse(self, sample: Occasion, link: Link, place: str) -> Report:
        """File a sample at a place set aside for it, and take away what was made: the probe of a mapping.

        The only effect of a rail that it undoes. Raises what `plan` raises; what goes wrong is a finding.
        """

    def plan(self, occasion: Occasion, link: Link) -> Sequence[PlannedStep]:
        """Return the steps of an occasion in order. May read (types, cached); never has an effect.

        What `occasion.receipted` names is there already and need not be planned again: a later message has
        not the facts the case was made from. Raises `Invalid` when the mapping cannot fill what is required,
        before anything is sent.
        """

    def send(self, step: Step, link: Link) -> Receipt:
        """Have the effect of one step and return its proof.

        Raises `Refused` (the other side said no), `Unavailable` (surely no effect) or `OutcomeUnknown`.
        """

    def probe(self, step: Step, link: Link) -> Receipt | None:
        """Say whether a step whose outcome is unknown arrived: its receipt, or None when it surely did not.

        Raises `Unavailable` or `OutcomeUnknown` when it cannot be told now, `Refused` when it arrived more
        than once or in a shape that only a person can judge.
        """

    def locate_page(self, receipt: Receipt, link: Link) -> str | None:
        """Return an address where a person may look at the effect, or None."""


def chunks(stream: BinaryIO, size: int = 256 * 1024) -> Iterator[bytes]:
    """Read a stream in pieces of at most `size` bytes."""
    while piece := stream.read(size):
        yield piece
