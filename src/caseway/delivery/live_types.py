"""The type definitions of a connection as they are now: what previews, checks and publishing go by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from caseway.access.actor import Actor
from caseway.access.scope import scope
from caseway.core.errors import CasewayError, Invalid, NotConfigured, Unavailable
from caseway.delivery.links import open_connection
from caseway.delivery.models import Connection
from caseway.mapping import catalogue
from caseway.mapping.typedefs import TypeDefinitions
from caseway.rails.registry import rails


@dataclass(frozen=True)
class LiveTypes:
    """The definitions, or in `error` why there are none; then only the mapping itself is checked."""

    connection: Connection | None
    types: TypeDefinitions | None
    error: CasewayError | None = None


def live_types(actor: Actor, document: Mapping[str, Any], slug: str = "") -> LiveTypes:
    """Return the definitions of the types a document names, asked of its connection (or of `slug`).

    Opens scopes of its own; call it outside any transaction. Types are remembered for a while by the
    connection.
    """
    with scope(actor.organisation_id):
        try:
            resolved = catalogue.resolved(actor, document)
        except Invalid as error:
            return LiveTypes(None, None, error)
        wanted = slug or str(resolved.get("connection") or "")
        connection = _connection(wanted)
    if connection is None:
        return LiveTypes(None, None, _none_named(wanted))
    if connection.circuit == Connection.Circuit.OPEN:
        return LiveTypes(connection, None, _down(connection))
    try:
        opened = open_connection(connection)
        found = opened.rail.types(opened.link, resolved)
    except CasewayError as error:
        return LiveTypes(connection, None, error)
    return LiveTypes(connection, found)


def _connection(slug: str) -> Connection | None:
    by_mapping = [rail_id for rail_id, rail in rails().items() if rail.manifest.needs_mapping]
    mapped = Connection.objects.filter(rail__in=by_mapping).order_by("name")
    if slug:
        return mapped.filter(slug=slug).first()
    several = list(mapped[:2])
    return several[0] if len(several) == 1 else None


def _down(connection: Connection) -> Unavailable:
    return Unavailable(
        f"{connection.name} does not answer at present.",
        code="connection.down",
        remedy="Try again when it does; only the mapping itself was checked.",
    )


def _none_named(slug: str) -> NotConfigured:
    if slug:
        return NotConfigured(
            f"There is no connection {slug}.",
            code="connection.not_found",
            remedy="Correct it in the mapping.",
        )
    return NotConfigured(
        "The mapping names no connection, so nothing can be asked of the DMS.",
        code="mapping.connection_missing",
        remedy="Choose the connection at the top of the mapping.",
    )
