"""A rail whose other side is a list: for tests of the engine, and the smallest example of the contract.

The list outlives the rail's calls as a remote system would; faults are scripted per call. It has no wire, so
it proves how the engine treats outcomes, never how a protocol behaves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from caseway.core.errors import CasewayError
from caseway.core.http import HttpSettings
from caseway.rails.contract import (
    Finding,
    Link,
    Occasion,
    PlannedStep,
    RailSettings,
    Receipt,
    Report,
    Step,
)
from caseway.rails.manifest import Manifest, RetryPolicy


class LedgerSettings(RailSettings):
    """Nothing to set but an address nobody calls."""

    address: str = "http://127.0.0.1:9"

    def http(self) -> HttpSettings:
        return HttpSettings(base_url=self.address)


Fault = CasewayError | Callable[[Step], None]


class LedgerRail:
    """Writes an entry for each step; `script` holds what goes wrong with the next calls of `send`."""

    settings_type: type[RailSettings] = LedgerSettings

    def __init__(
        self, parts: Sequence[str] = ("folder", "document"), retry: RetryPolicy | None = None
    ) -> None:
        self.manifest = Manifest(
            id="ledger",
            names={"en": "Ledger"},
            summary={"en": "A list"},
            directions=("out",),
            owner="tests",
            standard="none",
            documentation="none",
            retry=retry or RetryPolicy(jitter=0),
        )
        self.parts = parts
        self.entries: list[tuple[UUID, str]] = []  # every effect, in order, with its key
        self.script: deque[Fault | None] = deque()
        self.probe_script: deque[CasewayError | None] = deque()
        self.down: CasewayError | None = None

    def check(self, link: Link) -> Report:
        return Report([Finding("ledger.reachable", self.down is None, "The ledger answers.")])

    def verify(self, link: Link, mapping: Mapping[str, Any]) -> Report:
        return Report([])

    def types(self, link: Link, mapping: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
        return {}

    def rehearse(self, sample: Occasion, link: Link, place: str) -> Report:
        return Report([])

    def plan(self, occasion: Occasion, link: Link) -> Sequence[PlannedStep]:
        return [
            PlannedStep(
                part if part == "folder" else f"{part}:{occasion.submission_id}", part, part, {"n": n}
            )
            for n, part in enumerate(self.parts)
        ]

    def send(self, step: Step, link: Link) -> Receipt:
        if self.down is not None:
            raise self.down
        fault = self.script.popleft() if self.script else None
        if isinstance(fault, CasewayError):
            raise fault
        self.entries.append((link.connection_id, step.key))
        if fault is not None:
            fault(step)
        return Receipt(f"L{len(self.entries)}")

    def probe(self, step: Step, link: Link) -> Receipt | None:
        fault = self.probe_script.popleft() if self.probe_script else self.down
        if fault is not None:
            raise fault
        for number, (connection_id, key) in enumerate(self.entries, 1):
            if (connection_id, key) == (link.connection_id, step.key):
                return Receipt(f"L{number}", adopted=True)
        return None

    def locate_page(self, receipt: Receipt, link: Link) -> str | None:
        return None
