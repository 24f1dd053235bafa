"""The glue to Procrastinate: polling and collecting, periodically and when a callback comes.

A job only wakes: which connection is asked and which arrival is collected decide the claims in our own rows.
A connection has one waiting job of a kind at most, so that callbacks do not pile jobs up.
"""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from caseway.receiving import alarms, claiming, collecting, finding, notices, rooms

BATCH = 8
"""The most arrivals of one job, so that every connection gets its turn."""


@app.task(name="caseway.poll", queue="deliveries")
def poll(organisation: str, connection: str) -> None:
    """Ask a connection what waits for us there, and see that it is collected."""
    if finding.poll(UUID(organisation), UUID(connection)):
        wake(UUID(connection))


@app.task(name="caseway.collect", queue="deliveries")
def collect(connection: str) -> None:
    """Collect what is due from a connection; while we do, another job may collect from it too."""
    connection_id = UUID(connection)
    for _ in range(BATCH):
        claim = claiming.claim(connection_id)
        if claim is None:
            return
        wake_if_due(connection_id)
        collecting.collect(claim)
    wake_if_due(connection_id)


@app.periodic(cron="* * * * * */5", periodic_id="receive")
@app.task(name="caseway.receive", queue="deliveries", queueing_lock="caseway.receive")
def receive(timestamp: int) -> None:
    """Give jobs to connections that are due to be asked, and to those that have something to collect."""
    for organisation_id, connection_id in finding.connections_to_poll():
        wake_to_poll(organisation_id, connection_id)
    for connection_id in claiming.connections_due():
        wake(connection_id)


@app.periodic(cron="* * * * *", periodic_id="receiving-care")
@app.task(name="caseway.receiving_care", queue="deliveries", queueing_lock="caseway.receiving_care")
def care(timestamp: int) -> None:
    """Tell of what is late, and throw leftovers away."""
    alarms.raise_due()
    notices.forget_callbacks()
    rooms.sweep()


def wake(connection_id: UUID) -> None:
    """Have a connection collected from, in the caller's transaction where there is one."""
    try:
        with transaction.atomic():
            collect.configure(queueing_lock=f"caseway.collect:{connection_id}").defer(
                connection=str(connection_id)
            )
    except AlreadyEnqueued:
        return


def wake_to_poll(organisation_id: UUID, connection_id: UUID) -> None:
    """Have a connection asked what waits."""
    try:
        with transaction.atomic():
            poll.configure(queueing_lock=f"caseway.poll:{connection_id}").defer(
                organisation=str(organisation_id), connection=str(connection_id)
            )
    except AlreadyEnqueued:
        return


def wake_if_due(connection_id: UUID) -> None:
    """Have a connection collected from if something more is due there."""
    if claiming.connections_due(connection_id):
        wake(connection_id)
