"""What the platform keeps: in memory, and in a folder when it shall outlive a kill -9."""

from __future__ import annotations

import shutil
import tempfile
import threading
import uuid
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from caseway.rails.fit_connect.simulator.clock import PlatformClock
from caseway.rails.fit_connect.simulator.model import (
    Case,
    Client,
    Destination,
    Event,
    Parcel,
    Thing,
    pack,
    unpack,
)
from caseway.testing.simulator import Journal

_KINDS: dict[type, str] = {Client: "client", Destination: "destination", Case: "case", Parcel: "parcel"}


class Store:
    """Clients, destinations, cases, parcels. Hold `lock` around anything that reads and then writes.

    JWEs lie in files, one a part (`metadata`, `data`, or an attachment's id); a new one replaces the old only
    when it is complete.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.clients: dict[str, Client] = {}
        self.destinations: dict[str, Destination] = {}
        self.cases: dict[str, Case] = {}
        self.parcels: dict[str, Parcel] = {}
        self._by_case: dict[str, dict[str, Parcel]] = {}
        self._waiting: dict[str, Parcel] = {}
        self.clock = PlatformClock()
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="caseway-fit-connect-")
        self.folder = folder or Path(self._temporary.name)  # type: ignore[union-attr]
        self._content = self.folder / "content"
        self._content.mkdir(parents=True, exist_ok=True)
        self._journal = Journal(folder / "journal.jsonl") if folder else None
        self._replay()

    def save(self, *things: Thing) -> None:
        """Keep new or changed things."""
        with self.lock:
            for thing in things:
                kind = _KINDS[type(thing)]
                self._place(kind, thing)
                self._write({"kind": kind, "value": pack(thing)})

    def forget_destination(self, destination_id: str) -> None:
        """Remove a destination."""
        with self.lock:
            del self.destinations[destination_id]
            self._write({"kind": "gone", "value": destination_id})

    def log_event(self, case: Case, event: Event) -> None:
        """Append to the log of a case."""
        with self.lock:
            case.events.append(event)
            self._write({"kind": "event", "case": case.id, "value": asdict(event)})

    def advance(self, seconds: float) -> None:
        """Move the platform's clock on."""
        self.clock.advance(seconds)
        self._write({"kind": "clock", "value": self.clock.offset})

    def in_case(self, case_id: str) -> list[Parcel]:
        """Return the submissions and replies of a case, oldest first."""
        with self.lock:
            return list(self._by_case.get(case_id, {}).values())

    def waiting(self, kind: str) -> list[Parcel]:
        """Return the submissions or replies that wait to be fetched, in the order they were handed over."""
        with self.lock:
            return [parcel for parcel in self._waiting.values() if parcel.kind == kind]

    def path(self, parcel: Parcel, part: str) -> Path:
        """Return where a part of a parcel lies."""
        return self._content / parcel.id / part

    def new_file(self, parcel: Parcel) -> Path:
        """Return a path for a part that is just coming."""
        folder = self._content / parcel.id
        folder.mkdir(exist_ok=True)
        return folder / f".{uuid.uuid4().hex}"

    def remove_content(self, parcel: Parcel) -> None:
        """Throw away everything that came for a parcel."""
        shutil.rmtree(self._content / parcel.id, ignore_errors=True)

    def clear(self) -> None:
        """Forget everything, the clock too."""
        with self.lock:
            for table in (
                self.clients,
                self.destinations,
                self.cases,
                self.parcels,
                self._by_case,
                self._waiting,
            ):
                table.clear()
            shutil.rmtree(self._content, ignore_errors=True)
            self._content.mkdir()
            self.clock.offset = 0.0
            if self._journal:
                self._journal.clear()

    def close(self) -> None:
        """Let go of files."""
        if self._journal:
            self._journal.close()
        if self._temporary:
            self._temporary.cleanup()

    def _place(self, kind: str, thing: Thing) -> None:
        self._table(kind)[thing.id] = thing
        if isinstance(thing, Parcel):
            self._by_case.setdefault(thing.case_id, {})[thing.id] = thing
            if thing.status == "submitted":
                self._waiting[thing.id] = thing
            else:
                self._waiting.pop(thing.id, None)

    def _table(self, kind: str) -> dict[str, Any]:
        tables: dict[str, dict[str, Any]] = {
            "client": self.clients,
            "destination": self.destinations,
            "case": self.cases,
            "parcel": self.parcels,
        }
        return tables[kind]

    def _write(self, entry: dict[str, Any]) -> None:
        if self._journal:
            self._journal.write(entry)

    def _replay(self) -> None:
        for entry in self._entries():
            kind, value = entry["kind"], entry["value"]
            if kind == "event":
                self.cases[entry["case"]].events.append(Event(**value))
            elif kind == "clock":
                self.clock.offset = value
            elif kind == "gone":
                self.destinations.pop(value, None)
            elif kind == "case" and value["id"] in self.cases:
                continue
            else:
                self._place(kind, unpack(kind, value))

    def _entries(self) -> Iterable[dict[str, Any]]:
        return self._journal.read() if self._journal else ()
