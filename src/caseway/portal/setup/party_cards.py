"""Somebody who receives, as a card: reachable or not and why, what they take, and how to send to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from caseway.core.errors import NotConfigured
from caseway.delivery.models import CatalogueEntry
from caseway.portal.sentences import said
from caseway.rails.registry import rail

DESTINATION, SERVICE, ADDRESSING, FIXED = "destination_id", "service_identifier", "addressing", "fixed"
"""Settings by which a rail sends to one recipient only, by name; a rail without them offers no link."""


@dataclass(frozen=True)
class Taken:
    """A form in which a service is taken."""

    service: str
    schema_uri: str
    media_type: str
    regions: Sequence[str]
    registered: bool  # the schema is registered with us
    register_url: str


@dataclass(frozen=True)
class PartyCard:
    """What is said of a party."""

    entry: CatalogueEntry
    takes: Sequence[Taken]
    reasons: Sequence[str]  # why it is not reachable, or not trusted
    new_url: str  # a connection that always sends there; empty where the rail has no such setting
    change_url: str  # the connection it was found over, made to send there

    @property
    def moved(self) -> bool:
        """Whether the connection has gone to another environment since."""
        return self.entry.environment != self.entry.connection.environment


def party_cards(entries: Sequence[CatalogueEntry], registered: frozenset[str]) -> list[PartyCard]:
    """Return the cards of parties; `registered` are the URIs of the schemas we have."""
    return [_card(entry, registered) for entry in entries]


def _card(entry: CatalogueEntry, registered: frozenset[str]) -> PartyCard:
    services = list(entry.services.all())
    new_url, change_url = _links(entry, services[0].service if services else "")
    return PartyCard(
        entry,
        [_taken(one, registered) for one in services],
        [_reason(finding) for finding in entry.findings if not finding["ok"]],
        new_url,
        change_url,
    )


def _taken(one: Any, registered: frozenset[str]) -> Taken:
    wanted = {"uri": one.schema_uri, "media_type": one.media_type, "service_id": one.service}
    return Taken(
        one.service,
        one.schema_uri,
        one.media_type,
        one.regions,
        one.schema_uri in registered,
        f"{reverse('setup:schema-new')}?{urlencode(wanted)}" if one.schema_uri else "",
    )


def _reason(finding: Mapping[str, Any]) -> str:
    return f"{said(finding['sentence'])} {said(finding.get('remedy', ''))}".strip()


def _links(entry: CatalogueEntry, service: str) -> tuple[str, str]:
    try:
        known = rail(entry.connection.rail).settings_type.model_fields
    except NotConfigured:
        return "", ""
    if DESTINATION not in known:
        return "", ""
    wanted = {DESTINATION: entry.party_id, ADDRESSING: FIXED, SERVICE: service}
    settings = {name: value for name, value in wanted.items() if name in known and value}
    slug = entry.connection.slug
    new = {"like": slug, "name": entry.name[:200], **settings}
    return (
        f"{reverse('setup:connection-create', args=[entry.connection.rail])}?{urlencode(new)}",
        f"{reverse('setup:connection-edit', args=[slug])}?{urlencode(settings)}",
    )
