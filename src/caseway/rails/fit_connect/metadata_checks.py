"""Judging metadata that came to us, and those we are about to send: strictly, and telling where.

The four codes are the four problems of the standard (`problems`): no JSON → syntax-violation, no `$schema` →
missing-schema, one we do not read → unsupported-schema, a broken rule → schema-violation. What breaks a rule
is told by its place (JSON Pointer) and the rule, never by its value.

Codes (`fit_connect.…`), all `MetadataRefused`:
- `metadata_syntax`: no JSON object in UTF-8, or a member is named twice
- `metadata_schema_missing`: no `$schema`; 1.0.0 could do without, by a switch
- `metadata_schema_unsupported`: not metadata 1.0 to 1.5 or 2.0 to 2.1, or not one the destination lists
- `metadata_violates`: the members at `details["at"]` break the rules of the version
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from pydantic import BaseModel, ValidationError

from caseway.core.errors import Invalid
from caseway.rails.fit_connect import segments
from caseway.rails.fit_connect.metadata_model import Metadata1, Metadata1Later, Metadata2
from caseway.rails.fit_connect.metadata_versions import is_read, parse, version_in

_TOLD = 20


class MetadataRefused(Invalid):
    """Metadata break the rules of their version."""


def read_metadata(
    content: bytes, accepted: Collection[str] | None = None, *, unnamed: str | None = None
) -> dict[str, Any]:
    """Return decrypted metadata that keep every rule; `$schema` is always in them. Raises `MetadataRefused`.

    `accepted`: versions our destination lists, None for all that are known here. `unnamed`: the version that
    metadata without `$schema` are taken for, such as 1.0.0 for old clients of v1.
    """
    try:
        found = segments.read_object(content)
    except ValueError:
        raise MetadataRefused(
            "The metadata are not a JSON object.",
            code="fit_connect.metadata_syntax",
            remedy="The sender must send metadata in JSON.",
        ) from None
    check_metadata(found, _version(found, accepted, unnamed))
    return found


def check_metadata(metadata: Mapping[str, Any], version: str) -> None:
    """Raise `MetadataRefused` (`metadata_violates`) unless metadata keep the rules of a version."""
    if places := violations(metadata, version):
        raise MetadataRefused(
            f"The metadata break the rules of version {version}: {'; '.join(places[:3])}.",
            code="fit_connect.metadata_violates",
            remedy="Whoever made the metadata must correct what is named.",
            at=places[:_TOLD],
        )


def violations(metadata: Mapping[str, Any], version: str) -> list[str]:
    """Return what breaks the rules, as `/place: rule`, sorted by place; empty when all is well."""
    try:
        _model(version).model_validate(metadata)
    except ValidationError as error:
        told = error.errors(include_url=False, include_context=False, include_input=False)
        return sorted({f"{_pointer(one['loc'], one['type'])}: {one['type']}" for one in told})
    return sorted(chain(_unfit_channel(metadata), _repeated(metadata), _detached(metadata)))


def _version(metadata: dict[str, Any], accepted: Collection[str] | None, unnamed: str | None) -> str:
    uri = metadata.get("$schema")
    if uri is None and unnamed is not None and "$schema" not in metadata:
        return unnamed
    if uri is None:
        raise MetadataRefused(
            "The metadata do not say which schema they keep.",
            code="fit_connect.metadata_schema_missing",
            remedy="The sender must name the schema ($schema).",
        )
    version = version_in(uri) if isinstance(uri, str) else None
    if version is None or not is_read(version, accepted):
        raise MetadataRefused(
            "The metadata keep a schema that is not read here.",
            code="fit_connect.metadata_schema_unsupported",
            remedy="The sender must write a version the destination lists.",
            version=version or "",
            accepted=sorted(accepted or ()),
        )
    return version


def _model(version: str) -> type[BaseModel]:
    major, minor, _ = parse(version) or (0, 0, 0)
    if major == 2:
        return Metadata2
    return Metadata1Later if minor else Metadata1


def _pointer(place: Sequence[str | int], rule: str) -> str:
    shown = place[:-1] if rule == "extra_forbidden" else place  # an unknown name may hold anything
    return "".join(f"/{part}" for part in shown) or "/"


def _unfit_channel(metadata: Mapping[str, Any]) -> Iterator[str]:
    if "replyChannel" in metadata and len(metadata["replyChannel"]) != 1:
        yield "/replyChannel: exactly_one_channel"


def _repeated(metadata: Mapping[str, Any]) -> Iterator[str]:
    """Ids that must be distinct, because content is uploaded under them (2.1.0: unique globally)."""
    attachments = metadata["contentStructure"]["attachments"]
    ids = [one["attachmentId"].lower() for one in attachments]
    parts = [part.lower() for one in attachments for part in one.get("fragments", [one["attachmentId"]])]
    if len(set(ids)) != len(ids) or len(set(parts)) != len(parts):
        yield "/contentStructure/attachments: ids_not_distinct"
    sets = [one["dataSetId"].lower() for one in metadata.get("dataSets", ())]
    if len(set(sets)) != len(sets):
        yield "/dataSets: ids_not_distinct"


def _detached(metadata: Mapping[str, Any]) -> Iterator[str]:
    """A detached signature stands in `content` (2.1.0, description of detachedSignature)."""
    structure = metadata["contentStructure"]
    parts = [("data", structure["data"])] if "data" in structure else []
    parts += [(f"attachments/{at}", one) for at, one in enumerate(structure["attachments"])]
    for place, part in parts:
        signature = part.get("signature", {})
        if signature.get("detachedSignature") and "content" not in signature:
            yield f"/contentStructure/{place}/signature: content_missing"
