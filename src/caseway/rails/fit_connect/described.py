"""The metadata of what we send: tried before anything is sent, then put together from what was uploaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from caseway import __version__
from caseway.rails.contract import Receipt
from caseway.rails.fit_connect.metadata import (
    AttachmentPart,
    DataPart,
    Extras,
    build_metadata,
    metadata_bytes,
)
from caseway.rails.fit_connect.metadata_versions import parse

_AUTHOR = {
    "name": "Caseway",
    "product": {"name": "Caseway", "version": __version__, "manufacturer": "Caseway"},
}
_UNKNOWN_YET = "0" * 128


def check_sayable(payload: Mapping[str, Any], version: str, schema_uri: str) -> None:
    """Raise `Invalid` where metadata of this version could not say what is announced.

    `payload` is that of the announcement (`plan`). Hashes are not known yet; all else is.
    """
    attachments = [
        _part(told, _UNKNOWN_YET, told["pieces"] if len(told["pieces"]) > 1 else ())
        for told in payload["attachments"]
    ]
    data = DataPart(schema_uri, payload["media_type"], _UNKNOWN_YET)
    build_metadata(version, data, attachments, _extras(payload["says"], version))


def metadata_of(
    says: Mapping[str, Any], announcement: Receipt, uploaded: Sequence[Receipt], data_sha512: str
) -> bytes:
    """Return the metadata of a submission or reply as they are encrypted. Raises `Invalid`."""
    version = announcement.facts["metadata_version"]
    data = DataPart(announcement.facts["schema_uri"], says["media_type"], data_sha512)
    return metadata_bytes(build_metadata(version, data, list(_attachments(uploaded)), _extras(says, version)))


def _extras(says: Mapping[str, Any], version: str) -> Extras:
    return Extras(
        service=says.get("service"),
        reply_channel=says.get("reply"),
        references=says.get("references"),
        author=_AUTHOR if (parse(version) or (0, 0, 0)) >= (1, 1, 0) else None,
    )


def _attachments(uploaded: Iterable[Receipt]) -> Iterator[AttachmentPart]:
    """In the order of the documents, each with its fragments in theirs."""
    ordered = sorted(uploaded, key=lambda one: (one.facts["document"]["number"], one.facts["offset"]))
    for _, group in groupby(ordered, key=lambda one: one.facts["document"]["id"]):
        pieces = list(group)
        told = pieces[0].facts["document"]
        fragments = [one.remote_id for one in pieces] if told["fragments"] > 1 else []
        yield _part(told, pieces[0].facts["sha512"], fragments)


def _part(told: Mapping[str, Any], sha512: str, fragments: Sequence[str]) -> AttachmentPart:
    return AttachmentPart(
        id=told["id"],
        purpose=told["purpose"],
        media_type=told["media_type"],
        sha512=sha512,
        filename=told["filename"],
        description=told["description"],
        fragments=fragments,
    )
