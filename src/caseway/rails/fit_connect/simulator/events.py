"""The log of a case: the platform's own Security Event Tokens, and those that come (facts 5; RFC 8417)."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from caseway.rails.fit_connect.simulator import jose
from caseway.rails.fit_connect.simulator.model import Event, Parcel

if TYPE_CHECKING:
    from caseway.rails.fit_connect.simulator.platform import Platform

EVENTS = "https://schema.fitko.de/fit-connect/events/"
PROBLEMS = f"{EVENTS}problems/"
SCHEMA = "https://schema.fitko.de/fit-connect/set-payload/{}/set-payload.schema.json"
SCHEMA_PATTERN = re.compile(
    r"https://schema\.fitko\.de/fit-connect/set-payload/(1\.\d+\.\d+)/set-payload\.schema\.json", re.ASCII
)
TYPE = "secevent+jwt"


def record(platform: Platform, parcel: Parcel, name: str, payload: dict[str, Any] | None = None) -> Event:
    """Write an event of the platform's own into the log of a parcel's case."""
    case = platform.store.cases[parcel.case_id]
    issuer = platform.addresses.issuer(case.version)
    claims = {
        "$schema": SCHEMA.format(platform.options.sets_version),
        "jti": str(uuid.uuid4()),
        "iss": issuer,
        "iat": int(platform.seconds()),
        "sub": parcel.subject,
        "txn": f"case:{case.id}",
        "events": {f"{EVENTS}{name}": payload or {}},
    }
    token = jose.sign(claims, platform.service_key(), platform.service_kid, TYPE)
    event = Event(name, parcel.subject, issuer, platform.seconds(), token)
    platform.store.log_event(case, event)
    return event


def tags(parcel: Parcel) -> dict[str, Any]:
    """Return the payload of an event that carries authenticationTags."""
    return {"authenticationTags": parcel.tags()}


def spoiled(platform: Platform, event: Event, kind: str, setting: str = "") -> str:
    """Return an event of the platform's own as a faulty platform would show it."""
    header, claims = jose.header_and_claims(event.jws)
    if kind == "wrong_set_signature":
        head, payload, signature = event.jws.split(".")
        return f"{head}.{payload}.{flipped(signature)}"
    if kind == "wrong_issuer":
        claims["iss"] = setting
    if kind == "tamper_tag_in_set":
        for payload in claims["events"].values():
            _tamper(payload.get("authenticationTags", {}))
    return jose.sign(claims, platform.service_key(), str(header["kid"]), TYPE)


def flipped(text: str) -> str:
    """Return the text with its first character another."""
    return ("B" if text[:1] == "A" else "A") + text[1:]


def _tamper(found: dict[str, Any]) -> None:
    for name in ("metadata", "data"):
        if name in found:
            found[name] = flipped(found[name])
    attachments = found.get("attachments", {})
    for name in attachments:
        attachments[name] = flipped(attachments[name])
