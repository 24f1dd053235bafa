"""What submissions and replies have in common: attachments go up one by one, then metadata and data."""

from __future__ import annotations

import re
from dataclasses import dataclass

from caseway.core.errors import Invalid
from caseway.rails.fit_connect.body import Body
from caseway.rails.fit_connect.client import JOSE, JSON, Client
from caseway.rails.fit_connect.errors import Call

_COMPACT = re.compile(r"[A-Za-z0-9_.=-]+")  # Submission API 1.1.3, SubmitSubmission


@dataclass(frozen=True)
class Parcel:
    """What waits for us, as it was sent: who it is for, what it consists of, and its two encrypted texts."""

    remote_id: str
    case_id: str
    destination_id: str  # empty for a reply without one
    attachments: tuple[str, ...]
    service_identifier: str
    service_name: str
    region: str
    metadata: str
    data: str  # empty where there is none (v1)


def upload(client: Client, url: str, call: Call, content: Body) -> None:
    """Put one encrypted attachment; sent again it overwrites the one before."""
    client.send("PUT", url, call, content, JOSE)


def seal(client: Client, url: str, call: Call, metadata: str | Body, data: str | Body | None) -> None:
    """Put the encrypted metadata and data, by which it is sent.

    Raises `Invalid` (`fit_connect.data_missing`) where the API version asks for data and there is none.
    """
    if data is None and client.addresses.version != "v1":
        raise Invalid(
            "FIT-Connect takes nothing without subject data.",
            code="fit_connect.data_missing",
            remedy="Name a document for the subject data in the mapping.",
        )
    parts = [Body.of('{"encryptedMetadata":"'), _text(metadata)]
    if data is not None:
        parts += [Body.of('","encryptedData":"'), _text(data)]
    client.send("PUT", url, call, [*parts, Body.of('"}')], JSON)


def fetch(client: Client, url: str, call: Call, id_field: str) -> Parcel:
    """Read what waits for us. Raises `NotThere` when it does not wait any more."""
    told = client.read(url, call)
    if told.uuid(id_field) != call.object_id:
        raise told.unreadable(id_field)
    service = told.object("publicService", "serviceType")
    return Parcel(
        remote_id=told.uuid(id_field),
        case_id=told.uuid("caseId"),
        destination_id=told.uuid("destinationId", ""),
        attachments=told.uuids("attachments"),
        service_identifier=service.text("identifier", "") if service else "",
        service_name=service.text("name", "") if service else "",
        region=told.text("region", ""),
        metadata=told.text("encryptedMetadata"),
        data=told.text("encryptedData", ""),
    )


def _text(sealed: str | Body) -> Body:
    if isinstance(sealed, Body):
        return sealed
    if not _COMPACT.fullmatch(sealed):
        raise ValueError("not a compact JWE")
    return Body.of(sealed)
