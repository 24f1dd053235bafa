"""The second fence between organisations.

Every query of a tenant table runs in a transaction that says for which organisation it runs; PostgreSQL's
row-level security returns nothing else (caseway.access.rls). A query outside a scope finds nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import connection, transaction

SETTING = "caseway.organisation"
EVERYTHING = "*"

_current: ContextVar[str] = ContextVar("organisation", default="")


@contextmanager
def scope(organisation_id: UUID) -> Iterator[None]:
    """Run a block as one transaction in which only this organisation's rows exist.

    Nests: an inner scope is a savepoint, and the outer scope is restored behind it.
    """
    with _scoped(str(organisation_id)):
        yield


@contextmanager
def everything() -> Iterator[None]:
    """Run a block as one transaction across organisations: for the dispatcher, sweeps and migrations only."""
    with _scoped(EVERYTHING):
        yield


def current_organisation() -> UUID:
    """Return the organisation of the running scope. Raises `LookupError` outside one."""
    value = _current.get()
    if value in ("", EVERYTHING):
        raise LookupError("no organisation's scope is open")
    return UUID(value)


@contextmanager
def _scoped(value: str) -> Iterator[None]:
    before = _current.get()
    with transaction.atomic():
        _tell(value)
        token = _current.set(value)
        try:
            yield
        finally:
            _current.reset(token)
        if before != value and connection.in_atomic_block and not connection.needs_rollback:
            _tell(before)


def _tell(value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [SETTING, value])
