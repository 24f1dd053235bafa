"""Security Event Tokens that come: signature, issuer, subject, state, content (facts 5.1, 5.2)."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from caseway.rails.fit_connect.simulator import jose
from caseway.rails.fit_connect.simulator.events import EVENTS, SCHEMA_PATTERN, TYPE
from caseway.rails.fit_connect.simulator.model import Case, Event, Parcel
from caseway.rails.fit_connect.simulator.problem import Problem, conflict, forbidden, unprocessable

if TYPE_CHECKING:
    from caseway.rails.fit_connect.simulator.call import Call

EARLIEST = 1577833200
FUTURE_SECONDS = 300
NEXT_STATUS = {"accept": "accepted", "reject": "rejected", "forward": "forwarded"}
OLD_SCHEMA = "1.0.0"


def wrong(detail: str) -> Problem:
    """422: the token's content is wrong."""
    return unprocessable("invalid-security-event-token", "Invalid security event token", detail)


def check(call: Call, case: Case, token: str) -> tuple[Parcel, str, Event]:
    """Return the parcel a token is about, its new status, and the event to keep. Raises 409 or 422."""
    try:
        header, claims = jose.header_and_claims(token)
    except jose.NotJose as problem:
        raise wrong(f"The body is {problem}.") from None
    if header.get("typ") != TYPE or header.get("alg") != "PS512" or not isinstance(header.get("kid"), str):
        raise wrong("The header is not typ secevent+jwt, alg PS512 and a kid.")
    _claims(call, case, claims)
    uri, payload = _event(claims)
    parcel = _parcel(call, case, claims)
    verb = _verb(call, parcel, uri)
    _signature(call, case, parcel, token, header, claims)
    if parcel.status not in ("submitted", "forwarded") or (
        verb == "forward" and parcel.status == "forwarded"
    ):
        raise conflict(f"The {parcel.kind} is {parcel.status}.")
    _content(call, parcel, verb, payload)
    event = Event(uri.removeprefix(EVENTS), parcel.subject, claims["iss"], call.platform.seconds(), token)
    return parcel, NEXT_STATUS[verb], event


def _claims(call: Call, case: Case, claims: dict[str, Any]) -> None:
    texts = ("jti", "iss", "sub", "txn")
    missing = [name for name in texts if not isinstance(claims.get(name), str)]
    if missing:
        raise wrong(f"The claim {missing[0]} is missing.")
    moment = claims.get("iat")
    if not isinstance(moment, int) or isinstance(moment, bool) or moment < EARLIEST:
        raise wrong("The claim iat is missing or too small.")
    if moment > call.platform.seconds() + FUTURE_SECONDS:
        raise wrong("The claim iat lies in the future.")
    try:
        uuid.UUID(claims["jti"])
    except ValueError:
        raise wrong("The claim jti is not a UUID.") from None
    if claims["txn"].lower() != f"case:{case.id}":
        raise wrong("The claim txn is not this case.")
    _schema(call, claims.get("$schema"))


def _schema(call: Call, uri: object) -> None:
    if uri is None and call.version == "v1":
        return
    found = SCHEMA_PATTERN.fullmatch(uri) if isinstance(uri, str) else None
    if found is None or (call.version == "v2" and found[1] == OLD_SCHEMA):
        raise wrong("Payload Schema not supported")


def _event(claims: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    events = claims.get("events")
    if not isinstance(events, dict) or len(events) != 1:
        raise wrong("The claim events does not hold exactly one event.")
    [(uri, payload)] = events.items()
    if not uri.startswith(EVENTS) or not isinstance(payload, dict):
        raise wrong("The event is unknown.")
    return uri, payload


def _parcel(call: Call, case: Case, claims: dict[str, Any]) -> Parcel:
    kind, _, identity = claims["sub"].partition(":")
    parcel = call.platform.store.parcels.get(identity.lower())
    if parcel is None or parcel.kind != kind or parcel.case_id != case.id:
        raise wrong("The claim sub is nothing of this case.")
    return parcel


def _verb(call: Call, parcel: Parcel, uri: str) -> str:
    verb, _, kind = uri.removeprefix(EVENTS).partition("-")
    allowed = ("accept", "reject", "forward") if parcel.version == "v1" else ("accept", "reject")
    if kind != parcel.kind or verb not in allowed:
        raise wrong("This event may not be sent here.")
    if not call.platform.receives(call.caller(), parcel):
        raise forbidden(f"Only the receiving side answers a {parcel.kind}.")
    return verb


def _signature(
    call: Call, case: Case, parcel: Parcel, token: str, header: dict[str, Any], claims: dict[str, Any]
) -> None:
    """The receiver's side signs: the destination, or the client that sent what is replied to."""
    if parcel.sent_by == "sender":
        issuer = case.destination_id
        destination = call.platform.store.destinations.get(issuer)
        key = call.platform.destination_key(destination, header["kid"]) if destination else None
    else:
        issuer = case.client
        key = call.caller().keys.get(header["kid"])
    if claims["iss"].lower() != issuer.lower():
        raise wrong("The claim iss is not the receiving side of this case.")
    if key is None or key.get("key_ops") != ["verify"]:
        raise wrong("The kid is no signing key of the issuer.")
    if not jose.verified(token, key):
        raise wrong("The signature does not verify.")


def _content(call: Call, parcel: Parcel, verb: str, payload: dict[str, Any]) -> None:
    if verb == "reject":
        _problems(payload.get("problems"))
        return
    given = payload.get("authenticationTags")
    if given is None:
        if call.platform.options.require_tags and verb == "accept":
            raise wrong("The event has no authenticationTags.")
        call.platform.tally("events_without_tags")
        return
    if not isinstance(given, dict) or {"attachments": {}, **given} != parcel.tags():
        raise wrong("The authenticationTags are not those of what was submitted.")


def _problems(problems: object) -> None:
    if not isinstance(problems, list) or not problems:
        raise wrong("A rejection lists its problems.")
    for problem in problems:
        if not isinstance(problem, dict):
            raise wrong("A problem is an object.")
        missing = [
            name for name in ("type", "title", "detail", "instance") if not isinstance(problem.get(name), str)
        ]
        if missing:
            raise wrong(f"A problem has no {missing[0]}.")
