"""The metadata of what we send, put together from the receipts of its parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from caseway import __version__
from caseway.rails.contract import Receipt, Step
from caseway.rails.fit_connect.metadata import (
    AttachmentPart,
    DataPart,
    Extras,
    build_metadata,
    metadata_bytes,
)
from caseway.rails.fit_connect.metadata_versions import parse
from caseway.rails.fit_connect.plan import ATTACHMENT

_AUTHOR = {
    "name": "Caseway",
    "product": {"name": "Caseway", "version": __version__, "manufacturer": "Caseway"},
}


def metadata_of(step: Step, announced: Receipt, data_sha512: str) -> bytes:
    """Return the metadata of a submission or reply as they are encrypted. Raises `Invalid`."""
    version = announced.facts["metadata_version"]
    data = DataPart(announced.facts["schema_uri"], step.payload["media_type"], data_sha512)
    extras = Extras(
        service=step.payload.get("service"),
        reply_channel=step.payload.get("reply"),
        references=step.payload.get("references"),
        author=_AUTHOR if (parse(version) or (0, 0, 0)) >= (1, 1, 0) else None,
    )
    return metadata_bytes(build_metadata(version, data, list(_attachments(_uploaded(step))), extras))


def _uploaded(step: Step) -> list[Receipt]:
    """The receipts of this submission's attachments, in the order of its documents and their fragments."""
    prefix = f"{ATTACHMENT}:{step.key.split(':')[1]}:"
    found = [one for key, one in step.receipts.items() if key.startswith(prefix)]
    return sorted(found, key=lambda one: (one.facts["document"]["number"], one.facts["offset"]))


def _attachments(uploaded: Iterable[Receipt]) -> Iterator[AttachmentPart]:
    for _, group in groupby(uploaded, key=lambda one: one.facts["document"]["id"]):
        pieces = list(group)
        told = pieces[0].facts["document"]
        yield AttachmentPart(
            id=told["id"],
            purpose=told["purpose"],
            media_type=told["media_type"],
            sha512=pieces[0].facts["sha512"],
            filename=told["filename"],
            description=told["description"],
            fragments=[one.remote_id for one in pieces] if told["fragments"] > 1 else (),
        )
