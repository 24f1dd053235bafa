"""A worker that died takes no lane with it: the jobs it held are forgotten, and their lanes get new ones."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from django.db import connections
from procrastinate.jobs import Job

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.core.clock import now
from caseway.delivery import engine
from caseway.delivery.models import Lane
from caseway.testing.builders import a_connection, a_delivery, a_submission


@dataclass
class JobsOfTheDead:
    """The job table as it is after a worker died."""

    jobs: list[Job]
    finished: list[Job] = field(default_factory=list)

    async def get_stalled_jobs(self, seconds_since_heartbeat: float) -> list[Job]:
        return self.jobs

    async def finish_job(self, job: Job, **_: Any) -> None:
        self.finished.append(job)


async def as_the_worker_does(context: Any) -> None:
    """Run the task with one thread, and close what it opened there."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    await engine.forget_stalled_jobs.func(context, 0)
    await asyncio.to_thread(connections.close_all)


def test_the_lanes_of_a_dead_worker_may_have_a_job_again(organisation: Organisation) -> None:
    delivery = a_delivery(a_submission(organisation), a_connection(organisation))
    with scope(organisation.id):
        Lane.objects.update(enqueued_at=now())
    job = Job(
        id=1,
        queue="deliveries",
        lock=None,
        queueing_lock=None,
        task_name="caseway.drain",
        task_kwargs={"lanes": [str(delivery.lane_id)]},
    )
    table = JobsOfTheDead([job])
    context = SimpleNamespace(app=SimpleNamespace(job_manager=table))

    asyncio.run(as_the_worker_does(context))

    with scope(organisation.id):
        assert Lane.objects.get().enqueued_at is None
    assert [job] == table.finished
