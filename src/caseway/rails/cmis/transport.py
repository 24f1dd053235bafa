"""One HTTP exchange: no redirects, no retries, and a clear word for every way it can fail half-way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx2

from caseway.core.errors import CasewayError, OutcomeUnknown, Unavailable
from caseway.rails.cmis.answer import read_bounded
from caseway.testing import crash

# These fail before the first byte of the request leaves.
_BEFORE = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)


def exchange(
    client: httpx2.Client, request: httpx2.Request, *, effect: bool
) -> tuple[int, Mapping[str, str], bytes]:
    """Send and read the whole answer, bounded. Raises `Unavailable` or, after an effect, `OutcomeUnknown`."""
    with _classified(effect=effect):
        response = client.send(request, stream=True, follow_redirects=False)
        try:
            body = read_bounded(response)
        finally:
            response.close()
    if effect:
        crash.point("send.after_effect_before_reply")
    return response.status_code, response.headers, body


@contextmanager
def stream(client: httpx2.Client, request: httpx2.Request) -> Iterator[httpx2.Response]:
    """Send a read and hand out the open answer."""
    with _classified(effect=False):
        response = client.send(request, stream=True, follow_redirects=False)
        try:
            yield response
        finally:
            response.close()


@contextmanager
def _classified(*, effect: bool) -> Iterator[None]:
    try:
        yield
    except httpx2.HTTPError as error:
        raise _failure(error, effect=effect) from error


def _failure(error: httpx2.HTTPError, *, effect: bool) -> CasewayError:
    failure = type(error).__name__
    if isinstance(error, _BEFORE) or not effect:
        return Unavailable(
            "The DMS cannot be reached.",
            code="cmis.unreachable",
            remedy="Test the connection: address, name, certificate, proxy.",
            failure=failure,
        )
    return OutcomeUnknown(
        "The DMS gave no answer; it is asked later.", code="cmis.no_answer", failure=failure
    )
