"""Reading the audit trail: by person, by subject, by time; out of it as CSV or JSON lines."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import QuerySet

from caseway.access.actor import Actor
from caseway.access.audit import person_keys, record
from caseway.access.models import AuditEntry
from caseway.access.permissions import require
from caseway.access.scope import scope, within

COLUMNS = (
    "number",
    "at",
    "actor_kind",
    "actor",
    "action",
    "subject_type",
    "subject_id",
    "person_key",
    "details",
    "previous_hash",
    "hash",
)
_PAGE = 1_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class TrailFilter:
    """What of the trail is wanted. Empty fields ask for everything."""

    person: str = ""
    actor: str = ""
    action: str = ""
    subject_type: str = ""
    subject_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


def search(
    actor: Actor, wanted: TrailFilter | None = None, *, before: int | None = None, limit: int = 100
) -> list[AuditEntry]:
    """Return entries, newest first; `before` continues behind an entry's number.

    A search for a person is itself written down. Raises `NotPermitted`.
    """
    require(actor, "audit.read")
    wanted = wanted or TrailFilter()
    with within(actor.organisation_id):
        if wanted.person:
            record(actor, "audit.searched", "audit", "trail", person=wanted.person)
        rows = _matching(actor.organisation_id, wanted)
        if before is not None:
            rows = rows.filter(number__lt=before)
        return list(rows.order_by("-number")[: min(limit, _PAGE)])


def export(actor: Actor, form: Literal["csv", "jsonl"], wanted: TrailFilter | None = None) -> Iterator[str]:
    """Yield the trail as text, oldest first, in constant memory; the export itself is written down.

    Runs in transactions of its own, a page each: the trail only grows, so pages fit together. Raises
    `NotPermitted` at once, before the first line.
    """
    require(actor, "audit.read")
    wanted = wanted or TrailFilter()
    record(actor, "audit.exported", "audit", "trail", person=wanted.person or None, form=form)
    return _csv(actor.organisation_id, wanted) if form == "csv" else _lines(actor.organisation_id, wanted)


def _csv(organisation_id: UUID, wanted: TrailFilter) -> Iterator[str]:
    yield _csv_line(list(COLUMNS))
    for row in _rows(organisation_id, wanted):
        yield _csv_line([row[name] for name in COLUMNS])


def _lines(organisation_id: UUID, wanted: TrailFilter) -> Iterator[str]:
    for row in _rows(organisation_id, wanted):
        yield json.dumps(row, ensure_ascii=False) + "\n"


def _csv_line(cells: list[Any]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([_cell(value) for value in cells])
    return line.getvalue()


def _cell(value: Any) -> str:
    """A spreadsheet would run a cell that begins like a formula; an apostrophe keeps it text."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _rows(organisation_id: UUID, wanted: TrailFilter) -> Iterator[dict[str, Any]]:
    last = 0
    while True:
        with scope(organisation_id):
            page = list(_matching(organisation_id, wanted).filter(number__gt=last).order_by("number")[:_PAGE])
        yield from (_row(entry) for entry in page)
        if len(page) < _PAGE:
            return
        last = page[-1].number


def _row(entry: AuditEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in COLUMNS} | {"at": entry.at.isoformat()}


def _matching(organisation_id: UUID, wanted: TrailFilter) -> QuerySet[AuditEntry]:
    rows = AuditEntry.objects.filter(organisation_id=organisation_id)
    if wanted.person:
        rows = rows.filter(person_key__in=person_keys(wanted.person))
    if wanted.since:
        rows = rows.filter(at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(at__lt=wanted.until)
    exact = {name: getattr(wanted, name) for name in ("actor", "action", "subject_type", "subject_id")}
    return rows.filter(**{name: value for name, value in exact.items() if value})
