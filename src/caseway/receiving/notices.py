"""Callbacks: a notification that something waits, checked by the rail and acted on once.

A callback is never trusted with contents: what it names is looked up and collected from the other side.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta

from caseway.access.models import Organisation
from caseway.access.scope import everything, scope
from caseway.core.clock import now
from caseway.core.errors import CasewayError, NotPermitted
from caseway.core.log import get_logger
from caseway.delivery.following import follow_soon
from caseway.delivery.links import open_connection
from caseway.delivery.models import Connection
from caseway.rails.inbound import Manners, Notice
from caseway.receiving.finding import receiving_rail
from caseway.receiving.models import Arrival, SeenCallback
from caseway.receiving.registering import register

REMEMBERED = timedelta(days=1)
"""How long a callback is known again; the rail refuses one that is older than minutes."""

_KEY = secrets.token_bytes(64)


def take_notice(
    organisation_slug: str, connection_slug: str, headers: Mapping[str, str], body: bytes
) -> None:
    """Act on a callback: what it names is written down and collected, what has grown is followed at once.

    Raises `NotPermitted`: `callback.refused` for an unknown connection, a bad signature, an old time or an
    unreadable body, all alike; `callback.replayed` for one that was acted on before. Then nothing happens.
    """
    connection = _connection(organisation_slug, connection_slug)
    if connection is None:
        hmac.digest(_KEY, body, "sha512")  # as long as a signature takes: who asks learns nothing from time
        raise _refused(organisation_slug, connection_slug, "connection.not_found")
    try:
        opened = open_connection(connection)
        rail = receiving_rail(opened)
        notice = rail.notice(headers, body, opened.link, now())
        manners = rail.manners(opened.link.settings)
    except CasewayError as error:
        raise _refused(organisation_slug, connection_slug, error.code) from error
    with scope(connection.organisation_id):
        _once(connection, notice)
        _act(connection, notice, manners)


def forget_callbacks() -> int:
    """Forget callbacks that are too old to be sent again. Returns how many."""
    with everything():
        return SeenCallback.objects.filter(at__lt=now() - REMEMBERED).delete()[0]


def _connection(organisation_slug: str, connection_slug: str) -> Connection | None:
    organisation = Organisation.objects.filter(slug=organisation_slug).first()
    if organisation is None:
        return None
    with scope(organisation.id):
        return Connection.objects.filter(slug=connection_slug).first()


def _refused(organisation: str, connection: str, reason: str) -> NotPermitted:
    get_logger().warning(
        "callback.refused", organisation=organisation[:60], connection=connection[:60], code=reason
    )
    return NotPermitted("This callback is not accepted.", code="callback.refused")


def _once(connection: Connection, notice: Notice) -> None:
    seen = SeenCallback(
        organisation_id=connection.organisation_id, connection=connection, digest=notice.digest
    )
    SeenCallback.objects.bulk_create([seen], ignore_conflicts=True)
    if not SeenCallback.objects.filter(id=seen.id).exists():
        get_logger().warning("callback.refused", connection=connection.slug, code="callback.replayed")
        raise NotPermitted("This callback was received before.", code="callback.replayed")


def _act(connection: Connection, notice: Notice, manners: Manners) -> None:
    from caseway.receiving.engine import wake

    if manners.receives and notice.arriving:
        register(connection, notice.arriving, Arrival.FoundBy.CALLBACK, manners)
    if notice.remote_case_ids:
        follow_soon(connection, notice.remote_case_ids)
        _look_soon(connection, notice)
    if connection.paused_at is None:
        wake(connection.id)


def _look_soon(connection: Connection, notice: Notice) -> None:
    """A held arrival of a case whose log has grown may have been ended there."""
    Arrival.objects.filter(
        connection=connection,
        remote_case_id__in=list(notice.remote_case_ids),
        state=Arrival.State.HELD,
        next_try_at=None,
    ).update(next_try_at=now())
