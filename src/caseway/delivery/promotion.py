"""A connection moves on to the next environment, or back: with settings and credentials of that one."""

from __future__ import annotations

from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.access.scope import scope
from caseway.core.errors import Invalid, NotFound
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.delivery.environments import next_environment, obstacles_of
from caseway.delivery.models import Connection
from caseway.rails.contract import Finding

__all__ = ["next_environment", "obstacles", "promote_connection"]


def obstacles(actor: Actor, slug: str, environment: str) -> list[Finding]:
    """Return what keeps a connection from moving to an environment; empty when it may."""
    require(actor, "connections.read")
    with scope(actor.organisation_id):
        return list(obstacles_of(_named(slug), environment))


def promote_connection(actor: Actor, slug: str, draft: ConnectionDraft) -> Connection:
    """Move a connection to the environment of a draft, with the draft's settings, tested before it is saved.

    Forward only one environment at a time, with a passed conformance run of the settings and keys in force
    there; back at any time. Secrets are not taken along: each environment has its own. Raises `Conflict`
    (`connection.conformance_missing`, `connection.environment_skipped`, `connection.deliveries_open`,
    `connection.check_failed`) and `Invalid`.
    """
    require(actor, "connections.edit")
    with scope(actor.organisation_id):
        stored = _named(slug)
    if draft.slug != slug or draft.environment == stored.environment:
        raise Invalid(
            "The connection is in this environment already.",
            code="connection.not_moved",
            remedy="Name the environment it shall move to.",
        )
    return save_connection(actor, draft)


def _named(slug: str) -> Connection:
    connection = Connection.objects.filter(slug=slug).first()
    if connection is None:
        raise NotFound(f"There is no connection “{slug}”.", code="connection.not_found")
    return connection
