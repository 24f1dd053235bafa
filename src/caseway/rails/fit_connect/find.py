"""The directory: who takes a service in a place, whether they can be reached, and what is proven of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from caseway.core.errors import CasewayError, Invalid
from caseway.rails.contract import Finding, Link
from caseway.rails.directory import Accepts, Area, Party, Wanted
from caseway.rails.fit_connect import trust
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.destinations import Destination, Destinations
from caseway.rails.fit_connect.recipient import checked_key
from caseway.rails.fit_connect.routing import Route, Routing

T = TypeVar("T")

MOST = 50  # parties of one answer, each of which is asked for its page and key
_TOLD = {
    "contactFormUrl": "contact form",
    "imprintUrl": "imprint",
    "privacyPolicyUrl": "privacy policy",
    "accessibilityUrl": "accessibility",
    "deadline": "deadline",
    "requiredDocuments": "required documents",
}


def areas(words: str, link: Link) -> Sequence[Area]:
    """Search places by name or post code (`Finds.areas`)."""
    wanted = [word for word in words.split() if word][:10]
    found = Routing(Client.of(link)).areas(wanted)
    return [Area(one.id, one.name, one.type) for one, _ in zip(found, range(200), strict=False)]


def parties(wanted: Wanted, link: Link) -> Sequence[Party]:
    """Return who takes a service there, each checked (`Finds.parties`)."""
    kind, place = _place(wanted)
    routes = Routing(Client.of(link)).routes(wanted.service_key, kind=kind, place=place)
    portal = trust.Portal(link)
    vouch = partial(portal.vouch, service=wanted.service_key, kind=kind, place=place)
    return [_party(route, vouch, link) for route, _ in zip(routes, range(MOST), strict=False)]


def _place(wanted: Wanted) -> tuple[str, str]:
    given = [(kind, value) for kind in ("ars", "ags", "area_id") if (value := getattr(wanted, kind))]
    if len(given) != 1:
        raise Invalid(
            "A place is named in exactly one way.",
            code="fit_connect.place_unfit",
            remedy="Enter a regional key, or a municipality key, or choose an area.",
        )
    return given[0]


def _party(route: Route, vouch: Callable[[Route], None], link: Link) -> Party:
    findings: list[Finding] = []
    _try(
        findings,
        "fit_connect.signed_data",
        "What the routing service says is signed by the portal.",
        lambda: vouch(route),
    )
    destination = _try(
        findings,
        "fit_connect.destination_known",
        "The delivery service knows the destination.",
        lambda: Destinations(Client.of(link)).get(route.destination_id),
    )
    if destination is None:
        return Party(route.destination_id, route.name, False, "unknown", findings=findings)
    _try(
        findings,
        "fit_connect.key_trusted",
        "Its key keeps every rule and leads to a trusted root.",
        lambda: checked_key(destination.id, destination.encryption_kid, link),
    )
    return Party(
        id=destination.id,
        name=route.name or destination.name,
        reachable=destination.active and all(one.ok for one in findings),
        status=destination.status,
        accepts=list(_accepts(destination)),
        reply_channels=destination.reply_channels or (),
        metadata_versions=destination.metadata_versions,
        findings=findings,
        details=dict(_details(route, destination)),
    )


def _try(findings: list[Finding], code: str, sentence: str, act: Callable[[], T]) -> T | None:
    try:
        found = act()
    except CasewayError as error:
        findings.append(Finding(error.code, False, error.sentence, error.remedy))
        return None
    findings.append(Finding(code, True, sentence))
    return found


def _accepts(destination: Destination) -> Iterator[Accepts]:
    for service in destination.services:
        schemas = [(schema.uri, schema.media_type) for schema in service.schemas]
        yield Accepts(service.identifier, schemas, service.regions)


def _details(route: Route, destination: Destination) -> Iterator[tuple[str, str]]:
    yield from destination.contact.items()
    for name, label in _TOLD.items():
        value = route.told.get(name)
        if isinstance(value, str) and value:
            yield label, value[:500]
    if route.origin:
        yield "origin", route.origin
