"""Our own events: what was taken over, refused or passed on, signed by the key of our destination.

A reply that was sent to us is answered by us as its receiver; under which issuer is not settled in public:
the setting `reply_issuer` says (README.md, doubts).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from caseway.core.errors import OutcomeUnknown
from caseway.rails.contract import Link, Receipt, Step
from caseway.rails.fit_connect import log
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.errors import NotThere, StateConflict
from caseway.rails.fit_connect.events import Events
from caseway.rails.fit_connect.sets import Tags, accepted, claims_of, rejected, sign
from caseway.rails.inbound import Problem


def send(step: Step, link: Link) -> Receipt:
    """Put one event into the log of its case (`Rail.send`)."""
    brief = step.payload
    claims = claims_of(
        event_of(brief),
        payload_of(brief),
        issuer=_issuer(brief, link),
        about=brief["kind"],
        about_id=brief["remote_id"],
        case_id=brief["remote_case_id"],
    )
    token = sign(claims, link.keys.signing())
    step.checkpoint({"sent": [*step.progress.get("sent", []), log.digest_of(token)]})
    try:
        Events(Client.of(link)).post(brief["remote_case_id"], token)
    except StateConflict as error:
        raise OutcomeUnknown(
            "It was answered before, perhaps by a try of ours whose answer was lost.",
            code="fit_connect.answered_before",
            **error.details,
        ) from error
    return Receipt(claims["jti"], {"remote_case_id": brief["remote_case_id"], "event": event_of(brief)})


def probe(step: Step, link: Link) -> Receipt | None:
    """Look for our event in the log (`Rail.probe`). An answer of somebody else's is for a person to judge."""
    brief = step.payload
    about = f"{brief['kind']}:{brief['remote_id']}"
    try:
        entries = log.read(brief["remote_case_id"], link, destinations=(_issuer(brief, link),))
    except NotThere:
        return None
    ours = step.progress.get("sent", [])  # byte for byte what we signed, whether its key is published or not
    for entry in entries:
        if entry.about.lower() != about.lower() or entry.what not in _final(brief["kind"]):
            continue
        if entry.what == event_of(brief) and (entry.verified or entry.digest in ours):
            facts = {"remote_case_id": brief["remote_case_id"], "event": entry.what}
            return Receipt(entry.facts.get("jti", entry.digest), facts, adopted=True)
        if not entry.verified:
            raise OutcomeUnknown(
                f"The log says that it was answered, and cannot be verified: {entry.sentence}",
                code="fit_connect.log_not_verified",
                because=entry.code,
            )
        raise log.decided_otherwise(entry)
    return None


def event_of(brief: Mapping[str, Any]) -> str:
    """Return the event in the platform's word: accept-submission, reject-reply …"""
    return f"{brief['event']}-{brief['kind']}"


def payload_of(brief: Mapping[str, Any]) -> dict[str, Any]:
    """Return the payload of the event."""
    if brief["event"] == "accept":
        tags = brief.get("tags") or {}
        return accepted(Tags(tags["metadata"], tags.get("data"), tags.get("attachments") or {}))
    if brief["event"] == "reject":
        return rejected(Problem(**one) for one in brief.get("problems") or ())
    return {}


def _final(kind: str) -> tuple[str, ...]:
    return (f"accept-{kind}", f"reject-{kind}", f"forward-{kind}", f"delete-{kind}")


def _issuer(brief: Mapping[str, Any], link: Link) -> str:
    settings = link.settings
    if brief["kind"] == "reply":
        as_client = settings.reply_issuer == "client"
        return str(settings.client_id if as_client else settings.sender_destination_id)
    return str(brief["destination"])
