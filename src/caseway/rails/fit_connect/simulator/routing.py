"""The routing service: which destination answers for a service in an area (routing API 2.0.0)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from caseway.rails.fit_connect.simulator import jose
from caseway.rails.fit_connect.simulator.call import Call, paged
from caseway.rails.fit_connect.simulator.events import flipped
from caseway.rails.fit_connect.simulator.model import Destination
from caseway.rails.fit_connect.simulator.problem import ROUTING_BASE, Problem
from caseway.rails.fit_connect.simulator.rates import Area
from caseway.testing.simulator import Response, json_response

LEIKA = "urn:de:fim:leika:leistung:"
AREA = "urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:rs:"
_PARAMETERS = {
    "ars": re.compile(r"\d{2}|\d{3}|\d{5}|\d{9}|\d{12}", re.ASCII),
    "ags": re.compile(r"\d{2}|\d{3}|\d{5}|\d{8}", re.ASCII),
    "areaId": re.compile(r"\d+", re.ASCII),
}
_LEIKA_KEY = re.compile(r"99\d{12}", re.ASCII)
_MOST_EXPRESSIONS = 10


def limited(operation: Callable[[Call], Response]) -> Callable[[Call], Response]:
    """Return an operation that counts against the rate limit; every answer says how much is left."""

    def counted(call: Call) -> Response:
        options = call.platform.options
        moment = call.platform.store.clock.seconds()
        headers = call.platform.window.enter(moment, options.routing_limit, options.routing_window)
        try:
            response = operation(call)
        except Problem as problem:
            response = problem.response()
        response.headers.extend(headers)
        return response

    return counted


@limited
def routes(call: Call) -> Response:
    """GET routes for a service key and exactly one area parameter."""
    query = call.request.query
    given = [name for name in _PARAMETERS if name in query]
    key = query.get("leikaKey", "")
    if not _LEIKA_KEY.fullmatch(key):
        raise _wrong("leikaKey is 99 and twelve digits.")
    if len(given) != 1 or not _PARAMETERS[given[0]].fullmatch(query[given[0]]):
        raise _wrong("Exactly one of ars, ags and areaId is needed.")
    offset, limit = call.page()
    ars = _ars(call, given[0], query[given[0]])
    known = list(call.platform.store.destinations.values())
    found = [destination for destination in known if ars is not None and _serves(destination, key, ars)]
    call.names += [destination.id for destination in found]
    shown = [_route(call, destination) for destination in found]
    return json_response(paged(shown, offset, limit, "routes"))


@limited
def areas(call: Call) -> Response:
    """GET areas whose name has words like the expressions; `*` stands for anything."""
    pairs = parse_qsl(call.request.target.partition("?")[2], keep_blank_values=True)
    expressions = [value for name, value in pairs if name == "areaSearchexpression"]
    if not 1 <= len(expressions) <= _MOST_EXPRESSIONS:
        raise _wrong("One to ten areaSearchexpression are needed.")
    if not all(_searchable(text) for text in expressions):
        raise _wrong("An areaSearchexpression has at least two characters besides *.")
    offset, limit = call.page()
    found = [area for area in call.platform.areas if all(_matches(area, text) for text in expressions)]
    shown = [{"id": area.id, "name": area.name, "type": area.type} for area in found]
    return json_response(paged(shown, offset, limit, "areas"))


def info(call: Call) -> Response:
    """GET info of the routing API."""
    return json_response({"version": {"major": 2, "minor": 0, "patch": 0}})


def signature(call: Call, destination: Destination) -> str:
    """Return the signed destination data, as the portal makes them (facts 2.1)."""
    platform = call.platform
    foreign = call.fault("foreign_destination_signature")
    services = [
        {
            "gebietIDs": [AREA + region.removeprefix("DE") for region in service["regions"]],
            "leistungIDs": [service["identifier"]],
        }
        for service in destination.services
    ]
    claims = {
        "submissionHost": platform.addresses.host(),
        "iss": platform.addresses.base("portal"),
        "services": services,
        "destinationId": str(uuid.uuid4()) if foreign else destination.id,
        "iat": int(platform.seconds()),
        "jti": str(uuid.uuid4()),
    }
    token = jose.sign(claims, platform.portal_key(), platform.portal_kid, "jwt")
    if call.fault("wrong_destination_signature"):
        head, payload, mark = token.split(".")
        return f"{head}.{payload}.{flipped(mark)}"
    return token


def _route(call: Call, destination: Destination) -> dict[str, Any]:
    named = {"destinationName": destination.name} if destination.name else {}
    return {
        **named,
        "origin": "FIT-Connect simulator",
        **destination.route,
        "destinationId": destination.id,
        "destinationSignature": signature(call, destination),
    }


def _serves(destination: Destination, key: str, ars: str) -> bool:
    return destination.status == "active" and any(
        service["identifier"] == LEIKA + key
        and any(ars.startswith(region.removeprefix("DE")) for region in service["regions"])
        for service in destination.services
    )


def _ars(call: Call, name: str, value: str) -> str | None:
    if name == "ars":
        return value
    for area in call.platform.areas:
        if value == (area.ags if name == "ags" else area.id):
            return area.ars
    return None


def _searchable(expression: str) -> bool:
    pieces = [piece for piece in expression.split("*") if piece]
    return bool(pieces) and all(len(piece) >= 2 for piece in pieces)


def _matches(area: Area, expression: str) -> bool:
    pattern = ".*".join(re.escape(piece) for piece in expression.split("*"))
    whole = re.compile(pattern, re.IGNORECASE)
    words = [area.name, *re.split(r"[\s()/,-]+", area.name), *area.postcodes]
    return any(whole.fullmatch(word) for word in words)


def _wrong(detail: str) -> Problem:
    return Problem(400, "bad-request", "Bad request", detail, base=ROUTING_BASE)
