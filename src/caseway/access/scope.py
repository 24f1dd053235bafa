"""The second fence between organisations.

Every query of a tenant table runs in a transaction that says for which organisation it runs; PostgreSQL's
row-level security returns nothing else (caseway.access.rls). A query outside a scope finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from django.db import InternalError, connection, transaction
from psycopg.errors import error_from_result
from psycopg.generators import execute
from psycopg.pq import ExecStatus

from caseway.access.database import ReadOnlyDatabase, takes_no_writes
from caseway.access.prepared import run

SETTING = "caseway.organisation"
EVERYTHING = "*"

Writer = Callable[[list[Any]], None]

_current: ContextVar[str] = ContextVar("organisation", default="")
_last: ContextVar[list[tuple[Writer, Any]] | None] = ContextVar("last", default=None)


def scope(organisation_id: UUID) -> AbstractContextManager[None]:
    """Run a block as one transaction in which only this organisation's rows exist.

    Nests: an inner scope is a savepoint, and the outer scope is restored behind it.
    """
    return _scoped(str(organisation_id))


def everything() -> AbstractContextManager[None]:
    """Run a block as one transaction across organisations: for the dispatcher, sweeps and migrations only."""
    return _scoped(EVERYTHING)


def current_organisation() -> UUID:
    """Return the organisation of the running scope. Raises `LookupError` outside one."""
    value = _current.get()
    if value in ("", EVERYTHING):
        raise LookupError("no organisation's scope is open")
    return UUID(value)


def write_last(writer: Writer, item: Any) -> None:
    """Have `writer` called with all its items as the last thing of the running transaction.

    For rows whose lock should be held as briefly as possible. An item given in a scope that fails is dropped
    with it. Raises `LookupError` outside a scope.
    """
    waiting = _last.get()
    if waiting is None:
        raise LookupError("no scope is open")
    waiting.append((writer, item))


@contextmanager
def within(organisation_id: UUID) -> Iterator[None]:
    """Run a block in the running scope if it is this organisation's, and in one of its own otherwise."""
    if _current.get() == str(organisation_id):
        yield
    else:
        with scope(organisation_id):
            yield


@contextmanager
def _scoped(value: str) -> Iterator[None]:
    before = _current.get()
    inner = connection.in_atomic_block
    with _ending_if_read_only(inner), transaction.atomic():
        if not inner:
            _begin(value)
        elif before != value:
            _tell(value)
        token = _current.set(value)
        try:
            with _written_last():
                yield
        finally:
            _current.reset(token)
        if inner and before != value and not connection.needs_rollback:
            _tell(before)  # the setting of an outermost scope ends with its transaction


@contextmanager
def _ending_if_read_only(inner: bool) -> Iterator[None]:
    """End a session that takes no writes; the next scope gets another. Raises `ReadOnlyDatabase`."""
    try:
        yield
    except (InternalError, ReadOnlyDatabase) as error:
        if not takes_no_writes(error):
            raise
        if not inner:
            connection.close()
        raise ReadOnlyDatabase(*error.args) from error


@contextmanager
def _written_last() -> Iterator[None]:
    outer = _last.get()
    mine: list[tuple[Writer, Any]] = []
    token = _last.set(mine)
    try:
        yield
    finally:
        _last.reset(token)
    if outer is not None:
        outer.extend(mine)
    elif not connection.needs_rollback:
        for writer in dict.fromkeys(writer for writer, _ in mine):
            writer([item for other, item in mine if other is writer])


def _begin(value: str) -> None:
    """Begin the transaction of an outermost scope and tell it, in one trip; psycopg would send `BEGIN` alone.

    Sent as psycopg sends its own. Neither an organisation's id nor `EVERYTHING` needs quoting.
    """
    plain = connection.connection
    with connection.wrap_database_errors:
        plain.pgconn.send_query(f"BEGIN; SELECT set_config('{SETTING}', '{value}', true)".encode("ascii"))
        for result in plain.wait(execute(plain.pgconn)):
            if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
                raise error_from_result(result, encoding=plain.info.encoding)


def _tell(value: str) -> None:
    run("SELECT set_config($1, $2, true)", SETTING, value)
