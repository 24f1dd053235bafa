"""Destinations and their keys, and the keys of the delivery service and of the portal.

Source: Submission API 1.1.3 (v1); for v2 what two public clients read. Keys of destinations are never kept:
the answers say `Cache-Control: no-cache`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from caseway.rails.fit_connect.answer import Told
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.errors import Call, unreadable

_CONTACT = ("legalName", "address", "phone", "email", "unit")


@dataclass(frozen=True)
class AcceptedSchema:
    """A schema of subject data that a destination takes; v2 may name no media type."""

    uri: str
    media_type: str = ""


@dataclass(frozen=True)
class Service:
    """A service that a destination offers, in these regions (`DE` + ARS) and with these schemas."""

    identifier: str
    name: str
    regions: tuple[str, ...]
    schemas: tuple[AcceptedSchema, ...]


@dataclass(frozen=True)
class Destination:
    """A destination as the platform shows it."""

    id: str
    status: str  # created | active | inactive | decommissioned
    name: str
    encryption_kid: str
    metadata_versions: tuple[str, ...]
    services: tuple[Service, ...]
    reply_channels: tuple[str, ...] | None  # None: v2 does not say
    contact: Mapping[str, str] = field(default_factory=dict)

    @property
    def active(self) -> bool:
        return self.status == "active"

    def service(self, identifier: str) -> Service | None:
        """Return the service of this identifier, where it is offered."""
        return next((one for one in self.services if one.identifier == identifier), None)


@dataclass(frozen=True)
class Destinations:
    """The calls about destinations and keys. Keys come as they are; `jwk` judges them."""

    client: Client

    def get(self, destination_id: str) -> Destination:
        """Read a destination. Raises `NotThere` (`fit_connect.destination_unknown`)."""
        call = Call("getDestination", "destination", destination_id)
        told = self.client.read(self.client.addresses.destination_info(destination_id), call)
        if told.uuid("destinationId") != destination_id.lower():
            raise told.unreadable("destinationId")
        return destination_of(told)

    def key(self, destination_id: str, kid: str) -> Mapping[str, Any]:
        """Read one public key as JWK. Raises `NotThere` (`fit_connect.key_unknown`)."""
        call = Call("getKey", "key", kid)
        return _jwk(self.client.read(self.client.addresses.destination_key(destination_id, kid), call))

    def keys(self, destination_id: str) -> tuple[Mapping[str, Any], ...]:
        """Read all public keys; only the Destination API of v2 has this list."""
        call = Call("getKeys", "destination", destination_id)
        return self._set(self.client.addresses.destination_keys(destination_id), call)

    def service_keys(self) -> tuple[Mapping[str, Any], ...]:
        """Read the keys by which the delivery service signs events: from our address, never from `iss`."""
        return self._set(self.client.addresses.service_keys(), Call("getServiceKeys", signed=False))

    def portal_keys(self) -> tuple[Mapping[str, Any], ...]:
        """Read the keys by which the portal signs destination data."""
        return self._set(self.client.addresses.portal_keys(), Call("getPortalKeys", signed=False))

    def _set(self, url: str, call: Call) -> tuple[Mapping[str, Any], ...]:
        return tuple(_jwk(one) for one in self.client.read(url, call).objects("keys", needed=True))


def destination_of(told: Told) -> Destination:
    """Return a destination from its JSON, of v1 (`services`) or v2 (`publicServices`)."""
    channels, contact = told.object("replyChannels"), told.object("contactInformation")
    services = [*told.objects("publicServices"), *told.objects("services")]
    return Destination(
        id=told.uuid("destinationId"),
        status=told.text("status"),
        name=told.text("name", ""),
        encryption_kid=told.text("encryptionKid"),
        metadata_versions=told.texts("metadataVersions"),
        services=tuple(_service(one) for one in services),
        reply_channels=tuple(sorted(channels.fields)) if channels else None,
        contact=_texts(contact, _CONTACT) if contact else {},
    )


def _service(told: Told) -> Service:
    return Service(
        identifier=told.text("identifier"),
        name=told.text("name", ""),
        regions=told.texts("regions"),
        schemas=tuple(
            AcceptedSchema(one.text("schemaUri"), one.text("mimeType", ""))
            for one in told.objects("submissionSchemas")
        ),
    )


def _texts(told: Told, names: Iterable[str]) -> dict[str, str]:
    return {name: value for name in names if isinstance(value := told.fields.get(name), str) and value}


def _jwk(told: Told) -> Mapping[str, Any]:
    if not isinstance(told.fields.get("kty"), str):
        raise unreadable(told.call, told.status, b"kty is missing: this is no JWK")
    return told.fields
