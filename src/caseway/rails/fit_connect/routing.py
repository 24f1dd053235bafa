"""The routing service: who is responsible for a service in a place. Public: it never sees our token.

Source: Routing API 2.0.0. What it answers is proven only by the signature in each route
(`caseway.rails.fit_connect.destination_data`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from caseway.core.errors import Invalid, NotConfigured
from caseway.rails.fit_connect.addresses import Addresses
from caseway.rails.fit_connect.answer import Told
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.errors import Call

LEIKA_URN = "urn:de:fim:leika:leistung:"

_SERVICE_KEY = re.compile(r"99[0-9]{12}")
_PLACES = {  # by setting: parameter and form
    "ars": ("ars", re.compile(r"[0-9]{2}|[0-9]{3}|[0-9]{5}|[0-9]{9}|[0-9]{12}")),
    "ags": ("ags", re.compile(r"[0-9]{2}|[0-9]{3}|[0-9]{5}|[0-9]{8}")),
    "area_id": ("areaId", re.compile(r"[0-9]{1,20}")),
}


@dataclass(frozen=True)
class Route:
    """A destination that is responsible, with its signed data and what the routing service tells of it."""

    destination_id: str
    signature: str  # compact JWS of the portal
    name: str
    short_name: str
    origin: str
    told: Mapping[str, Any] = field(default_factory=dict, repr=False)  # address, contact, imprint …


@dataclass(frozen=True)
class FoundArea:
    """A place in the words of the routing service."""

    id: str
    name: str
    type: str


@dataclass(frozen=True)
class Routing:
    """The calls to the routing service."""

    client: Client

    def routes(self, service: str, *, kind: str, place: str) -> Iterator[Route]:
        """Yield who takes a service in a place, page by page.

        `service` is a service key of 14 digits or its URN; `kind` is ars, ags or area_id. Raises `Invalid`
        (`fit_connect.service_key_unfit`, `fit_connect.place_unfit`) and `NotConfigured` without an address.
        """
        parameter, form = _PLACES[kind]
        if not form.fullmatch(place):
            raise Invalid(
                f"The region does not have the form of {parameter.upper()}.",
                code="fit_connect.place_unfit",
                remedy="Enter it in digits: a regional key has 2, 3, 5, 9 or 12, a municipality key 8.",
                field="region",
            )
        only = {"leikaKey": service_key(service), parameter: place}
        call = Call("findRoutes", signed=False)
        for page in self.client.pages(self._addresses().routes(), call, "routes", only):
            yield from (_route(one) for one in page.objects("routes", needed=True))

    def areas(self, words: Sequence[str]) -> Iterator[FoundArea]:
        """Yield places by name or post code; `*` stands for anything. Raises `Invalid` (`…words_unfit`)."""
        wanted = [word.strip() for word in words]
        if not 1 <= len(wanted) <= 10 or not all(2 <= len(word.strip("*")) <= 100 for word in wanted):
            raise Invalid(
                "Places are searched by one to ten words of at least two letters.",
                code="fit_connect.words_unfit",
                remedy="Enter the name of a place or its post code.",
                field="words",
            )
        call = Call("findAreas", signed=False)
        only = {"areaSearchexpression": wanted}
        for page in self.client.pages(self._addresses().areas(), call, "areas", only):
            for told in page.objects("areas", needed=True):
                yield FoundArea(told.text("id"), told.text("name"), told.text("type", ""))

    def version(self) -> str:
        """Return the version the routing service tells, such as 2.0.0."""
        return version_of(
            self.client.read(self._addresses().routing_info(), Call("routingInfo", signed=False))
        )

    def _addresses(self) -> Addresses:
        if not self.client.addresses.routing:
            raise NotConfigured(
                "No routing service is known for this platform.",
                code="fit_connect.no_routing",
                remedy="Enter its address in the connection.",
            )
        return self.client.addresses


def service_key(service: str) -> str:
    """Return the 14 digits of a service given as digits or as URN. Raises `Invalid`."""
    digits = service.removeprefix(LEIKA_URN)
    if not _SERVICE_KEY.fullmatch(digits):
        raise Invalid(
            "The routing service finds services by their key of 14 digits that begins with 99.",
            code="fit_connect.service_key_unfit",
            remedy="Enter the service key (Leistungsschlüssel), or send to a fixed destination.",
            field="service_identifier",
        )
    return digits


def version_of(told: Told) -> str:
    """Return the version in an answer of `/info`; empty where it has another form."""
    version = told.fields.get("version")
    if isinstance(version, dict):
        return ".".join(str(version.get(part, "?"))[:6] for part in ("major", "minor", "patch"))
    return version[:40] if isinstance(version, str) else ""


def _route(told: Told) -> Route:
    return Route(
        destination_id=told.uuid("destinationId"),
        signature=told.text("destinationSignature"),
        name=told.text("destinationName", ""),
        short_name=told.text("destinationShortName", ""),
        origin=told.text("origin", ""),
        told=told.fields,
    )
