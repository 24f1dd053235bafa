"""Statements of the hot paths, parsed and planned once for each connection to the database.

Django binds values into the text of a statement, and PostgreSQL parses and plans it anew each time: a third
of its work for an accepted submission. Here the text is constant and the values go beside it (`$1`, `$2`, …),
which also keeps them out of the database's log when a statement fails. Behind a pooler that changes servers
between transactions this needs one that knows prepared statements (PgBouncer 1.21 or later).

A kept plan may be one that was good for an empty table. PostgreSQL makes it anew when the statistics of the
table change, which may take minutes; here plans are forgotten every few seconds, which costs little.
"""

from __future__ import annotations

import threading
import time
from typing import Any

from django.db import connection
from psycopg import RawCursor

PLANS_HOLD = 10.0
"""How many seconds plans are believed."""

_thread = threading.local()  # a thread has a connection of its own


def run(statement: str, *values: Any) -> RawCursor[tuple[Any, ...]]:
    """Execute a statement with its values in the caller's transaction. Raises what Django's cursor raises.

    `statement` is one of a few constant texts; a text that varies would fill the memory of the connection.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        if _plans_are_old():
            connection.connection.execute("DISCARD PLANS")
        return RawCursor(connection.connection).execute(statement, values, prepare=True)


def _plans_are_old() -> bool:
    moment = time.monotonic()
    old = moment - getattr(_thread, "planned_at", 0.0) > PLANS_HOLD
    if old:
        _thread.planned_at = moment
    return old
