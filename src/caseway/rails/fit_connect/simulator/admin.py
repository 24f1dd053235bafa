"""The admin API under /admin (also /_sim), JSON, and the forms of the page."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from caseway.core.errors import CasewayError
from caseway.rails.fit_connect.simulator import jose, notices, page, seed
from caseway.rails.fit_connect.simulator.counts import counts, describe, describe_destination
from caseway.rails.fit_connect.simulator.described import STATUSES
from caseway.testing.simulator import Request, Response, html_response, json_response

if TYPE_CHECKING:
    from caseway.rails.fit_connect.simulator.simulator import FitConnectSimulator

LIMIT = 1 << 20
ROOTS = ("admin", "_sim")


def answer(simulator: FitConnectSimulator, request: Request) -> Response:
    """Answer one request to /admin/… or to the page."""
    try:
        return _route(simulator, request)
    except CasewayError as problem:
        return json_response({"code": problem.code, "detail": problem.sentence}, problem.status)
    except (ValueError, TypeError, KeyError) as problem:
        return json_response({"code": "simulator.bad_request", "detail": str(problem)}, 400)


def _route(simulator: FitConnectSimulator, request: Request) -> Response:
    if not request.segments:
        return html_response(page.render(simulator))
    match (request.method, *request.segments[1:]):
        case ("GET", name) if name in _READ:
            return json_response(_READ[name](simulator))
        case ("GET", "destinations", destination_id, "private-keys"):
            return json_response({"keys": private_keys(simulator, destination_id)})
        case ("POST", "destinations", destination_id, "rotate"):
            destination = simulator.platform.store.destinations[destination_id]
            simulator.platform.rotate(destination)
            return json_response(describe_destination(destination))
        case ("POST", "destinations", destination_id, "status"):
            return _status(simulator, destination_id, _body(request))
        case ("POST", name) if name in _WRITE:
            return _WRITE[name](simulator, _body(request))
        case ("GET" | "POST" | "DELETE", "faults", *rest):
            return _faults(simulator, request, rest)
        case ("POST", "form", name):
            return _form(simulator, request, name)
    return json_response({"code": "simulator.not_found", "detail": "No such admin function."}, 404)


def private_keys(simulator: FitConnectSimulator, destination_id: str) -> list[dict[str, Any]]:
    """Return the private JWKs of a destination whose keys the simulator made."""
    destination = simulator.platform.store.destinations[destination_id]
    return [
        jose.private_jwk(simulator.platform.vault.key(key["made"]), kid, key["operation"])
        for kid, key in destination.keys.items()
        if "made" in key
    ]


def advance(simulator: FitConnectSimulator, seconds: float) -> None:
    """Move the platform's clock on, and do what is due then."""
    platform = simulator.platform
    platform.store.advance(seconds)
    for parcel in platform.deadlines.pass_by():
        notices.both_events(platform, parcel)


def _clock(simulator: FitConnectSimulator, data: dict[str, Any]) -> Response:
    advance(simulator, float(data["advance_seconds"]))
    return json_response({"now": simulator.platform.store.clock.now().isoformat()})


def _client(simulator: FitConnectSimulator, data: dict[str, Any]) -> Response:
    client = seed.add_client(simulator.platform, data)
    shown = {"id": client.id, "secret": client.secret, "kind": client.kind, "scopes": client.scopes}
    return json_response({**shown, "destinations": client.destinations}, 201)


def _destination(simulator: FitConnectSimulator, data: dict[str, Any]) -> Response:
    return json_response(describe_destination(seed.add_destination(simulator.platform, data)), 201)


def _status(simulator: FitConnectSimulator, destination_id: str, data: dict[str, Any]) -> Response:
    destination = simulator.platform.store.destinations[destination_id]
    if data["status"] not in STATUSES:
        raise ValueError(f"The status is one of {', '.join(STATUSES)}.")
    destination.status = data["status"]
    simulator.platform.store.save(destination)
    return json_response(describe_destination(destination))


def _certificate(simulator: FitConnectSimulator, data: dict[str, Any]) -> Response:
    """Issue a certificate for a public JWK (x5c may be empty): the answer is the JWK with its chain."""
    given = data["jwk"]
    key = jose.public_key(given)
    operation = str(given.get("key_ops", ["wrapKey"])[0])
    made = simulator.platform.pki.jwk(key, str(given["kid"]), operation, str(data.get("variant", "good")))
    return json_response(made, 201)


def _reset(simulator: FitConnectSimulator, data: dict[str, Any]) -> Response:
    simulator.reset()
    return Response(204)


def _revoke(simulator: FitConnectSimulator, data: dict[str, Any]) -> Response:
    simulator.platform.login.revoke()
    return Response(204)


_READ: dict[str, Callable[[FitConnectSimulator], Any]] = {
    "addresses": lambda simulator: simulator.addresses,
    "state": lambda simulator: describe(simulator.platform),
    "counts": lambda simulator: counts(simulator.platform),
    "log": lambda simulator: {"total": simulator.log.total, "entries": simulator.log.describe()},
    "callbacks": lambda simulator: {"callbacks": simulator.platform.caller.describe()},
}
_WRITE: dict[str, Callable[[FitConnectSimulator, dict[str, Any]], Response]] = {
    "clock": _clock,
    "clients": _client,
    "destinations": _destination,
    "certificates": _certificate,
    "reset": _reset,
    "revoke": _revoke,
}


def _body(request: Request) -> dict[str, Any]:
    data = json.loads(request.read_all(LIMIT) or b"{}")
    if not isinstance(data, dict):
        raise ValueError("The body is a JSON object.")
    return data


def _faults(simulator: FitConnectSimulator, request: Request, rest: list[str]) -> Response:
    if request.method == "POST":
        settings = _body(request)
        return json_response(simulator.faults.add(str(settings.pop("kind", "")), **settings).describe(), 201)
    if request.method == "DELETE":
        if rest:
            simulator.faults.remove(rest[0])
        else:
            simulator.faults.clear()
        return Response(204)
    known = [
        {"kind": switch.kind, "sentence": switch.sentence, "parameters": dict(switch.parameters)}
        for switch in simulator.faults.known.values()
    ]
    return json_response({"faults": [fault.describe() for fault in simulator.faults], "switches": known})


def _form(simulator: FitConnectSimulator, request: Request, name: str) -> Response:
    """A form of the page: change something, then show the page again. Other sites may not send one."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return json_response({"code": "simulator.foreign_form", "detail": "Not from this page."}, 403)
    form = {key: values[0] for key, values in parse_qs(request.read_all(LIMIT).decode()).items()}
    if name == "add":
        kind, value = form.pop("kind", ""), form.pop("value", "")
        wanted = simulator.faults.known.get(kind)
        parameters = list(wanted.parameters) if wanted else []
        given = {parameters[0]: value} if value and parameters else {}
        simulator.faults.add(kind, **{key: text for key, text in form.items() if text}, **given)
    elif name == "remove":
        simulator.faults.remove(form.get("id", ""))
    elif name == "advance":
        advance(simulator, float(form.get("days") or 0) * 86400)
    elif name == "reset":
        simulator.reset()
    return Response(303, [("Location", "/#switches")])
