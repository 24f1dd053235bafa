"""Keyset paging both ways: a page is found by the row before or behind it.

Nothing is skipped or shown twice when rows come in between, and page 10,000 costs what page 1 costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import QueryDict

Row = TypeVar("Row", bound=Model)

SIZE = 50


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: behind a row (older), before a row (newer), or at the newest."""

    after: UUID | None = None
    before: UUID | None = None

    @classmethod
    def of(cls, query: QueryDict) -> Cursor:
        """Return the cursor in an address; what is no identifier is the beginning."""
        return cls(after=_uuid(query.get("after")), before=_uuid(query.get("before")))


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Rows, newest first, and the identifiers to go on from either way; None where there is no more."""

    rows: Sequence[Row]
    newer: UUID | None
    older: UUID | None


def page(rows: QuerySet[Row, Any], cursor: Cursor, size: int = SIZE) -> Page[Row]:
    """Return one page of rows by descending id (time-ordered identifiers)."""
    if cursor.before is not None:
        return _newer_page(rows, cursor.before, size)
    chosen = rows if cursor.after is None else rows.filter(pk__lt=cursor.after)
    found = list(chosen.order_by("-pk")[: size + 1])
    shown = found[:size]
    return Page(
        rows=shown,
        newer=shown[0].pk if shown and cursor.after is not None else None,
        older=shown[-1].pk if len(found) > size else None,
    )


def _newer_page(rows: QuerySet[Row, Any], before: UUID, size: int) -> Page[Row]:
    found = list(rows.filter(pk__gt=before).order_by("pk")[: size + 1])
    shown = found[:size][::-1]
    if not shown:
        return page(rows, Cursor(), size)
    return Page(rows=shown, newer=shown[0].pk if len(found) > size else None, older=shown[-1].pk)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
