"""The metadata of what arrived, as this product needs them, after they were checked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from caseway.rails.fit_connect.faults import Faults
from caseway.rails.fit_connect.metadata_checks import MetadataRefused, read_metadata

# Metadata 2.1.0 and 1.x, replyChannel: the channel there, the channel here, the member that is the address.
_WAYS = {
    "eMail": ("email", "address"),
    "deMail": ("de_mail", "address"),
    "fink": ("fink", "finkPostfachRef"),
    "elster": ("elster", "accountId"),
    "idBundDeMailbox": ("mailbox", "mailboxUuid"),
    "fitConnect": ("fit_connect", ""),
}
_KEPT = ("paymentInformation", "additionalReferenceInfo", "author", "dataSets", "authenticationInformation")


@dataclass(frozen=True)
class DescribedAttachment:
    """An attachment as the metadata describe it; `parts` are what was uploaded: itself, or its fragments."""

    id: str
    parts: Sequence[str]
    sha512: str
    media_type: str
    filename: str
    description: str
    purpose: str


@dataclass(frozen=True)
class Described:
    """What the metadata say of a submission or reply."""

    version: str
    schema_uri: str  # these three are empty where there are no subject data (v1)
    data_type: str
    data_sha512: str
    service_identifier: str  # 1.x may name it; empty where not
    attachments: Sequence[DescribedAttachment]
    reply_channel: Mapping[str, Any] = field(repr=False)
    kept: Mapping[str, Any] = field(repr=False)  # kept with the submission: payment, references, identity

    @property
    def part_ids(self) -> Sequence[str]:
        """The ids under which content was uploaded, in lower case."""
        return [part for one in self.attachments for part in one.parts]


def described_by(
    content: bytes, faults: Faults, accepted: Collection[str] | None, *, old_senders: bool = False
) -> Described:
    """Return checked metadata. Raises `Rejectable` where they break the schema or our stricter rules."""
    try:
        metadata = read_metadata(content, accepted, unnamed="1.0.0" if old_senders else None)
    except MetadataRefused as error:
        raise faults.metadata(error) from error
    structure = metadata["contentStructure"]
    data = structure.get("data") or {
        "submissionSchema": {"schemaUri": "", "mimeType": ""},
        "hash": {"content": ""},
    }
    return Described(
        version=_version(metadata),
        schema_uri=data["submissionSchema"]["schemaUri"],
        data_type=data["submissionSchema"]["mimeType"],
        data_sha512=data["hash"]["content"],
        service_identifier=metadata.get("publicServiceType", {}).get("identifier", ""),
        attachments=[_attachment(one) for one in structure.get("attachments", ())],
        reply_channel=metadata.get("replyChannel") or {},
        kept={name: metadata[name] for name in _KEPT if name in metadata},
    )


def reply_way(channel: Mapping[str, Any]) -> dict[str, Any]:
    """Return the way to answer in this product's words: `channel`, `address`, and what the channel needs."""
    for name, (way, address) in _WAYS.items():
        if isinstance(channel.get(name), dict):
            told = channel[name]
            rest = {key: value for key, value in told.items() if key != address}
            return {"channel": way, **({"address": told.get(address, "")} if address else {}), **rest}
    return {}


def _version(metadata: Mapping[str, Any]) -> str:
    schema = str(metadata.get("$schema", ""))
    return schema.split("/metadata/")[-1].split("/")[0] if schema else "1.0.0"


def _attachment(told: Mapping[str, Any]) -> DescribedAttachment:
    id_ = told["attachmentId"].lower()
    return DescribedAttachment(
        id=id_,
        parts=[one.lower() for one in told.get("fragments", ())] or [id_],
        sha512=told["hash"]["content"],
        media_type=told["mimeType"],
        filename=told.get("filename", ""),
        description=told.get("description", ""),
        purpose=told["purpose"],
    )
