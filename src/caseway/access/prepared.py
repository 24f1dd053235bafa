"""Statements of the hot paths, parsed and planned once for each connection to the database.

Django binds values into the text of a statement, and PostgreSQL parses and plans it anew each time: a third
of its work for an accepted submission. Here the text is constant and the values go beside it (`$1`, `$2`, …),
which also keeps them out of the database's log when a statement fails. Behind a pooler that changes servers
between transactions this needs one that knows prepared statements (PgBouncer 1.21 or later).

A plan is kept until the statistics of its tables change. So a statement is only fit for this where no plan
could be far worse than the one that an empty table suggests: by a primary key, by a unique constraint as the
arbiter of a conflict, by an index that no other competes with.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from psycopg import RawCursor


def run(statement: str, *values: Any) -> RawCursor[tuple[Any, ...]]:
    """Execute a statement with its values in the caller's transaction. Raises what Django's cursor raises.

    `statement` is one of a few constant texts; a text that varies would fill the memory of the connection.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return RawCursor(connection.connection).execute(statement, values, prepare=True)
