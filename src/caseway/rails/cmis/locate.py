"""Did it arrive? Look where reads are never late first, and believe only an object that carries our key.

Order: the id we remember → path → children of the folder → query, once the index had time → aspect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from caseway.core.clock import now
from caseway.core.errors import OutcomeUnknown, Refused
from caseway.rails.cmis.answer import CmisObject
from caseway.rails.cmis.errors import ObjectNotFound
from caseway.rails.cmis.identity import Found, judge, normal
from caseway.rails.cmis.query import ids_where, ids_where_aspect
from caseway.rails.cmis.session import Session
from caseway.rails.cmis.target import Key, Target, numbered_names
from caseway.rails.contract import Document

CHILD_PAGES = 50
SHARED_HITS = 200


@dataclass(frozen=True)
class Locator:
    """Looks for the object of one step."""

    session: Session
    target: Target
    parent_id: str
    document: Document | None
    progress: Mapping[str, Any]

    def locate(self) -> Found | None:
        """Return the object, or None when it is surely not there.

        Raises `Refused` (`cmis.duplicate_found`, `cmis.cannot_tell`, `cmis.content_differs`),
        `OutcomeUnknown` (`cmis.index_settling`) when the index may not show it yet, `Unavailable`.
        """
        found = self._remembered()
        if found is not None:
            return found
        told = False
        for look in self._looks():
            found, certain = look
            if found is not None:
                return found
            told = told or certain
        if not told:
            raise Refused(
                "Nothing in the DMS can tell whether the object arrived.",
                code="cmis.cannot_tell",
                remedy="Look for it by hand; then file again or mark the step as done.",
            )
        return None

    def count_ours(self) -> list[str]:
        """Return the ids of objects that are ours, by path and query; more than one is a double."""
        by_path, _ = self._by_path()
        hits = self._hits() if "query" in self.target.lookup else []
        found = [one for one in (by_path, *self._ours(hits)) if one is not None]
        return sorted({one.object.id for one in found})

    def _looks(self) -> Iterator[tuple[Found | None, bool]]:
        found, taken = None, False
        if "path" in self.target.lookup:
            found, taken = self._by_path()
            yield found, True
        if "children" in self.target.lookup or taken:
            yield self._by_children()
        if "query" in self.target.lookup or "secondary" in self.target.lookup:
            yield self._by_query()

    def _remembered(self) -> Found | None:
        object_id = self.progress.get("object_id")
        try:
            return self._judge(self.session.client.object(str(object_id))) if object_id else None
        except ObjectNotFound:
            return None

    def _by_path(self) -> tuple[Found | None, bool]:
        """Return our object under one of its names, and whether somebody else holds the first."""
        folder = self.session.client.object(self.parent_id).path
        if folder is None:
            return None, True
        for number, name in enumerate(numbered_names(self.target.name)):
            try:
                there = self.session.client.object_by_path(f"{folder}/{name}")
            except ObjectNotFound:
                return None, number > 0
            found = self._judge(there)
            if found is not None:
                return found, True
        return None, True

    def _by_children(self) -> tuple[Found | None, bool]:
        seen = 0
        ours: list[Found] = []
        for child in self.session.client.children(self.parent_id, pages=CHILD_PAGES):
            seen += 1
            found = self._judge(child)
            if found is not None:
                ours.append(found)
        return _only(ours), seen < CHILD_PAGES * 100

    def _by_query(self) -> tuple[Found | None, bool]:
        queried = [key for key in self.target.keys if self._statement(key)]
        if not queried or not self.session.repository.can_query:
            return None, False
        found = _only(self._ours(self._hits()))
        if found is None:
            self._wait_for_index()
        return found, True

    def _hits(self) -> list[CmisObject]:
        """Return the objects a query finds, each read anew: an index may lag behind."""
        for key in self.target.keys:
            statement = self._statement(key)
            if statement is None or not self.session.repository.can_query:
                continue
            hits = self.session.client.query(statement, max_items=2 if key.unique else SHARED_HITS)
            return [there for hit in hits for there in self._read(hit, key)]
        return []

    def _read(self, hit: CmisObject, key: Key) -> Iterator[CmisObject]:
        wanted = {normal(name) for name in numbered_names(self.target.name)}
        token = self.target.token
        if not key.unique and normal(hit.name) not in wanted and not (token and token in hit.name):
            return
        try:
            yield self.session.client.object(hit.id)
        except ObjectNotFound:
            return

    def _statement(self, key: Key) -> str | None:
        if key.query_type is None or key.query_property is None:
            return None
        if key.query_aspect is None:
            asked = "query" in self.target.lookup
            return ids_where(key.query_type, key.query_property, key.value) if asked else None
        if "secondary" not in self.target.lookup:
            return None
        return ids_where_aspect(key.query_type, key.query_aspect, key.query_property, key.value)

    def _ours(self, there: Iterable[CmisObject]) -> list[Found]:
        return [found for one in there if (found := self._judge(one)) is not None]

    def _judge(self, there: CmisObject) -> Found | None:
        limit = self.session.settings.verify_bytes
        return judge(self.session.client, there, self.target, self.document, limit)

    def _wait_for_index(self) -> None:
        sent_at = self.progress.get("sent_at")
        if not sent_at or not self.target.settle_seconds:
            return
        left = datetime.fromisoformat(sent_at) + timedelta(seconds=self.target.settle_seconds) - now()
        if left > timedelta():
            raise OutcomeUnknown(
                "The search of the DMS may not show the object yet.",
                code="cmis.index_settling",
                remedy="It is asked again by itself.",
                retry_after=left,
            )


def _only(ours: list[Found]) -> Found | None:
    """Return the one object that is ours. Raises `Refused` for more than one; never guesses."""
    ids = sorted({found.object.id for found in ours})
    if len(ids) > 1:
        raise duplicate(ids)
    return ours[0] if ours else None


def duplicate(ids: list[str]) -> Refused:
    """Return the alarm for more than one object with the same key."""
    return Refused(
        "The DMS holds more than one object with the same key.",
        code="cmis.duplicate_found",
        remedy="Look at the objects named, remove the surplus one in the DMS, then file again.",
        object_ids=ids,
    )
