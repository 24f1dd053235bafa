"""Where the time of a delivery goes: one thread, one lane after the other, under cProfile.

`python -m bench.profile [count]` prints the time for each delivery without the profiler, also that of the
processors, in the worker, the database and the simulated DMS; the transactions and trips to the database for
each; and the dearest functions.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import time
from contextlib import suppress
from typing import Any

import psutil

from bench.world import world


def main(count: int) -> None:
    """Drain lanes plainly, then counting trips, then under the profiler."""
    with world() as here:
        from caseway.access.scope import everything
        from caseway.delivery.drain import drain_lane
        from caseway.delivery.models import Lane
        from caseway.testing.trips import trips

        def lanes() -> list[Any]:
            with everything():
                return list(Lane.objects.exclude(due_at=None).values_list("id", flat=True))

        def drain() -> None:
            owed = lanes()
            began, used, others = time.perf_counter(), time.process_time(), _used_by_others()
            for lane in owed:
                drain_lane(lane, "profile")
            cpu = {"worker": time.process_time() - used}
            cpu |= {name: one - others[name] for name, one in _used_by_others().items()}
            told = ", ".join(f"{name} {seconds / len(owed) * 1000:.2f}" for name, seconds in cpu.items())
            wall = (time.perf_counter() - began) / len(owed) * 1000
            sys.stdout.write(f"{len(owed)}: {wall:.2f} ms; cpu in ms: {told}\n")

        here.connect(f"{here.simulator()}/cmis/browser", concurrency=16)
        for key in ("warm", "plain", "again"):
            here.accept(count, key)
            drain()
        here.accept(10, "counted")
        with trips() as seen:
            drain()
        sys.stdout.write(f"{seen.transactions() / 10:.1f} transactions, {seen.answers / 10:.1f} trips\n")
        here.accept(count, "profiled")
        profiler = cProfile.Profile()
        profiler.runcall(drain)
        stats = pstats.Stats(profiler)
        for order in ("cumulative", "tottime"):
            stats.sort_stats(order).print_stats(45)


def _used_by_others() -> dict[str, float]:
    """Return the seconds of processor time that the simulated DMS and the database have used."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = psutil.Process(cursor.fetchone()[0]).parent()
    assert server is not None
    return {
        "simulator": _seconds(psutil.Process().children(recursive=True)),
        "database": _seconds([server, *server.children()]),
    }


def _seconds(processes: list[psutil.Process]) -> float:
    seconds = 0.0
    for process in processes:
        with suppress(psutil.NoSuchProcess):  # the database starts and ends helpers
            used = process.cpu_times()
            seconds += used.user + used.system
    return seconds


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
