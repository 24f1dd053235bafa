"""What the holder of a lane writes: all rows of one transaction in one statement, and only while it holds it.

The statement renews the lease first; where the fence is not the claim's any more, nothing of it is done. A
step of a delivery costs one such statement. Its text is the same for the same kinds of rows, so that it is
parsed and planned once (`caseway.access.prepared`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import JSONField, Model
from psycopg.types.json import Jsonb

from caseway.access.prepared import run
from caseway.cases.events import tell
from caseway.cases.models import Event
from caseway.cases.writing import insertion, listed, written
from caseway.delivery.lanes import HOLD, HOLD_VALUES, Claim, LeaseLost, hold_values

Change = tuple[type[Model], tuple[str, ...]]  # of one row: its table, and the columns that change


@dataclass
class Entry:
    """What is to be written next. Rows are written as they are by then, not as they were when noted."""

    new: list[Model] = field(default_factory=list)
    changed: list[tuple[Model, tuple[str, ...]]] = field(default_factory=list)

    def add(self, *rows: Model) -> None:
        """Note rows that are to be inserted."""
        self.new.extend(rows)

    def change(self, row: Model, *columns: str) -> None:
        """Note columns of a row that have changed; those of a row still to be inserted go with it."""
        if row._state.adding:
            return
        known = next((place for place, (other, _) in enumerate(self.changed) if other is row), None)
        if known is None:
            self.changed.append((row, columns))
        else:  # a statement may change a row once only
            self.changed[known] = row, tuple(dict.fromkeys([*self.changed[known][1], *columns]))

    def write(self, claim: Claim) -> None:
        """Write it all in the caller's transaction, in the scope of the claim, and tell of its events.

        The entry is empty afterwards, also where the database refuses a row: then nothing of it is written,
        and what may have happened is looked up. Raises `LeaseLost`. Signals are not sent.
        """
        changed, self.changed = self.changed, []
        new, self.new = self.new, []
        for event in [row for row in new if isinstance(row, Event)]:
            new.extend(tell(event))
        by_model: dict[type[Model], list[Model]] = {}
        for row in new:
            by_model.setdefault(type(row), []).append(row)
        statement = _statement(tuple((type(row), columns) for row, columns in changed), tuple(by_model))
        changes = [value for row, columns in changed for value in _values(row, columns)]
        inserts = [listed(model, rows) for model, rows in by_model.items()]
        if run(statement, *hold_values(claim), *changes, *inserts).fetchone() is None:
            raise LeaseLost(claim.lane_id)
        written(new)


@lru_cache(maxsize=256)
def _statement(changes: Sequence[Change], inserts: Sequence[type[Model]]) -> str:
    """Return the text of an entry with such changes and rows of such tables."""
    parts, number = [f"held AS ({HOLD})"], HOLD_VALUES + 1
    for model, columns in changes:
        parts.append(f"part{number} AS ({_change(model, columns, number)} AND EXISTS (TABLE held))")
        number += 1 + len(columns)
    for model in inserts:
        parts.append(f"part{number} AS ({insertion(model, number)} WHERE EXISTS (TABLE held))")
        number += 1
    return f"WITH {', '.join(parts)} TABLE held"


def _change(model: type[Model], columns: Sequence[str], number: int) -> str:
    quote = connection.ops.quote_name
    new = ", ".join(f"{quote(name)} = ${place}" for place, name in enumerate(columns, start=number + 1))
    return f"UPDATE {quote(model._meta.db_table)} SET {new} WHERE id = ${number}"


def _values(row: Model, columns: Sequence[str]) -> list[Any]:
    """Return the id and the columns of a row as parameters."""
    json = _json_columns(type(row))
    values = ((name, getattr(row, name)) for name in columns)
    return [row.pk, *(Jsonb(value) if name in json else value for name, value in values)]


@lru_cache(maxsize=64)
def _json_columns(model: type[Model]) -> frozenset[str]:
    return frozenset(one.attname for one in model._meta.concrete_fields if isinstance(one, JSONField))
