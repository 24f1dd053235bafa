"""Announcing: whom it goes to, whether it can be said and read there, and then the first call of a delivery.

Everything that can be known to stand against a submission is found here, before anything is uploaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from caseway.core.errors import Invalid
from caseway.rails.contract import Link, Receipt, Step
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.described import check_sayable
from caseway.rails.fit_connect.plan import SUBMIT
from caseway.rails.fit_connect.recipient import Recipient, find_recipient, reply_key
from caseway.rails.fit_connect.replies import Replies
from caseway.rails.fit_connect.submissions import Announcement, Created, Submissions
from caseway.rails.subject_data import check_subject_data

_DOUBTS = {
    "fit_connect.revocation_unknown": "It could not be told whether a certificate of the key was revoked.",
    "fit_connect.certificate_self_signed": "Nobody but the key itself vouches for it; allowed in tests only.",
}


def announce(step: Step, link: Link) -> Receipt:
    """Announce a submission or a reply (`Rail.send`)."""
    if "reply_to" in step.payload:
        return _announce_reply(step, link)
    recipient = find_recipient(step.payload, link)
    check_sayable(step.payload, recipient.metadata_version, recipient.schema_uri)
    doubts = tuple(_DOUBTS.get(code, code) for code in recipient.warnings)
    warnings = (*doubts, *_check_data(step, recipient.schema_uri, link))
    created = _create(step, recipient, link)
    facts = {
        "what": "submission",
        "remote_case_id": created.case_id,
        "destination_id": recipient.destination.id,
        "destination_name": recipient.destination.name,
        "kid": recipient.key.kid,
        "schema_uri": recipient.schema_uri,
        "metadata_version": recipient.metadata_version,
    }
    return Receipt(created.submission_id, facts, warnings=warnings)


def _announce_reply(step: Step, link: Link) -> Receipt:
    case_id, version = step.payload["reply_to"], step.payload["metadata_version"]
    key = reply_key(step.payload["reply_key"])
    standards = step.payload.get("reply_standards") or []
    schema_uri = standards[0] if standards else ""
    check_sayable(step.payload, version, schema_uri)
    warnings = _check_data(step, schema_uri, link)
    reply_id = Replies(Client.of(link)).create(case_id, _ids(step.payload))
    facts = {
        "what": "reply",
        "remote_case_id": case_id,
        "kid": key.kid,
        "reply_key": step.payload["reply_key"],
        "schema_uri": schema_uri,
        "metadata_version": version,
    }
    return Receipt(reply_id, facts, warnings=warnings)


def _create(step: Step, recipient: Recipient, link: Link) -> Created:
    settings = link.settings
    destination_id = recipient.destination.id
    return Submissions(Client.of(link)).create(
        Announcement(
            destination_id=destination_id,
            attachments=_ids(step.payload),
            service_identifier=step.payload["service"],
            service_name=step.payload["service_name"],
            # Only a regional key is a region to the platform (`DE` + ARS).
            region=step.payload.get("region", "") if settings.region_kind == "ars" else "",
            case_id=_case_so_far(step, destination_id),
            sender_destination_id=settings.sender_destination_id,
            callback_url=settings.callback_url,
            callback_secret=settings.callback_secret,
        )
    )


def _ids(payload: Mapping[str, Any]) -> list[str]:
    return [piece for one in payload["attachments"] for piece in one["pieces"]]


def _case_so_far(step: Step, destination_id: str) -> str:
    """The remote case of an earlier submission to this destination on this case: this one continues it."""
    earlier = [
        str(one.facts.get("remote_case_id", ""))
        for key, one in step.receipts.items()
        if key.startswith(f"{SUBMIT}:") and one.facts.get("destination_id") == destination_id
    ]
    return earlier[-1] if earlier else ""


def _check_data(step: Step, schema_uri: str, link: Link) -> tuple[str, ...]:
    """Hold the subject data against their schema, where it is registered. Raises `Invalid`."""
    schema = link.schemas.get(schema_uri)
    if schema is None or step.document is None:
        return (f"The subject data were not checked: the schema {schema_uri} is not registered.",)
    with step.document.open() as stream:
        problems = check_subject_data(schema, stream)
    if problems:
        raise Invalid(
            "The subject data do not keep their schema.",
            code="fit_connect.subject_data_invalid",
            remedy="Correct the form or its export; the problems say where.",
            schema=schema_uri,
            problems=problems[:20],
        )
    return ()
