"""What a rail brings to be held against the contract: its other side, and how to disturb it.

`OtherSide` is one object per rail; tests/contract runs every promise of `caseway.rails.contract` over all of
them. `Filing` does what the engine does, with a journal in memory: probe before a second send, never again
what has its receipt.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

from caseway.core.errors import OutcomeUnknown, Unavailable
from caseway.core.http import Exchange, open_client
from caseway.rails.contract import Link, Occasion, PlannedStep, Rail, RailSettings, Receipt, Step


class OtherSide(ABC):
    """A rail's other side: started for each test, looked at, disturbed. One subclass for each rail.

    Numbers of steps count from 0. A disturbance holds until `calm`, or for as often as it says.
    """

    name: ClassVar[str]
    room: ClassVar[Path | None] = None  # the rail's folder; None where it has none
    speaks_http: ClassVar[bool] = True
    carries_documents: ClassVar[bool] = True
    can_probe: ClassVar[bool] = True  # else a person decides about what may have arrived
    names_pauses: ClassVar[bool] = True  # else it asks for a pause and does not say how long
    secrets: ClassVar[Sequence[str]] = ()  # values that must show up nowhere

    rail: Rail

    @abstractmethod
    def start(self) -> None:
        """Begin, empty."""

    @abstractmethod
    def stop(self) -> None:
        """End, and let go of everything."""

    @abstractmethod
    def settings(self, **changes: Any) -> RailSettings:
        """Return the settings of a connection to it; `read_timeout` in seconds may be asked for."""

    @abstractmethod
    def occasion(self, number: int = 0, *, content: bytes | None = None) -> Occasion:
        """Return the numbered occasion of one case; the same number is the same occasion."""

    def has_effect(self, step: PlannedStep) -> bool:
        """Say whether a step has an effect that anybody there can see.

        What only prepares one (a reservation, an upload under it) may be done again and needs no probe.
        """
        return True

    @abstractmethod
    def effects(self) -> list[str]:
        """Return the remote id of every effect that is there, in the order of their coming."""

    @abstractmethod
    def doubled(self) -> int:
        """Return how many effects are there that repeat another."""

    def contents(self) -> list[str]:
        """Return the SHA-256 of every content that is there."""
        return []

    @abstractmethod
    def lose_reply(self, after: int) -> None:
        """Have the next step but `after` arrive, and its answer lost."""

    @abstractmethod
    def go_away(self) -> None:
        """Be nowhere to be reached."""

    @abstractmethod
    def refuse(self, words: str) -> None:
        """Refuse every step with these words."""

    @abstractmethod
    def ask_for_pause(self, pause: timedelta) -> None:
        """Answer every step with a wish for a pause."""

    @abstractmethod
    def hang(self, seconds: float) -> None:
        """Take so long for every step, and have it."""

    @abstractmethod
    def calm(self) -> None:
        """End every disturbance."""


class Memory:
    """A cache that forgets only when told."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def get(self, key: str) -> Any | None:
        return self._values.get(key)

    def put(self, key: str, value: Any, seconds: int) -> None:
        self._values[key] = value

    def drop(self, key: str) -> None:
        self._values.pop(key, None)


@contextmanager
def open_link(settings: RailSettings, exchanges: list[Exchange]) -> Iterator[Link]:
    """Open a connection whose exchanges are gathered."""
    with open_client(settings.http(), settings.auth(), exchanges.append) as client:
        yield Link(UUID(int=1), "sandbox", settings, client, Memory())


@dataclass
class Filing:
    """A desk that sends the steps of an occasion as the engine does."""

    rail: Rail
    link: Link
    receipts: dict[str, Receipt] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    progress: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def plan(self, what: Occasion) -> Sequence[PlannedStep]:
        return self.rail.plan(what, self.link)

    def to(self, what: Occasion, planned: PlannedStep) -> PlannedStep:
        """File what comes before a step, and return it."""
        for step in self.plan(what):
            if step.key == planned.key:
                return step
            if step.key not in self.receipts:
                self.send(what, step)
        raise AssertionError(f"{planned.key} is not planned")

    def all(self, what: Occasion, *, tries: int = 5) -> dict[str, Receipt]:
        """File an occasion, each step with so many tries. Raises `AssertionError` when one never arrives."""
        for step in self.plan(what):
            for _ in range(tries):
                if step.key in self.receipts:
                    break
                self.attempt(what, step)
            assert step.key in self.receipts, f"{step.key} does not arrive"
        return self.receipts

    def attempt(self, what: Occasion, step: PlannedStep) -> None:
        """Make one try: a probe where the outcome is unknown, then a send where nothing arrived."""
        try:
            if step.key in self.unknown:
                found = self.probe(what, step)
                if found is not None:
                    self.receipts[step.key] = found
                    return
                self.unknown.discard(step.key)
            self.send(what, step)
        except OutcomeUnknown:
            self.unknown.add(step.key)
        except Unavailable:
            return

    def send(self, what: Occasion, step: PlannedStep) -> Receipt:
        """Send one step and keep its receipt. Raises what the rail raises."""
        self.attempts[step.key] = self.attempts.get(step.key, 0) + 1
        self.receipts[step.key] = receipt = self.rail.send(self.view(what, step), self.link)
        return receipt

    def probe(self, what: Occasion, step: PlannedStep) -> Receipt | None:
        """Ask whether a step arrived."""
        return self.rail.probe(self.view(what, step), self.link)

    def view(self, what: Occasion, step: PlannedStep) -> Step:
        """Return a step as the rail sees it at the moment of sending."""

        def keep(progress: Mapping[str, Any]) -> None:
            self.progress[step.key] = dict(progress)

        documents = {one.id: one for one in what.documents}
        return Step(
            key=step.key,
            kind=step.kind,
            payload=step.payload,
            document=documents.get(step.document_id) if step.document_id else None,
            documents=tuple(what.documents),
            attempt=self.attempts.get(step.key, 0) or 1,
            receipts={key: one for key, one in self.receipts.items() if key != step.key},
            progress=self.progress.get(step.key, {}),
            checkpoint=keep,
        )
