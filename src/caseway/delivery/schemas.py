"""The schemas of subject data an organisation has registered: checked as a set before they are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.access.scope import scope
from caseway.core.errors import Invalid, NotFound, TooLarge
from caseway.delivery.models import SubjectSchema
from caseway.rails.keys import SchemaFile
from caseway.rails.subject_data import check_schema

MAX_FILES = 300
MAX_BYTES = 20_000_000  # of all files together
_URI = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:\S{1,480}$")
_NAME = re.compile(r"^(?!/)(?!.*(^|/)\.\.?(/|$))[^\x00-\x1f\\]{1,200}$")


def register_schema(
    actor: Actor,
    uri: str,
    media_type: str,
    files: Mapping[str, bytes],
    *,
    entry: str = "",
    name: str = "",
    service_id: str = "",
) -> SubjectSchema:
    """Keep a schema under its URI, in place of the one kept before.

    `media_type` is that of the data (application/xml: an XSD set; application/json: JSON Schema). `entry` is
    the file to begin with; not needed for one, nor where one file alone is included by no other. Raises
    `Invalid` (`schema.…`, see `check_schema`) and `TooLarge` (`schema.too_large`).
    """
    require(actor, "schemas.edit")
    _check(uri, files)
    first = entry or _only_entry(files)
    check_schema(SchemaFile(uri, media_type, first, files))
    texts = {one: _text(one, content) for one, content in files.items()}
    with scope(actor.organisation_id):
        row, created = SubjectSchema.objects.update_or_create(
            organisation_id=actor.organisation_id,
            uri=uri,
            defaults={
                "name": name[:200],
                "media_type": media_type,
                "entry": first,
                "files": texts,
                "service_id": service_id[:100],
                "created_by": actor.name[:200],
            },
        )
        audit.record(
            actor, "schemas.registered", "schema", row.id, uri=uri, files=len(files), replaced=not created
        )
    return row


def list_schemas(actor: Actor) -> list[SubjectSchema]:
    """Return the registered schemas by URI, without their files."""
    require(actor, "connections.read")
    with scope(actor.organisation_id):
        return list(SubjectSchema.objects.defer("files"))


def remove_schema(actor: Actor, uri: str) -> None:
    """Forget a schema: data of it are not checked any more. Raises `NotFound` (`schema.not_found`)."""
    require(actor, "schemas.edit")
    with scope(actor.organisation_id):
        row = SubjectSchema.objects.filter(uri=uri).first()
        if row is None:
            raise NotFound("There is no schema of this URI.", code="schema.not_found")
        audit.record(actor, "schemas.removed", "schema", row.id, uri=uri)
        row.delete()


def _check(uri: str, files: Mapping[str, bytes]) -> None:
    if not _URI.fullmatch(uri):
        raise Invalid(
            "A schema is known by its URI.",
            code="schema.uri_unusable",
            remedy="Give it as the destination names it, such as https://… or urn:….",
        )
    if not files or not all(_NAME.fullmatch(name) for name in files):
        raise Invalid(
            "The files of the schema cannot be used.",
            code="schema.files_unusable",
            remedy="Give at least one file, with relative names as they refer to each other.",
        )
    if len(files) > MAX_FILES or sum(map(len, files.values())) > MAX_BYTES:
        raise TooLarge(
            f"A schema has up to {MAX_FILES} files of {MAX_BYTES // 1_000_000} MB together.",
            code="schema.too_large",
        )


def _only_entry(files: Mapping[str, bytes]) -> str:
    """Return the one file that no other mentions. Raises `Invalid` (`schema.entry_missing`)."""
    names = {name: name.rpartition("/")[2].encode() for name in files}
    roots = [
        name
        for name, last in names.items()
        if not any(last in content for other, content in files.items() if other != name)
    ]
    if len(roots) == 1:
        return roots[0]
    raise Invalid(
        "It cannot be told which file the schema begins with.",
        code="schema.entry_missing",
        remedy="Name the file to begin with.",
    )


def _text(name: str, content: bytes) -> str:
    """Return a file as text: UTF-8, which JSON is and which an XML file may be rewritten to."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid(
            f"{name} is not written in UTF-8.",
            code="schema.not_utf8",
            remedy="Save the file in UTF-8, and let its XML declaration say so.",
        ) from None
