"""A start with many deliveries queued: when does work flow, and does a broken connection slow another?

`steady_after_seconds`: from starting the worker until its rate of two seconds reaches half of the rate it has
at the end. `flowing_*`: the rate of one connection alone, and beside another that is down with the queue.
"""

from __future__ import annotations

import time
from typing import Any

from bench.figures import Scale
from bench.fill import waiting
from bench.world import World, world

FLOWING = 150


def run(scale: Scale) -> dict[str, Any]:
    """Return seconds to steady work, and the rate beside a connection that is down."""
    count = scale.pick(10_000, 100_000)
    with world() as here:
        url = f"{here.simulator()}/cmis/browser"
        queued = here.connect(url, "queued", "queued", concurrency=16)
        flowing = here.connect(url, "flowing", "flowing", concurrency=16)
        worker = here.worker()
        here.accept(20, "warm", "flowing")
        here.wait(20, 60)
        alone = _rate(here, worker, flowing, "alone")
        worker.stop()
        began = time.perf_counter()
        waiting(here, count, queued.id, "q")
        filled = time.perf_counter() - began
        steady = _steady(here, worker, 20)
        worker.stop()
        _take_down(queued.id)
        beside = _rate(here, worker, flowing, "beside")
        return {
            "queued": count,
            "filled_in_seconds": round(filled, 1),
            **steady,
            "flowing_alone_per_second": alone,
            "flowing_beside_a_broken_one_per_second": beside,
            "flowing_ratio": round(beside / alone, 2),
        }


def _steady(here: World, worker: Any, seconds: int) -> dict[str, float]:
    """Start the worker and look every quarter of a second how much is done."""
    done, began, seen = here.delivered(), time.perf_counter(), [(0.0, 0)]
    worker.start()
    while (at := time.perf_counter() - began) < seconds:
        seen.append((at, here.delivered() - done))
        time.sleep(0.25)
    last = [one for one in seen if one[0] > seconds / 2]
    rate = (last[-1][1] - last[0][1]) / (last[-1][0] - last[0][0])
    first = next(at for at, count in seen if count > 0)
    steady = next(
        at
        for at, count in seen
        if at >= 2 and (count - max(n for t, n in seen if t <= at - 2)) / 2 >= rate / 2
    )
    return {
        "first_receipt_after_seconds": round(first, 1),
        "steady_after_seconds": round(steady, 1),
        "steady_per_second": round(rate, 1),
    }


def _rate(here: World, worker: Any, connection: Any, tag: str) -> float:
    """Fill a connection's queue with the worker stopped, start it, and time the middle of it."""
    worker.stop()
    waiting(here, FLOWING, connection.id, tag)
    before = _delivered(connection.id)
    worker.start()
    _until(connection.id, before + FLOWING // 10)
    began = time.perf_counter()
    _until(connection.id, before + FLOWING)
    return round(FLOWING * 0.9 / (time.perf_counter() - began), 1)


def _until(connection_id: Any, count: int) -> None:
    end = time.perf_counter() + 180
    while _delivered(connection_id) < count:
        if time.perf_counter() > end:
            raise SystemExit(f"only {_delivered(connection_id)} of {count} were delivered")
        time.sleep(0.05)


def _delivered(connection_id: Any) -> int:
    from caseway.access.scope import everything
    from caseway.delivery.models import Delivery

    with everything():
        return Delivery.objects.filter(connection_id=connection_id, state="delivered").count()


def _take_down(connection_id: Any) -> None:
    """Let a connection be as after an outage has opened its circuit."""
    from datetime import timedelta

    from caseway.access.scope import everything
    from caseway.core.clock import now
    from caseway.delivery.models import Connection

    with everything():
        Connection.objects.filter(id=connection_id).update(
            circuit=Connection.Circuit.OPEN, circuit_until=now() + timedelta(hours=4), down_since=now()
        )
