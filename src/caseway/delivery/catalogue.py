"""Who takes what: parties a directory showed, kept with when and for whom, so that they are found again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias
from uuid import UUID

from django.db.models import Q

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.access.scope import scope
from caseway.core.clock import now
from caseway.core.errors import Invalid, NotFound
from caseway.delivery.links import OpenConnection, open_connection, recording, write_exchanges
from caseway.delivery.models import CatalogueEntry, CatalogueService, Connection, Route
from caseway.intake.models import Submission
from caseway.rails.directory import Area, Finds, Party, Wanted

LIMIT = 200
_URN = "urn:de:fim:leika:leistung:"
_LEIKA = re.compile(r"(99\d{12})$")
HintKind: TypeAlias = Literal[
    "own_route", "own_form", "same_service_and_schema", "same_service", "same_schema"
]


@dataclass(frozen=True)
class ReuseHint:
    """Something that exists already and may be taken instead of building it anew."""

    kind: HintKind
    sentence: str
    name: str  # of the route, form or party
    connection: str  # slug
    party_id: str = ""
    service: str = ""
    schema_uri: str = ""


def service_key(service: str) -> str:
    """Return a service in one way of writing: the 14 digits of the catalogue of services, or itself.

    `urn:de:fim:leika:leistung:99102013104000` and `99102013104000` are one service.
    """
    found = _LEIKA.search(service.strip())
    return found[1] if found else service.strip()


def search_areas(actor: Actor, slug: str, words: str) -> Sequence[Area]:
    """Search places in the directory of a connection. Raises `Invalid` (`catalogue.not_offered`)."""
    require(actor, "connections.read")
    connection, opened = _open(actor, slug)
    assert isinstance(opened.rail, Finds)
    with recording() as exchanges:
        try:
            return opened.rail.areas(words, opened.link)
        finally:
            with scope(actor.organisation_id):
                write_exchanges(connection, exchanges, delivery_id=None, attempt_id=None)


def look_up(actor: Actor, slug: str, wanted: Wanted) -> list[CatalogueEntry]:
    """Ask the directory of a connection who takes a service, and keep what it says.

    Raises what the rail raises (`Invalid`, `Unavailable`), and `Invalid` (`catalogue.not_offered`).
    """
    require(actor, "onboarding.edit")
    connection, opened = _open(actor, slug)
    assert isinstance(opened.rail, Finds)
    with recording() as exchanges:
        try:
            parties = opened.rail.parties(wanted, opened.link)
        finally:
            with scope(actor.organisation_id):
                write_exchanges(connection, exchanges, delivery_id=None, attempt_id=None)
    with scope(actor.organisation_id):
        entries = [_keep(actor, connection, party) for party in parties]
        audit.record(
            actor, "catalogue.looked_up", "connection", slug, service=wanted.service_key, found=len(entries)
        )
        return _read([entry.id for entry in entries])


def search_catalogue(
    actor: Actor, words: str = "", service: str = "", schema: str = ""
) -> list[CatalogueEntry]:
    """Return who is known, by words of the name or id, by service and by schema; at most 200.

    `entry.services.all()` and `entry.connection` are loaded.
    """
    require(actor, "connections.read")
    wanted = Q()
    for word in words.split():
        wanted &= Q(name__icontains=word) | Q(party_id__icontains=word) | Q(services__service__icontains=word)
    if service.strip():
        wanted &= Q(services__service_key=service_key(service))
    if schema.strip():
        wanted &= Q(services__schema_uri=schema.strip())
    with scope(actor.organisation_id):
        found = CatalogueEntry.objects.filter(wanted).distinct()
        return _read(list(found.values_list("id", flat=True)[:LIMIT]))


def reuse_hints(actor: Actor, service: str, schema: str = "") -> list[ReuseHint]:
    """Return what exists for a service already: forms and routes of ours, destinations that take the same.

    What fits both service and schema comes first.
    """
    require(actor, "connections.read")
    key = service_key(service)
    with scope(actor.organisation_id):
        return [*_own_routes(key), *_own_forms(key), *_destinations(key, schema.strip())]


def _own_routes(key: str) -> list[ReuseHint]:
    return [
        ReuseHint(
            "own_route",
            f"The route “{route.name}” carries this service to {route.connection.name} already.",
            route.name,
            route.connection.slug,
            service=route.service_id,
        )
        for route in Route.objects.filter(active=True).exclude(service_id="").select_related("connection")
        if service_key(route.service_id) == key
    ]


def _own_forms(key: str) -> list[ReuseHint]:
    written = [key, f"{_URN}{key}"]
    same = Q(service_id__in=written) | Q(leika_id__in=written)
    forms = Submission.objects.filter(same).exclude(form_id="").order_by("form_id")
    return [
        ReuseHint("own_form", f"The form “{name or form}” is filled in for this service already.", form, "")
        for form, name in forms.values_list("form_id", "form_name").distinct()[:20]
    ]


def _destinations(key: str, schema: str) -> list[ReuseHint]:
    same = Q(service_key=key) | (Q(schema_uri=schema) if schema else Q(pk__in=[]))
    rows = CatalogueService.objects.filter(same).select_related("entry__connection")[:LIMIT]
    hints = [_hint(row, key, schema) for row in rows]
    order = ("same_service_and_schema", "same_service", "same_schema")
    return sorted(hints, key=lambda hint: (order.index(hint.kind), hint.name))


def _hint(row: CatalogueService, key: str, schema: str) -> ReuseHint:
    kind: HintKind = "same_schema"
    does = "takes the same data for another service"
    if row.service_key == key:
        kind, does = "same_service", "takes this service in another form"
        if schema and row.schema_uri == schema:
            kind, does = "same_service_and_schema", "takes this service in this very form"
        elif not schema:
            does = "takes this service"
    return ReuseHint(
        kind,
        f"{row.entry} {does}.",
        str(row.entry),
        row.entry.connection.slug,
        row.entry.party_id,
        row.service,
        row.schema_uri,
    )


def _open(actor: Actor, slug: str) -> tuple[Connection, OpenConnection]:
    with scope(actor.organisation_id):
        connection = Connection.objects.filter(slug=slug).first()
    if connection is None:
        raise NotFound(f"There is no connection “{slug}”.", code="connection.not_found")
    opened = open_connection(connection)
    if not isinstance(opened.rail, Finds):
        raise Invalid(
            "Connections of this kind have no directory.",
            code="catalogue.not_offered",
            remedy="Ask over a connection of another kind.",
        )
    return connection, opened


def _keep(actor: Actor, connection: Connection, party: Party) -> CatalogueEntry:
    entry, _ = CatalogueEntry.objects.update_or_create(
        organisation_id=actor.organisation_id,
        connection=connection,
        environment=connection.environment,
        party_id=party.id[:200],
        defaults={
            "name": party.name[:300],
            "reachable": party.reachable,
            "trusted": party.trusted,
            "status": party.status[:60],
            "reply_channels": list(party.reply_channels),
            "metadata_versions": list(party.metadata_versions),
            "details": dict(party.details),
            "findings": [{**asdict(one), "details": dict(one.details)} for one in party.findings],
            "seen_at": now(),
            "seen_by": actor.name[:200],
        },
    )
    if party.accepts:  # where it could not be read now, what was read before is still the best we know
        entry.services.all().delete()
        CatalogueService.objects.bulk_create(_services(entry, party))
    return entry


def _services(entry: CatalogueEntry, party: Party) -> list[CatalogueService]:
    return [
        CatalogueService(
            organisation_id=entry.organisation_id,
            entry=entry,
            service=one.service[:300],
            service_key=service_key(one.service)[:300],
            schema_uri=schema_uri[:500],
            media_type=media_type[:100],
            regions=list(one.regions),
        )
        for one in party.accepts
        for schema_uri, media_type in (one.schemas or [("", "")])
    ]


def _read(ids: Sequence[UUID]) -> list[CatalogueEntry]:
    rows = CatalogueEntry.objects.filter(id__in=ids).select_related("connection")
    return list(rows.prefetch_related("services"))
