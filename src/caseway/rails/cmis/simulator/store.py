"""The repository: all objects, found by id, by path, by name in a folder, by the value of a property."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from caseway.core.clock import now
from caseway.rails.cmis.simulator.content import ContentStore
from caseway.rails.cmis.simulator.errors import invalid, not_found
from caseway.rails.cmis.simulator.objects import FOLDER, CmisObject, from_journal
from caseway.rails.cmis.simulator.values import milliseconds
from caseway.testing.simulator import Journal

ROOT_ID = "100"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the change log (CMIS 1.1, 2.1.15)."""

    object_id: str
    type_id: str
    base: str
    kind: str
    at: datetime


class Store:
    """All objects. Whoever changes something holds `lock` and ends with one `commit`.

    With a state file, what `commit` returned from is still there after a kill -9.
    """

    def __init__(self, state: Path | None = None, content_folder: Path | None = None) -> None:
        self.lock = threading.RLock()
        folder = content_folder or (state.with_name(state.name + ".content") if state else None)
        self.contents = ContentStore(folder, durable=state is not None)
        self.journal = Journal(state) if state else None
        self._begin()
        if self.journal:
            self._recover(self.journal)

    def _begin(self) -> None:
        self.objects: dict[str, CmisObject] = {}
        self.changes: list[Change] = []
        self.types: list[dict[str, Any]] = []
        self._children: dict[str, dict[str, str]] = {}
        self._series: dict[str, list[str]] = {}
        self._by_value: dict[tuple[str, str], dict[str, None]] = {}
        self._keys: dict[str, list[tuple[str, str]]] = {}
        self._places: dict[str, tuple[str, str]] = {}
        self._last_id = int(ROOT_ID) - 1
        self._last_token = 0

    # Reading

    def get(self, object_id: str) -> CmisObject:
        """Return an object. Raises objectNotFound (w32)."""
        try:
            return self.objects[object_id]
        except KeyError:
            raise not_found(f"Unknown object id: {object_id}") from None

    def by_path(self, segments: Iterable[str]) -> CmisObject:
        """Return the object at a path below the root. Raises objectNotFound (w38)."""
        parts = list(segments)
        found: str | None = ROOT_ID
        for part in parts:
            found = self._children.get(found or "", {}).get(part)
        if found is None:
            raise not_found("Unknown path: /" + "/".join(parts))
        return self.get(found)

    def child(self, folder: str, name: str) -> CmisObject | None:
        """Return the object of this name in a folder."""
        object_id = self._children.get(folder, {}).get(name)
        return self.objects[object_id] if object_id else None

    def children(self, folder: str) -> list[CmisObject]:
        """Return what a folder holds, in the order of arrival."""
        return [self.objects[object_id] for object_id in self._children.get(folder, {}).values()]

    def versions(self, series: str) -> list[CmisObject]:
        """Return all versions of a document, oldest first, a working copy last."""
        return [self.objects[object_id] for object_id in self._series.get(series, ())]

    def with_value(self, property_id: str, value: str) -> Iterator[CmisObject]:
        """Return the objects of which a text property has (or holds) this value."""
        return (self.objects[object_id] for object_id in list(self._by_value.get((property_id, value), ())))

    def path(self, item: CmisObject) -> str:
        """Return the path of an object; empty when it is unfiled."""
        parts: list[str] = []
        step: CmisObject | None = item
        while step is not None and step.id != ROOT_ID:
            if step.parent is None:
                return ""
            parts.append(step.name)
            step = self.objects.get(step.parent)
        return "/" + "/".join(reversed(parts))

    def folder(self, object_id: str) -> CmisObject:
        """Return a folder. Raises objectNotFound, or invalidArgument for another object."""
        item = self.get(object_id)
        if item.base != FOLDER:
            raise invalid(f"Object {object_id} is not a folder.")
        return item

    # Changing

    def new_id(self) -> str:
        """Return the next object id."""
        self._last_id += 1
        return str(self._last_id)

    def new_token(self) -> int:
        """Return a change token: milliseconds as on the lab server, but never the same twice."""
        self._last_token = max(self._last_token + 1, milliseconds(now()))
        return self._last_token

    def commit(self, kind: str, put: Iterable[CmisObject] = (), removed: Iterable[CmisObject] = ()) -> None:
        """Make one change durable and visible. `kind` is what the change log says of it."""
        kept, gone = list(put), list(removed)
        changes = [Change(item.id, item.type_id, item.base, kind, now()) for item in (*kept, *gone)]
        if self.journal:
            entry = {"put": [item.record() for item in kept], "removed": [item.id for item in gone]}
            self.journal.write({**entry, "change": kind})
        for item in kept:
            self._place(item)
        for item in gone:
            self._remove(item)
        self.changes += changes

    def remember_type(self, data: dict[str, Any]) -> None:
        """Keep a type that a client made."""
        self.types.append(data)
        if self.journal:
            self.journal.write({"type": data})

    def clear(self) -> None:
        """Forget everything."""
        with self.lock:
            if self.journal:
                self.journal.clear()
            for item in self.objects.values():
                self.contents.discard(item.content)
            self._begin()

    def close(self) -> None:
        """Let go of files."""
        if self.journal:
            self.journal.close()
        self.contents.close()

    def _place(self, item: CmisObject) -> None:
        new = item.id not in self.objects
        self.objects[item.id] = item
        self._last_id = max(self._last_id, int(item.id), int(item.version.series) if item.version else 0)
        self._last_token = max(self._last_token, item.change_token)
        if new and item.version is not None:
            self._series.setdefault(item.version.series, []).append(item.id)
        self._file(item)
        self._index(item)

    def _file(self, item: CmisObject) -> None:
        self._unfile(item.id)
        if item.parent is not None and item.latest:
            self._children.setdefault(item.parent, {})[item.name] = item.id
            self._places[item.id] = (item.parent, item.name)

    def _unfile(self, object_id: str) -> None:
        place = self._places.pop(object_id, None)
        if place and self._children.get(place[0], {}).get(place[1]) == object_id:
            del self._children[place[0]][place[1]]

    def _index(self, item: CmisObject) -> None:
        self._unindex(item.id)
        keys = [("cmis:name", item.name)]
        for property_id, value in item.properties.items():
            items = value if isinstance(value, list) else [value]
            keys += [(property_id, text) for text in items if isinstance(text, str)]
        self._keys[item.id] = keys
        for key in keys:
            self._by_value.setdefault(key, {})[item.id] = None

    def _unindex(self, object_id: str) -> None:
        for key in self._keys.pop(object_id, ()):
            ids = self._by_value.get(key, {})
            ids.pop(object_id, None)
            if not ids:
                self._by_value.pop(key, None)

    def _remove(self, item: CmisObject) -> None:
        self._unfile(item.id)
        self._unindex(item.id)
        self.objects.pop(item.id, None)
        self._children.pop(item.id, None)
        if item.version is not None:
            series = self._series.get(item.version.series, [])
            if item.id in series:
                series.remove(item.id)
        self.contents.discard(item.content)

    def _recover(self, journal: Journal) -> None:
        for entry in journal.read():
            if "type" in entry:
                self.types.append(entry["type"])
                continue
            put = [from_journal(data, None) for data in entry["put"]]
            for item, data in zip(put, entry["put"], strict=True):
                kept = data.get("content")
                item.content = self.contents.at(kept["file"], kept["size"]) if kept else None
                self._place(item)
            gone = [self.objects[object_id] for object_id in entry["removed"] if object_id in self.objects]
            for item in gone:
                self._remove(item)
            at = now()
            self.changes += [Change(i.id, i.type_id, i.base, entry["change"], at) for i in (*put, *gone)]
        held = (
            item.content.path.name for item in self.objects.values() if item.content and item.content.path
        )
        self.contents.keep_only(set(held))
