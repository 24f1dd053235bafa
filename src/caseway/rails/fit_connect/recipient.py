"""Whom a submission is sealed for: found, active, offering the service, with a key that is trusted.

Keys of destinations are not to be kept (Submission API 1.1.3: `Cache-Control: no-cache`). One that was
checked is believed for the few minutes one submission takes; before it is handed over the destination is
asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from caseway.core.errors import NotConfigured, Refused
from caseway.rails.contract import Link
from caseway.rails.fit_connect import trust
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.config import FitConnectSettings
from caseway.rails.fit_connect.destinations import Destination, Destinations, Service
from caseway.rails.fit_connect.jwk import KeyRules, PublicKey, read_public_jwk
from caseway.rails.fit_connect.metadata_versions import negotiate
from caseway.rails.fit_connect.regions import comparable, overlap
from caseway.rails.fit_connect.routing import Routing

_BELIEVED = 300  # seconds


@dataclass(frozen=True)
class Recipient:
    """A destination that takes what we have, and in which form."""

    destination: Destination
    key: PublicKey
    schema_uri: str
    metadata_version: str
    warnings: tuple[str, ...] = ()  # what of the key could not be told, where the settings allow that


def find_recipient(wanted: Mapping[str, Any], link: Link) -> Recipient:
    """Return who takes a submission; `wanted` is the payload of its announcement (`plan`).

    Raises `Refused`, `NotConfigured` and `Invalid` with codes `fit_connect.…` of what stands against it.
    """
    settings: FitConnectSettings = link.settings
    destinations = Destinations(Client.of(link))
    if settings.addressing == "fixed":
        destination = destinations.get(settings.destination_id)
    else:
        destination = destinations.get(_responsible(wanted, link))
    _require_active(destination)
    service = _require_service(destination, wanted, settings)
    key, warnings = _key_with_warnings(destination.id, destination.encryption_kid, link)
    return Recipient(
        destination=destination,
        key=key,
        warnings=warnings,
        schema_uri=_schema(service, str(wanted["media_type"]), settings.subject_schema),
        metadata_version=negotiate(destination.metadata_versions, settings.metadata_minimum),
    )


def checked_key(destination_id: str, kid: str, link: Link) -> PublicKey:
    """Return the encryption key of a destination after every check of key, chain and revocation."""
    return _key_with_warnings(destination_id, kid, link)[0]


def _key_with_warnings(destination_id: str, kid: str, link: Link) -> tuple[PublicKey, tuple[str, ...]]:
    settings: FitConnectSettings = link.settings
    name = f"key:{destination_id}:{kid}"
    rules = KeyRules(certificate_required=not settings.self_signed_allowed(link.environment))
    known = link.cache.get(name)
    if known is not None:
        return read_public_jwk(known["jwk"], "encrypt", rules, kid=kid), tuple(known["warnings"])
    jwk = Destinations(Client.of(link)).key(destination_id, kid)
    key = read_public_jwk(jwk, "encrypt", rules, kid=kid)
    warnings = trust.require(key, link)
    link.cache.put(name, {"jwk": dict(jwk), "warnings": list(warnings)}, _BELIEVED)
    return key, warnings


def reply_key(jwk: Mapping[str, Any]) -> PublicKey:
    """Return the key a sender offered for replies: it stands in the metadata and has no certificate."""
    return read_public_jwk(jwk, "encrypt", KeyRules(certificate_required=False))


def current_kid(destination_id: str, link: Link) -> str:
    """Return the id of the key a destination wants to be encrypted for now."""
    destination = Destinations(Client.of(link)).get(destination_id)
    _require_active(destination)
    return destination.encryption_kid


def _responsible(wanted: Mapping[str, Any], link: Link) -> str:
    settings: FitConnectSettings = link.settings
    region = str(wanted.get("region") or "")
    if not region:
        raise NotConfigured(
            "It is not known for which region an authority is looked for.",
            code="fit_connect.region_unknown",
            remedy="Send the region with the submission, or set one on the connection.",
        )
    service = str(wanted["service"])
    found = list(Routing(Client.of(link)).routes(service, kind=settings.region_kind, place=region))
    if not found:
        raise Refused(
            "Nobody takes this service in this region over FIT-Connect.",
            code="fit_connect.nobody_responsible",
            remedy="Look into the directory of destinations; perhaps the authority is not connected yet.",
            service=service,
            region=region,
        )
    if len({route.destination_id for route in found}) > 1:
        raise Refused(
            "Several destinations take this service in this region.",
            code="fit_connect.several_responsible",
            remedy="Choose one and set it as the fixed destination of a connection of its own.",
            destinations=[route.destination_id for route in found][:20],
        )
    trust.Portal(link).vouch(found[0], service, settings.region_kind, region)
    return found[0].destination_id


def _require_active(destination: Destination) -> None:
    if not destination.active:
        raise Refused(
            f"The destination is {destination.status}, not active.",
            code="fit_connect.destination_inactive",
            remedy="Ask the authority when it will be; then retry.",
            destination=destination.id,
        )


def _require_service(
    destination: Destination, wanted: Mapping[str, Any], settings: FitConnectSettings
) -> Service:
    service = destination.service(str(wanted["service"]))
    if service is None:
        raise Refused(
            "The destination does not offer this service.",
            code="fit_connect.service_not_offered",
            remedy="Check the service key of the form, and the destination of the connection.",
            service=wanted["service"],
            destination=destination.id,
        )
    region = comparable(settings.region_kind, str(wanted.get("region") or ""))
    offered = [one.removeprefix("DE") for one in service.regions]
    if region and offered and not any(overlap(region, one) for one in offered):
        raise Refused(
            "The destination does not offer this service in this region.",
            code="fit_connect.region_not_offered",
            remedy="Check the region of the submission, and the destination of the connection.",
            region=region,
            destination=destination.id,
        )
    return service


def _schema(service: Service, media_type: str, wanted: str) -> str:
    fitting = [one.uri for one in service.schemas if one.media_type in ("", media_type)]
    if wanted in fitting:
        return wanted
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise Refused(
            f"The destination takes no {media_type} for this service.",
            code="fit_connect.format_not_taken",
            remedy="Send the form's data in the format the destination names.",
            schemas=[one.uri for one in service.schemas][:20],
        )
    raise NotConfigured(
        "The destination takes several schemas of this format, and it is not said which one the data keep.",
        code="fit_connect.schema_ambiguous",
        remedy="Set the schema of the subject data on the connection.",
        schemas=fitting[:20],
    )
