"""New rows of several tables in one statement, for the hot paths.

Django's own insert compiles its text anew for each row, and PostgreSQL parses and plans it anew. Here a text
is made once for each combination of tables, and the rows go beside it as JSON, one list for each table, which
PostgreSQL reads into the table's own types (PostgreSQL 18, 9.16.2: `json_populate_recordset`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, Model
from django.db.models.base import ModelState
from django.db.models.fields import NOT_PROVIDED
from pydantic_core import to_json

from caseway.access.prepared import run

Row = TypeVar("Row", bound=Model)


def new_row(model: type[Row], **values: Any) -> Row:
    """Return a row that is not written yet; values are named as columns are (`case_id`, not `case`).

    As `model(**values)` in a quarter of its time, which was an eighth of accepting a submission: Django's own
    looks at each field for what may be given by position, as a related row, or be left to the database.
    Raises `TypeError` for a name that is no column.
    """
    plain, made = _defaults(model)
    if unknown := values.keys() - plain.keys() - made.keys():
        raise TypeError(f"{model.__name__} has no {', '.join(sorted(unknown))}")
    row = model.__new__(model)
    row._state = ModelState()
    fresh = {name: make() for name, make in made.items() if name not in values}
    row.__dict__.update(plain | fresh | values)
    return row


def write(*rows: Model) -> None:
    """Insert rows as they are, in the caller's transaction. Raises what the database raises.

    Columns whose value the database gives (`db_default`) are left to it. Signals are not sent. Rows may refer
    to each other in any order, since foreign keys are looked at when the transaction ends.
    """
    _insert(rows, unless="")


def write_unless(constraint: str, *rows: Model) -> bool:
    """Insert rows, or none of them where a unique constraint has the first already; tell which it was.

    As `write`. Who writes the same first row at the same time is waited for.
    """
    return _insert(rows, unless=constraint)


def _insert(rows: Sequence[Model], unless: str) -> bool:
    by_model: dict[type[Model], list[Model]] = {}
    for row in rows:
        by_model.setdefault(type(row), []).append(row)
    done = run(
        _statement(tuple(by_model), unless), *(listed(model, same) for model, same in by_model.items())
    )
    if unless and done.fetchone() is None:
        return False
    written(rows)
    return True


def written(rows: Sequence[Model]) -> None:
    """Note that rows are in the database now."""
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def listed(model: type[Model], rows: Sequence[Model]) -> str:
    """Return rows of a model as the JSON that `insertion` reads.

    By pydantic's writer, which knows UUIDs and points in time: a twentieth less work for accepting a
    submission than with Python's. Values are read past Django's descriptors, which look for deferred ones.
    """
    names = _columns(model)
    plain = [{column: row.__dict__[name] for column, name in names} for row in rows]
    return to_json(plain, fallback=str).decode()


@lru_cache(maxsize=64)
def _statement(models: tuple[type[Model], ...], unless: str) -> str:
    """Return the text that inserts rows of some models; with `unless`, it returns a row if they are new."""
    inserts = [insertion(model, number) for number, model in enumerate(models, start=1)]
    if unless:
        name = connection.ops.quote_name(unless)
        inserts[0] += f" ON CONFLICT ON CONSTRAINT {name} DO NOTHING RETURNING 1"
        inserts[1:] = [f"{insert} WHERE EXISTS (TABLE part1)" for insert in inserts[1:]]
    parts = ", ".join(f"part{number} AS ({insert})" for number, insert in enumerate(inserts, start=1))
    return f"WITH {parts} {'TABLE part1' if unless else 'SELECT'}"


def insertion(model: type[Model], number: int) -> str:
    """Return the text that inserts rows of a model from the parameter of that number."""
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = ", ".join(quote(column) for column, _ in _columns(model))
    rows = f"json_populate_recordset(NULL::{table}, ${number})"
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {rows}"


@lru_cache(maxsize=64)
def _columns(model: type[Model]) -> Sequence[tuple[str, str]]:
    """Return column and attribute of each field whose value is ours to give."""
    return [(str(field.column), str(field.attname)) for field in _ours(model)]


@lru_cache(maxsize=64)
def _defaults(model: type[Model]) -> tuple[dict[str, Any], dict[str, Callable[[], Any]]]:
    """Return what a row has where nothing is given: values, and what makes one for each row."""
    plain: dict[str, Any] = {}
    made: dict[str, Callable[[], Any]] = {}
    for field in _ours(model):
        if field.has_default() and callable(field.default):
            made[field.attname] = field.default
        else:
            plain[field.attname] = field.get_default()
    return plain, made


def _ours(model: type[Model]) -> list[Field[Any, Any]]:
    """Return the fields that the database neither fills nor computes."""
    fields = model._meta.concrete_fields
    return [field for field in fields if field.db_default is NOT_PROVIDED and not field.generated]
