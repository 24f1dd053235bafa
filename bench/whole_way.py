"""From accept to receipt: mapped, filed into the simulated DMS (a folder and one document), receipted.

`drained_per_second`: work that waits, brought out by one and by two worker processes. `per_second`: accepted
and brought out one after the other on the same cores, the number to hold against the floor. The simulated DMS
shares the cores.
"""

from __future__ import annotations

import time
from typing import Any

from bench.figures import Scale, percentile
from bench.world import World, world


def run(scale: Scale) -> dict[str, Any]:
    """Return the rates with one and two workers, and the latency of the first attempt at rest."""
    count = scale.pick(150, 3000)
    with world() as here:
        here.connect(f"{here.simulator()}/cmis/browser", concurrency=16)
        figures: dict[str, Any] = {"deliveries": count}
        first = here.worker("worker-1")
        here.accept(20, "warm")
        here.wait(20, 60)
        done = 20
        for workers in (1, 2):
            first.stop()
            accepted = here.accept(count, f"round-{workers}")
            first.start()
            second = here.worker("worker-2") if workers == 2 else None
            done += count
            here.wait(done - count + count // 10, 120)
            drained = here.wait(done, 600)
            rate = count * 0.9 / drained
            figures[f"drained_per_second_{workers}"] = round(rate, 1)
            figures[f"per_second_{workers}"] = round(count / (accepted + count / rate), 1)
            figures["accepted_per_second"] = round(count / accepted, 1)
            if second:
                second.stop()
        return figures | _latency(here, scale.pick(30, 300))


def _latency(here: World, count: int) -> dict[str, float]:
    """Accept one after the other, with the worker at rest between them."""
    from caseway.access.scope import everything
    from caseway.delivery.models import Attempt, Delivery

    submissions = []
    for number in range(count):
        submissions.append(here.accept_one(f"rest-{number}").id)
        time.sleep(0.1)
    time.sleep(2)
    with everything():
        owed = {
            row.id: row for row in Delivery.objects.filter(submission_id__in=submissions, state="delivered")
        }
        first = {
            row.delivery_id: row.started_at
            for row in Attempt.objects.filter(delivery_id__in=owed).order_by("-number")
        }
    waits = [(first[key] - row.created_at).total_seconds() * 1000 for key, row in owed.items()]
    ends = [(row.finished_at - row.created_at).total_seconds() * 1000 for row in owed.values()]
    return {
        "first_attempt_p50_ms": percentile(waits, 50),
        "first_attempt_p99_ms": percentile(waits, 99),
        "receipt_p50_ms": percentile(ends, 50),
        "receipt_p99_ms": percentile(ends, 99),
    }
