"""Where the time of a delivery goes: one thread, one lane after the other, under cProfile.

`python -m bench.profile [count]` prints the time for each delivery without the profiler, the statements for
each, and the dearest functions with it.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import time
from collections import Counter
from typing import Any

from bench.world import world


def main(count: int) -> None:
    """Drain lanes plainly, then counting statements, then under the profiler."""
    with world() as here:
        from django.db import connection

        from caseway.access.scope import everything
        from caseway.delivery.drain import drain_lane
        from caseway.delivery.models import Lane

        def lanes() -> list[Any]:
            with everything():
                return list(Lane.objects.exclude(due_at=None).values_list("id", flat=True))

        def drain() -> float:
            owed = lanes()
            began, used = time.perf_counter(), time.process_time()
            for lane in owed:
                drain_lane(lane, "profile")
            seconds, cpu = time.perf_counter() - began, time.process_time() - used
            sys.stdout.write(
                f"{len(owed)}: {seconds / len(owed) * 1000:.2f} ms, {cpu / len(owed) * 1000:.2f} ms cpu\n"
            )
            return seconds

        here.connect(f"{here.simulator()}/cmis/browser", concurrency=16)
        for key in ("warm", "plain", "again"):
            here.accept(count, key)
            drain()
        here.accept(10, "counted")
        seen: Counter[str] = Counter()
        with connection.execute_wrapper(
            lambda run, sql, *rest: (seen.update([sql[:110]]), run(sql, *rest))[1]
        ):
            drain()
        sys.stdout.write(f"{sum(seen.values()) / 10:.1f} statements for each delivery\n")
        for sql, times in seen.most_common(45):
            sys.stdout.write(f"{times / 10:5.1f} {sql}\n")
        here.accept(count, "profiled")
        profiler = cProfile.Profile()
        profiler.runcall(drain)
        stats = pstats.Stats(profiler)
        for order in ("cumulative", "tottime"):
            stats.sort_stats(order).print_stats(45)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
