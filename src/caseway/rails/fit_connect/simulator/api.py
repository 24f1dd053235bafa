"""Which method and path of which API means what, and who may ask."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import format_datetime

from caseway.rails.fit_connect.simulator import (
    cases,
    destinations,
    notices,
    replies,
    routing,
    submissions,
    switches,
    transfer,
)
from caseway.rails.fit_connect.simulator.addresses import belongs
from caseway.rails.fit_connect.simulator.call import Call
from caseway.rails.fit_connect.simulator.model import CREATE, MANAGE, SEND, SUBSCRIBE, Version
from caseway.rails.fit_connect.simulator.platform import Platform
from caseway.rails.fit_connect.simulator.problem import Problem, forbidden
from caseway.testing.simulator import Hangup, Request, Response, json_response
from caseway.testing.simulator.base import Note

Operation = Callable[[Call], Response]
V1, V2, DESTINATION = "submission_v1", "submission_v2", "destination"
PUBLIC, ANY = "public", "any"


@dataclass(frozen=True)
class Route:
    """One operation. `access` is a scope, `any` for every client, or `public`."""

    kinds: tuple[str, ...]
    method: str
    path: str
    action: str
    access: str
    operation: Operation


def _info(call: Call) -> Response:
    return json_response({"version": {"major": int(call.version[1]), "minor": 1, "patch": 3}})


def _service_keys(call: Call) -> Response:
    platform = call.platform
    return json_response({"keys": [platform.pki.key_jwk("service", platform.service_kid, "verify")]})


def _portal_keys(call: Call) -> Response:
    platform = call.platform
    return json_response({"keys": [platform.pki.key_jwk("portal", platform.portal_kid, "verify")]})


def _token(call: Call) -> Response:
    return call.platform.login.token(call.request)


_D, _K = "destinations/{destinationId}", "destinations/{destinationId}/keys"
_S, _R = "submissions/{submissionId}", "replies/{replyId}"
_SUB = (V1, V2)
ROUTES: tuple[Route, ...] = (
    Route(("token",), "POST", "token", "token", PUBLIC, _token),
    Route((V1,), "GET", _D, "get_destination", ANY, destinations.show),
    Route((V2, DESTINATION), "GET", _D, "get_destination", PUBLIC, destinations.show),
    Route((V1, V2, DESTINATION), "GET", _K + "/{keyId}", "get_key", PUBLIC, destinations.show_key),
    Route((DESTINATION,), "GET", _K, "list_keys", PUBLIC, destinations.show_keys),
    Route((V1, DESTINATION), "GET", "destinations", "list_destinations", MANAGE, destinations.mine),
    Route((V1, DESTINATION), "POST", "destinations", "create_destination", CREATE, destinations.create),
    Route((V1, DESTINATION), "PUT", _D, "update_destination", MANAGE, destinations.update),
    Route((V1, DESTINATION), "PATCH", _D, "update_destination", MANAGE, destinations.update),
    Route((V1, DESTINATION), "DELETE", _D, "delete_destination", MANAGE, destinations.delete),
    Route((V1, DESTINATION), "POST", _K, "add_key", MANAGE, destinations.add_key),
    Route(_SUB, "POST", "submissions", "create_submission", SEND, submissions.create),
    Route(_SUB, "GET", "submissions", "list_submissions", SUBSCRIBE, submissions.pickup),
    Route(_SUB, "PUT", _S, "submit", SEND, submissions.submit),
    Route(_SUB, "GET", _S, "get_submission", SUBSCRIBE, submissions.fetch),
    Route(_SUB, "GET", _S + "/events", "get_events", ANY, cases.parcel_log),
    Route(_SUB, "PUT", _S + "/attachments/{attachmentId}", "put_attachment", SEND, transfer.put_attachment),
    Route(
        _SUB, "GET", _S + "/attachments/{attachmentId}", "get_attachment", SUBSCRIBE, transfer.get_attachment
    ),
    Route(_SUB, "GET", "cases/{caseId}/events", "get_events", ANY, cases.case_log),
    Route(_SUB, "POST", "cases/{caseId}/events", "post_event", ANY, cases.post_event),
    Route(_SUB, "POST", "replies", "create_reply", SUBSCRIBE, replies.create),
    Route(_SUB, "GET", "replies", "list_replies", SEND, replies.pickup),
    Route(_SUB, "PUT", _R, "submit_reply", SUBSCRIBE, replies.submit),
    Route(_SUB, "GET", _R, "get_reply", SEND, replies.fetch),
    Route(_SUB, "GET", _R + "/events", "get_events", ANY, cases.parcel_log),
    Route(
        _SUB, "PUT", _R + "/attachments/{attachmentId}", "put_attachment", SUBSCRIBE, transfer.put_attachment
    ),
    Route(_SUB, "GET", _R + "/attachments/{attachmentId}", "get_attachment", SEND, transfer.get_attachment),
    Route(_SUB, "GET", "info", "info", PUBLIC, _info),
    Route(_SUB, "GET", ".well-known/jwks.json", "jwks", PUBLIC, _service_keys),
    Route(("portal",), "GET", ".well-known/jwks.json", "portal_jwks", PUBLIC, _portal_keys),
    Route(("routing",), "GET", "routes", "routes", PUBLIC, routing.routes),
    Route(("routing",), "GET", "areas", "areas", PUBLIC, routing.areas),
    Route(("routing",), "GET", "info", "routing_info", PUBLIC, routing.info),
)
ACTIONS = tuple(sorted({route.action for route in ROUTES} | {"callback", "clock", "crl", "ocsp", "connect"}))


class Api:
    """Answers every request to the platform's own APIs."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def answer(self, request: Request, note: Note) -> Response:
        """Answer one request. Raises `Hangup` where a switch says so."""
        for parcel in self._platform.deadlines.pass_by():
            notices.both_events(self._platform, parcel)
        try:
            response = self._answer(request, note)
        except Problem as problem:
            response = problem.response()
        moment = self._platform.store.clock.now()
        response.headers.append(("Date", format_datetime(moment, usegmt=True)))
        return response

    def _answer(self, request: Request, note: Note) -> Response:
        route, call = self._find(request, note)
        if self._platform.options.require_user_agent and not request.headers.get("user-agent"):
            raise forbidden("A User-Agent header is needed.")
        slow = call.fault("slow")
        if slow is not None:
            time.sleep(slow.parameters["seconds"])
        fault = self._platform.faults.first(switches.REFUSING, call.action, call.names)
        if fault is not None:
            note.applied(fault.kind)
            return switches.refusal(fault)
        self._admit(route, call)
        response = route.operation(call)
        if call.fault("drop_reply"):
            raise Hangup
        return response

    def _find(self, request: Request, note: Note) -> tuple[Route, Call]:
        place = belongs(self._platform.options.roots, request.segments)
        kind, rest = place if place is not None else ("", [])
        if rest and rest[0] in ("v1", "v2"):
            rest = rest[1:]
        version: Version = "v1" if kind in (V1, "routing") else "v2"
        methods = set()
        for route in ROUTES:
            parameters = _match(route.path, rest) if kind in route.kinds else None
            if parameters is None:
                continue
            if route.method == request.method:
                note.action, note.name = route.action, "/".join(parameters.values())
                names = list(parameters.values())
                return route, Call(
                    self._platform, request, note, kind, route.action, version, parameters, None, names
                )
            methods.add(route.method)
        note.action = "unknown"
        if methods:
            allowed = ", ".join(sorted(methods))
            raise Problem(405, "method-not-allowed", "Method not allowed", headers=[("Allow", allowed)])
        raise Problem(404, "resource-not-found", "Resource not found", "There is no such path.")

    def _admit(self, route: Route, call: Call) -> None:
        login = self._platform.login
        if route.access == PUBLIC:
            call.client = login.visitor(call.request) if route.action == "get_destination" else None
            return
        call.client = login.client(call.request)
        if route.access != ANY and route.access not in call.client.scopes:
            raise forbidden("The token has not the scope for this.")


def _match(path: str, rest: list[str]) -> dict[str, str] | None:
    wanted = path.split("/")
    if len(wanted) != len(rest):
        return None
    parameters: dict[str, str] = {}
    for piece, given in zip(wanted, rest, strict=True):
        if piece.startswith("{"):
            parameters[piece[1:-1]] = given
        elif piece != given:
            return None
    return parameters
