"""The chain of an organisation's audit trail: numbers without gaps, each entry sealed with the one before.

The seal is a keyed hash, so that even who owns the tables cannot write an entry that fits without the
installation's secret keys. The end of the chain is kept in `AuditHead`; who wants to prove that nothing was
cut off behind a point in time keeps an `Anchor` somewhere else.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper
from psycopg.types.json import Jsonb

from caseway.access.models import AuditEntry, AuditHead
from caseway.access.scope import within
from caseway.core.ids import uuid7
from caseway.core.secrets import ring

_PURPOSE = "audit chain"
_BATCH = 2_000
_COLUMNS = [field.attname for field in AuditEntry._meta.concrete_fields]

# Two statements while the head is held, whatever else the transaction did before: see `append`.
_LOCK = "SELECT number, hash FROM access_audithead WHERE organisation_id = %s FOR UPDATE"
_MAKE = (
    "INSERT INTO access_audithead (id, organisation_id, number, hash) VALUES (%s, %s, 0, '') "
    "ON CONFLICT (organisation_id) DO NOTHING"
)
_WRITE = (
    f"WITH written AS (INSERT INTO access_auditentry ({', '.join(_COLUMNS)}) VALUES {{rows}}) "
    "UPDATE access_audithead SET number = %s, hash = %s WHERE organisation_id = %s"
)


@dataclass(frozen=True)
class Anchor:
    """How far a trail had come: kept elsewhere, it shows later whether entries were cut off."""

    number: int
    hash: str


def append(entries: list[AuditEntry]) -> None:
    """Number, seal and write entries, each at the end of its organisation's trail.

    Holds the trails' heads until the transaction ends; organisations are taken in one order, so that two
    transactions never wait for each other.
    """
    entries = sorted(entries, key=lambda entry: entry.organisation_id)
    for organisation_id, group in groupby(entries, key=lambda entry: entry.organisation_id):
        of_one = list(group)
        with within(organisation_id):
            for start in range(0, len(of_one), _BATCH):
                _append(organisation_id, of_one[start : start + _BATCH])


def head(organisation_id: UUID) -> Anchor:
    """Return how far the trail has come; number 0 where there is none."""
    with within(organisation_id):
        row = AuditHead.objects.filter(organisation_id=organisation_id).first()
    return Anchor(row.number, row.hash) if row else Anchor(0, "")


def verify_chain(organisation_id: UUID, anchor: Anchor | None = None) -> int | None:
    """Return the number of the first entry that is missing, added or changed; None when the trail is whole.

    With an `anchor` the trail must also still hold the entry the anchor was taken at. Entries written
    meanwhile do no harm: what the head knows and the first walk did not see is walked after it.
    """
    with within(organisation_id):
        walk = _Walk(anchor)
        if walk.over(_entries(organisation_id, behind=0)):
            return walk.expected
        end = head(organisation_id)
        if walk.over(_entries(organisation_id, behind=walk.expected - 1, until=end.number)):
            return walk.expected
    cut = anchor is not None and anchor.number >= walk.expected
    return walk.expected if cut or end != Anchor(walk.expected - 1, walk.previous) else None


class _Walk:
    """Goes over entries in order and stops at the first that does not fit."""

    def __init__(self, anchor: Anchor | None) -> None:
        self.expected, self.previous = 1, ""
        self._anchor = anchor or Anchor(0, "")

    def over(self, entries: Iterable[AuditEntry]) -> bool:
        """Return whether an entry did not fit; `expected` is then its number."""
        for entry in entries:
            if not self._fits(entry):
                return True
            self.expected, self.previous = entry.number + 1, entry.hash
        return False

    def _fits(self, entry: AuditEntry) -> bool:
        return (
            entry.number == self.expected
            and entry.previous_hash == self.previous
            and (entry.number != self._anchor.number or entry.hash == self._anchor.hash)
            and _is_sealed(entry)
        )


def _append(organisation_id: UUID, entries: list[AuditEntry]) -> None:
    with connection.cursor() as cursor:
        number, previous = _take_head(cursor, organisation_id)
        for entry in entries:
            entry.number, entry.previous_hash = number + 1, previous
            entry.hash = ring().keyed_hash(_canonical(entry), _PURPOSE)
            number, previous = entry.number, entry.hash
        rows = ", ".join([f"({', '.join(['%s'] * len(_COLUMNS))})"] * len(entries))
        values = [value for entry in entries for value in _values(entry)]
        cursor.execute(_WRITE.format(rows=rows), [*values, number, previous, organisation_id])


def _take_head(cursor: CursorWrapper, organisation_id: UUID) -> tuple[int, str]:
    """Lock the head and return it; the first entry of a trail makes it."""
    cursor.execute(_LOCK, [organisation_id])
    if (row := cursor.fetchone()) is None:
        cursor.execute(_MAKE, [uuid7(), organisation_id])
        cursor.execute(_LOCK, [organisation_id])
        row = cursor.fetchone()
    number, hash_ = row
    return number, hash_


def _values(entry: AuditEntry) -> list[Any]:
    values = (getattr(entry, name) for name in _COLUMNS)
    return [Jsonb(value) if isinstance(value, dict) else value for value in values]


def _entries(organisation_id: UUID, *, behind: int, until: int | None = None) -> Iterator[AuditEntry]:
    rows = AuditEntry.objects.filter(organisation_id=organisation_id, number__gt=behind)
    if until is not None:
        rows = rows.filter(number__lte=until)
    return rows.order_by("number").iterator(chunk_size=_BATCH)


def _is_sealed(entry: AuditEntry) -> bool:
    """Check by the present key, then by former ones."""
    text = _canonical(entry)
    present = ring().keyed_hash(text, _PURPOSE)
    return hmac.compare_digest(entry.hash, present) or entry.hash in ring().keyed_hashes(text, _PURPOSE)[1:]


def _canonical(entry: AuditEntry) -> str:
    """Return one text for one entry: every column but its hash, the same before and after the database."""
    return json.dumps(
        [
            str(entry.organisation_id),
            str(entry.id),
            entry.number,
            entry.at.astimezone(UTC).isoformat(),
            entry.actor_kind,
            entry.actor,
            entry.action,
            entry.subject_type,
            entry.subject_id,
            entry.person_key,
            entry.details,
            entry.previous_hash,
        ],
        sort_keys=True,
        separators=(",", ":"),
    )
