"""One HTTP exchange: no redirects, no retries; a failed read is harmless, a failed effect may not be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from caseway.core.errors import OutcomeUnknown, Unavailable
from caseway.core.http import classified
from caseway.rails.cmis.answer import Answer, read_answer
from caseway.testing import crash


def exchange(client: httpx2.Client, request: httpx2.Request, *, effect: bool) -> Answer:
    """Send and read the whole answer, bounded.

    Raises what `caseway.core.http.transport_error` says; for a read, an unknown outcome is `Unavailable`.
    """
    with classified() if effect else _harmless():
        response = client.send(request, stream=True)
        try:
            answer = read_answer(response)
        finally:
            response.close()
    if effect:
        crash.point("send.after_effect_before_reply")
    return answer


@contextmanager
def stream(client: httpx2.Client, request: httpx2.Request) -> Iterator[httpx2.Response]:
    """Send a read and hand out the open answer."""
    with _harmless():
        response = client.send(request, stream=True)
        try:
            yield response
        finally:
            response.close()


@contextmanager
def _harmless() -> Iterator[None]:
    try:
        with classified():
            yield
    except OutcomeUnknown as error:
        raise Unavailable(
            error.sentence, code=error.code, remedy="It is tried again by itself.", **error.details
        ) from error
