"""The glue to Procrastinate: jobs that drain lanes, and the periodic sweep. Nothing else imports it.

A job only wakes; what is owed, tried and proven is in our own rows. A job that is lost, doubled or late does
no harm: the lane's claim decides, and the sweep gives every due lane a job again.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from caseway.access.scope import everything
from caseway.configuration import configuration
from caseway.core.clock import now
from caseway.core.log import get_logger
from caseway.delivery import dispatcher, following
from caseway.delivery import replay as replaying
from caseway.delivery.drain import drain_lane
from caseway.delivery.failing import exhaust, policy_of
from caseway.delivery.lanes import refresh_due
from caseway.delivery.models import Connection, Delivery, DeliveryState
from caseway.delivery.pulse import pulse

WORKER = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
PULSE = 30.0  # seconds
STALLED_AFTER = 30.0  # seconds without a heartbeat of the worker, or the lease where that is shorter


@app.task(name="caseway.drain", queue="deliveries")
def drain(lanes: list[str]) -> None:
    """Work on lanes one after the other, then see that their connections have jobs enough."""
    connections = set()
    for lane in lanes:
        claim = drain_lane(UUID(lane), WORKER)
        if claim is not None:
            connections.add(claim.connection_id)
    for connection_id in connections:
        dispatcher.top_up(connection_id)


@app.task(name="caseway.replay", queue="deliveries")
def run_replay(replay: str) -> None:
    """Do the items of a running replay."""
    replaying.work(UUID(replay))


@app.periodic(cron="* * * * * */5", periodic_id="sweep")
@app.task(name="caseway.sweep", queue="deliveries", queueing_lock="caseway.sweep")
def sweep(timestamp: int) -> None:
    """Give jobs to what is due and end what was tried for too long."""
    dispatcher.sweep()
    end_windows()
    for replay_id in replaying.unfinished():
        replaying.work(replay_id)


@app.periodic(cron="* * * * * */5", periodic_id="follow")
@app.task(name="caseway.follow", queue="deliveries", queueing_lock="caseway.follow")
def follow(timestamp: int) -> None:
    """Ask what became of what was handed over."""
    following.follow_due()


@app.periodic(cron="* * * * * */5", periodic_id="stalled")
@app.task(name="caseway.stalled", queue="deliveries", queueing_lock="caseway.stalled", pass_context=True)
async def forget_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Remove jobs whose worker died; their lanes get new ones from the sweep, at once."""
    manager = context.app.job_manager  # the worker's: Django's own connector leaves JSON as text
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=_stalled_after()):
        lanes = job.task_kwargs.get("lanes")
        if isinstance(lanes, list):
            await asyncio.to_thread(dispatcher.forget_job, [str(lane) for lane in lanes])
        await manager.finish_job(job, status=Status.FAILED, delete_job=True)


def _stalled_after() -> float:
    return min(STALLED_AFTER, float(configuration().lease_seconds))


def end_windows() -> int:
    """Give deliveries whose window is over to a person, not those of paused connections. Returns how many."""
    ended = 0
    with everything():
        for connection in Connection.objects.filter(paused_at=None):
            oldest = now() - timedelta(seconds=policy_of(connection).window)
            over = Delivery.objects.select_for_update(skip_locked=True, of=("self",)).filter(
                connection=connection,
                state__in=[DeliveryState.WAITING, DeliveryState.UNKNOWN],
                window_starts_at__lt=oldest,
                failures__gt=0,
                lane__leased_until=None,
            )
            for delivery in over.select_related("connection")[:500]:
                exhaust(delivery)
                refresh_due(delivery.lane_id)
                ended += 1
    return ended


def run_worker(threads: int | None = None, *, once: bool = False) -> None:
    """Work until SIGTERM or SIGINT; with `once`, until no job is left."""
    asyncio.run(_work(threads or configuration().worker_threads, once))


async def _work(threads: int, once: bool) -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(threads, "worker"))
    worker_app = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    get_logger().info("process.started", process="worker", worker=WORKER, threads=threads)
    async with worker_app.open_async():
        async with pulse(PULSE):
            await worker_app.run_worker_async(
                name=WORKER,
                concurrency=threads,
                wait=not once,
                delete_jobs="always",
                fetch_job_polling_interval=1.0,
                update_heartbeat_interval=_stalled_after() / 6,
                stalled_worker_timeout=_stalled_after(),
                shutdown_graceful_timeout=20.0,
                install_signal_handlers=True,
            )
    get_logger().info("process.stopped", process="worker", worker=WORKER)
