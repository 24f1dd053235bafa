"""Keeps leases alive while their workers work: one thread a process, however long an upload takes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import Error, connection

from caseway.access.scope import everything
from caseway.configuration import configuration
from caseway.core.clock import now
from caseway.core.log import get_logger
from caseway.delivery.lanes import Claim
from caseway.delivery.models import Lane

_held: dict[int, Claim] = {}
_lock = threading.Lock()
_thread: threading.Thread | None = None


@contextmanager
def keeping(claim: Claim) -> Iterator[None]:
    """Have a claim's lease renewed until the block ends."""
    global _thread
    with _lock:
        _held[id(claim)] = claim
        if _thread is None:
            _thread = threading.Thread(target=_keep, name="lease-keeper", daemon=True)
            _thread.start()
    try:
        yield
    finally:
        with _lock:
            _held.pop(id(claim), None)


def _keep() -> None:
    pause = threading.Event()
    while not pause.wait(configuration().lease_seconds / 3):
        with _lock:
            claims = list(_held.values())
        try:
            for claim in claims:
                _renew(claim)
        except Error as error:
            # The database is away: leases run out, fences keep the late writer out.
            get_logger().warning("database.unavailable", error=type(error).__name__)
            connection.close()


def _renew(claim: Claim) -> None:
    until = now() + timedelta(seconds=configuration().lease_seconds)
    with everything():
        # A lane let go of a moment ago stays free: its lease is null, though the fence is the same.
        Lane.objects.filter(id=claim.lane_id, fence=claim.fence, leased_until__isnull=False).update(
            leased_until=until
        )
