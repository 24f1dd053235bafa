"""Making metadata: what goes with a submission or a reply, in the version that was negotiated.

What a version does not have is refused, not left out: 1.x has no data sets, 2.x no authentication
information. The result has passed our own check (`metadata_checks`).

Codes (`fit_connect.…`), all `Invalid`:
- `metadata_part_unfit`: something was to be said that this version cannot say
- `metadata_violates`: what was to be said breaks a rule; `details["at"]` tells where
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caseway.core.errors import Invalid
from caseway.rails.fit_connect import segments
from caseway.rails.fit_connect.metadata_checks import check_metadata
from caseway.rails.fit_connect.metadata_versions import Version, parse, schema_uri

_FRAGMENTS_SINCE: Version = (1, 5, 0)


@dataclass(frozen=True)
class DataPart:
    """The subject data: schema, media type of the data, SHA-512 of the plaintext in hex."""

    schema_uri: str
    media_type: str  # application/json | application/xml
    sha512: str
    signature: Mapping[str, Any] | None = None  # as on the wire


@dataclass(frozen=True)
class AttachmentPart:
    """An attachment; with `fragments` its hash is that of the joined file."""

    id: str
    purpose: str  # form | attachment | report | data
    media_type: str
    sha512: str
    filename: str = ""
    description: str = ""
    fragments: Sequence[str] = ()
    signature: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Extras:
    """What may be said besides, each member as on the wire.

    `service` {identifier, name, description} is said in 1.x only: in 2.x it stands in the announcement.
    `authentication` is for 1.x, `data_sets` for 2.x, `author` from 1.1 on.
    """

    service: Mapping[str, Any] | None = None
    reply_channel: Mapping[str, Any] | None = None
    payment: Mapping[str, Any] | None = None
    references: Mapping[str, Any] | None = None
    author: Mapping[str, Any] | None = None
    authentication: Sequence[Mapping[str, Any]] = ()
    data_sets: Sequence[Mapping[str, Any]] = ()


def build_metadata(
    version: str, data: DataPart | None, attachments: Sequence[AttachmentPart], extras: Extras | None = None
) -> dict[str, Any]:
    """Return metadata of a version such as 2.1.0, checked. Raises `Invalid` with one of the codes above."""
    found = parse(version)
    if found is None:
        raise ValueError("not a version")
    structure: dict[str, Any] = {} if data is None else {"data": _data(data)}
    structure["attachments"] = [_attachment(one, found) for one in attachments]
    metadata = {"$schema": schema_uri(version), "contentStructure": structure}
    metadata |= _said(extras or Extras(), found)
    check_metadata(metadata, version)
    return metadata


def metadata_bytes(metadata: dict[str, Any]) -> bytes:
    """Return metadata as they are encrypted."""
    return segments.write_object(metadata)


def reply_by_fit_connect(public_jwk: Mapping[str, Any], standards: Sequence[str]) -> dict[str, Any]:
    """Return the reply channel for answers over FIT-Connect; the key is published without a certificate."""
    key = {name: public_jwk[name] for name in ("kty", "key_ops", "alg", "kid", "n", "e")}
    return {"fitConnect": {"processStandards": list(standards), "encryptionPublicKey": key}}


def data_set(
    set_id: str, schema: str, media_type: str, content: str, description: str = ""
) -> dict[str, Any]:
    """Return a data set of 2.x whose content is a text, such as an evidence of identity in JOSE.

    The hash is over the text in UTF-8; how other content would be hashed is not told anywhere.
    """
    return {
        "dataSetId": set_id,
        "schema": {"schemaUri": schema, "mimeType": media_type},
        "hash": _hash(hashlib.sha512(content.encode()).hexdigest()),
        **({"description": description} if description else {}),
        "content": content,
    }


def says_fragments(version: str) -> bool:
    """Say whether metadata of a version have a place for attachments in fragments."""
    return (parse(version) or (0, 0, 0)) >= _FRAGMENTS_SINCE


def _said(extras: Extras, version: Version) -> dict[str, Any]:
    in_1, in_2 = version[0] == 1, version[0] == 2
    _only_if(in_1 or not extras.authentication, "authentication information")
    _only_if(in_2 or not extras.data_sets, "data sets")
    _only_if(version >= (1, 1, 0) or not extras.author, "an author")
    said = {
        "publicServiceType": extras.service if in_1 else None,
        "replyChannel": extras.reply_channel,
        "paymentInformation": extras.payment,
        "additionalReferenceInfo": extras.references,
        "author": extras.author,
        "authenticationInformation": list(extras.authentication),
        "dataSets": list(extras.data_sets),
    }
    return {name: value for name, value in said.items() if value}


def _data(data: DataPart) -> dict[str, Any]:
    return {
        "hash": _hash(data.sha512),
        **_signature(data.signature),
        "submissionSchema": {"schemaUri": data.schema_uri, "mimeType": data.media_type},
    }


def _attachment(part: AttachmentPart, version: Version) -> dict[str, Any]:
    _only_if(version >= _FRAGMENTS_SINCE or not part.fragments, "attachments in fragments")
    optional = {"filename": part.filename, "description": part.description, "fragments": list(part.fragments)}
    return {
        "hash": _hash(part.sha512),
        **_signature(part.signature),
        "purpose": part.purpose,
        **{name: value for name, value in optional.items() if value},
        "mimeType": part.media_type,
        "attachmentId": part.id,
    }


def _hash(sha512: str) -> dict[str, str]:
    return {"type": "sha512", "content": sha512}


def _signature(signature: Mapping[str, Any] | None) -> dict[str, Any]:
    return {"signature": dict(signature)} if signature else {}


def _only_if(fits: bool, what: str) -> None:
    if not fits:
        raise Invalid(
            f"This version of the metadata has no place for {what}.",
            code="fit_connect.metadata_part_unfit",
            remedy="Ask the authority for a newer version, or do not send it.",
        )
