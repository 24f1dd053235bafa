"""Subject data held against their registered schema: XML by XSD 1.0, JSON by JSON Schema with formats.

Nothing is fetched from anywhere: a schema is a set of files, and what it includes stands in the set. What is
said of the data names places and rules, never a value: values are about people.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, TypeAlias

from caseway.core.errors import Invalid
from caseway.rails import subject_json, subject_xml
from caseway.rails.keys import SchemaFile

MAX_BYTES = 64 * 1024 * 1024  # of subject data
MAX_PROBLEMS = 20
MAX_TEXT = 300  # characters of one problem
XML_TYPES, JSON_TYPES = ("application/xml", "text/xml"), ("application/json",)

Content: TypeAlias = "bytes | Path | BinaryIO"


def check_subject_data(schema: SchemaFile, content: Content) -> list[str]:
    """Return what is wrong with subject data, at most 20 sentences; empty when they keep their schema.

    Raises `Invalid` (`schema.…`) only where the schema itself cannot be used.
    """
    data = _read(content)
    if data is None:
        return [f"The data are larger than {MAX_BYTES} bytes."]
    found = (
        subject_xml.problems(schema, data)
        if schema.media_type in XML_TYPES
        else subject_json.problems(schema, data)
    )
    return [sentence[:MAX_TEXT] for _, sentence in zip(range(MAX_PROBLEMS), found, strict=False)]


def check_schema(schema: SchemaFile) -> None:
    """Do nothing where a schema can be used: every file read without trust, every reference inside the set.

    Raises `Invalid`: `schema.media_type_unknown`, `schema.entry_missing`, `schema.unreadable`,
    `schema.reference_missing`, `schema.unusable`.
    """
    if schema.media_type not in (*XML_TYPES, *JSON_TYPES):
        raise Invalid(
            "Subject data of this type cannot be checked.",
            code="schema.media_type_unknown",
            remedy=f"Choose one of: {', '.join((*XML_TYPES, *JSON_TYPES))}.",
        )
    if schema.entry not in schema.files:
        raise Invalid(
            "The file the schema begins with is not among its files.",
            code="schema.entry_missing",
            remedy="Name one of the files as the first.",
        )
    (subject_xml if schema.media_type in XML_TYPES else subject_json).check(schema)


def _read(content: Content) -> bytes | None:
    if isinstance(content, bytes):
        data = content
    elif isinstance(content, Path):
        with content.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    else:
        data = content.read(MAX_BYTES + 1)
    return data if len(data) <= MAX_BYTES else None
