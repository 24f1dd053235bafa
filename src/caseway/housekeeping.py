"""What is done once a night: test connections, hold mappings against their other side, throw leftovers away.

One job a night for the whole installation; every part is safe to run twice and none stops the others.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db import Error
from procrastinate.contrib.django import app

from caseway.access.actor import system
from caseway.access.models import Organisation
from caseway.access.scope import everything, scope
from caseway.access.tokens import sweep_tokens
from caseway.core.clock import now
from caseway.core.errors import CasewayError
from caseway.core.log import get_logger
from caseway.delivery.endings import endings
from caseway.delivery.key_care import end_overlaps
from caseway.delivery.models import Connection, ConnectionMemory
from caseway.delivery.occasion import blob_store
from caseway.delivery.verification import verify_connection
from caseway.mailing import send_digests

LEFTOVERS = timedelta(hours=24)


@app.periodic(cron="17 3 * * *", periodic_id="housekeeping")
@app.task(name="caseway.housekeeping", queue="deliveries", queueing_lock="caseway.housekeeping")
def housekeeping(timestamp: int) -> None:
    """Do everything that is done once a night."""
    for part in PARTS:
        try:
            part()
        except (CasewayError, Error) as error:
            get_logger().error("job.failed", job=part.__name__, error=type(error).__name__)


def forget_what_ended() -> None:
    """Remove ended sessions and tokens, and what connections remembered too long."""
    Session.objects.filter(expire_date__lt=now()).delete()
    sweep_tokens()
    with everything():
        ConnectionMemory.objects.filter(expires_at__lt=now()).delete()


def sweep_contents() -> None:
    """Remove what interrupted uploads left in the blob store."""
    gone = blob_store().sweep_temporary(LEFTOVERS)
    if gone:
        get_logger().info("blob.swept", files=gone)


def look_at_connections() -> None:
    """Test every connection in use and its mappings; the reports are kept, bad ends are told."""
    for organisation in Organisation.objects.all():
        with scope(organisation.id):
            connections = list(Connection.objects.filter(paused_at=None))
        for connection in connections:
            verify_connection(system(organisation.id), connection.slug)
        _warn_of_endings(organisation)


def _warn_of_endings(organisation: Organisation) -> None:
    with scope(organisation.id):
        due = [one for one in endings() if one.due]
    for one in due:
        get_logger().warning(
            "connection.certificate_expires", connection=one.slug, kid=one.kid, days=one.days
        )


def retire_old_keys() -> None:
    """Erase the private parts of keys whose overlap is over."""
    end_overlaps()


def tell_what_needs_a_person() -> None:
    """Mail the digests, behind the look at the connections."""
    send_digests()


PARTS: tuple[Callable[[], None], ...] = (
    forget_what_ended,
    sweep_contents,
    look_at_connections,
    retire_old_keys,
    tell_what_needs_a_person,
)
