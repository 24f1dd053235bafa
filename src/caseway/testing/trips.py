"""Counts what goes to the database: every trip there and back, by the client library's own trace.

`with trips() as seen: …` counts the trips of this thread's connection, `BEGIN` and `COMMIT` included; what is
sent together in one message counts once. Deterministic, other than a time.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from django.db import connection
from psycopg.pq import Trace

_SENT = re.compile(rb"^F\t\d+\t(?:Query|Parse)\t (.*?)(?=^[FB]\t\d+\t)", re.MULTILINE | re.DOTALL)
_ANSWERED = re.compile(rb"^B\t\d+\tReadyForQuery\t", re.MULTILINE)


class Trips(Counter[str]):
    """How often each text was sent, by its first words; `answers`: how often the database was waited for.

    A prepared statement is sent with its text once, and counts among the answers only from then on.
    """

    answers: int = 0

    def transactions(self) -> int:
        """Return how many transactions were begun."""
        return sum(count for sql, count in self.items() if sql.upper().startswith("BEGIN"))


@contextmanager
def trips() -> Iterator[Trips]:
    """Count what this thread's connection sends in the block (libpq's `PQtrace`; Linux)."""
    seen = Trips()
    connection.ensure_connection()
    with tempfile.TemporaryFile() as trace:
        library = connection.connection.pgconn
        library.trace(trace.fileno())
        library.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)
        try:
            yield seen
        finally:
            library.untrace()
        _read(trace, seen)


def _read(trace: BinaryIO, seen: Trips) -> None:
    trace.seek(0)
    content = trace.read()
    seen.answers = len(_ANSWERED.findall(content))
    for message in _SENT.findall(content):
        words = b" ".join(message.split()).decode(errors="replace")
        seen[words.removeprefix('"')[:110]] += 1
