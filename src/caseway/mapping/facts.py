"""The facts a mapping may speak of: a fixed vocabulary, and the structured file of the submission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol


@dataclass(frozen=True)
class Facts:
    """What is known of one submission.

    `values` holds the vocabulary by dotted name (`submission.id`, `service.name`, `document.filename`);
    values are str, int, bool, datetime (aware) or None. `xml` is the structured file where it is XML, `json`
    the parsed structured file where it is JSON.
    """

    values: Mapping[str, Any]
    xml: bytes | None = field(default=None, repr=False)
    json: Any = field(default=None, repr=False)

    def with_values(self, more: Mapping[str, Any]) -> Facts:
        """Return these facts with more values (those of one document or message)."""
        return replace(self, values={**self.values, **more})


class DescribedDocument(Protocol):
    """What rendering asks of a document; a rail's own document has it all."""

    @property
    def id(self) -> object: ...
    @property
    def role(self) -> str: ...
    @property
    def index(self) -> int: ...
    @property
    def filename(self) -> str: ...
    @property
    def media_type(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def field_key(self) -> str: ...


@dataclass(frozen=True)
class DocumentFacts:
    """What a mapping may know of one document. `role` is application, structured, attachment or message."""

    id: str
    role: str
    index: int = 1
    filename: str = ""
    media_type: str = "application/octet-stream"
    size: int = 0
    sha256: str = ""
    title: str = ""
    field_key: str = ""


def document_values(document: DescribedDocument) -> dict[str, Any]:
    """Return the `document.*` part of the vocabulary for one document."""
    return {
        "document.id": str(document.id),
        "document.role": document.role,
        "document.index": document.index,
        "document.filename": document.filename,
        "document.mediaType": document.media_type,
        "document.size": document.size,
        "document.sha256": document.sha256,
        "document.title": document.title,
        "document.fieldKey": document.field_key,
    }
