"""`POST /callbacks/<organisation>/<connection>`: where other sides tell us that something happened.

No login: a callback proves itself by its signature, which the rail checks. Whoever fails to learns nothing,
not even whether there is such a connection.
"""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta
from typing import NoReturn

from django.http import HttpRequest, HttpResponse

from caseway.access.addresses import client_address
from caseway.api.multipart import BadRequest
from caseway.core.clock import now
from caseway.core.errors import RateLimited, TooLarge
from caseway.receiving.notices import take_notice

MOST_BYTES = 1_000_000
A_MINUTE = 600
"""Callbacks from one address in a minute, for each web process; asking by ourselves finds what is left."""

_lock = threading.Lock()
_counts: Counter[str] = Counter()
_minute = 0


def callback(request: HttpRequest, organisation: str, connection: str) -> HttpResponse:
    """Act on a callback. 204 when what it tells is durable here; 403 when it is not accepted."""
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    _bound(client_address(request))
    take_notice(organisation, connection, request.headers, _body(request))
    return HttpResponse(status=204)


def _body(request: HttpRequest) -> bytes:
    said = request.META.get("CONTENT_LENGTH") or "0"
    if not said.isdecimal():
        raise BadRequest("The Content-Length is not a number.", code="request.content_length")
    if int(said) > MOST_BYTES:
        _refuse_size()
    body = bytes(request.read(MOST_BYTES + 1))
    if len(body) > MOST_BYTES:
        _refuse_size()
    return body


def _refuse_size() -> NoReturn:
    raise TooLarge(f"A callback may have {MOST_BYTES} bytes.", code="callback.too_large", limit=MOST_BYTES)


def _bound(address: str) -> None:
    """Count the callbacks of an address in the running minute. Raises `RateLimited`."""
    global _minute
    minute = int(now().timestamp() // 60)
    with _lock:
        if minute != _minute:
            _minute = minute
            _counts.clear()
        _counts[address] += 1
        many = _counts[address] > A_MINUTE
    if many:
        raise RateLimited(
            "There are too many callbacks from this address.",
            code="callback.too_many",
            retry_after=timedelta(minutes=1),
        )
