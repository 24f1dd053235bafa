"""The files of a submission: each streamed once into the blob store, checked, and described."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from caseway.configuration import configuration
from caseway.core.errors import Invalid, TooLarge
from caseway.intake.checks.filename import clean_filename
from caseway.intake.data import DocumentData, Role, SubmissionData
from caseway.intake.inspection import store_inspected
from caseway.intake.structured import check_structured, is_structured

_ROLES: dict[str, Role] = {"application": "application", "message": "message", "answer": "message"}
"""The role of a file that nobody described, by the name of its part; every other one is an attachment."""


@dataclass(frozen=True)
class IncomingFile:
    """A file as it comes in; `chunks` is read once."""

    part: str
    filename: str
    media_type: str  # as the sender says, perhaps empty
    chunks: Iterable[bytes] = field(repr=False)


@dataclass(frozen=True)
class StoredFile:
    """A file whose content is durable in the blob store."""

    part: str
    role: Role
    title: str
    filename: str
    field_key: str
    sha256: str
    size: int
    media_type: str  # as its content shows
    declared_media_type: str


def store_files(data: SubmissionData, files: Iterable[IncomingFile]) -> list[StoredFile]:
    """Store and check the files of a submission, one after the other, in bounded memory.

    Raises `Invalid` (`submission.part_twice`, `submission.part_missing`, `submission.structured_twice`, and
    what the checks raise), `TooLarge` (`submission.too_many_files`, `blob.too_large`) and `Unavailable`.
    """
    described = {document.part: document for document in data.documents}
    stored: list[StoredFile] = []
    for file in files:
        _require_room(file, stored)
        stored.append(_store(file, described.pop(file.part, None)))
    _require_complete(described, stored)
    return stored


def _store(file: IncomingFile, said: DocumentData | None) -> StoredFile:
    filename = clean_filename((said.filename if said else "") or file.filename or file.part)

    def as_mappings_will(media_type: str, size: int, read: Callable[[], bytes]) -> None:
        if _role(file.part, said, media_type) == "structured":
            check_structured(media_type, size, read)

    kept = store_inspected(file.chunks, filename=filename, declared=file.media_type, also=as_mappings_will)
    return StoredFile(
        part=file.part,
        role=_role(file.part, said, kept.media_type),
        title=(said.title if said else "") or filename,
        filename=filename,
        field_key=(said.field_key if said else "") or file.part,
        sha256=kept.sha256,
        size=kept.size,
        media_type=kept.media_type,
        declared_media_type=file.media_type[:150],
    )


def _role(part: str, said: DocumentData | None, media_type: str) -> Role:
    if said is not None and said.role is not None:
        return said.role
    if part == "structured" and is_structured(media_type):
        return "structured"
    return _ROLES.get(part, "attachment")


def _require_room(file: IncomingFile, stored: list[StoredFile]) -> None:
    most = configuration().documents
    if len(stored) >= most:
        raise TooLarge(f"A submission may have {most} files.", code="submission.too_many_files", limit=most)
    if any(file.part == earlier.part for earlier in stored):
        raise Invalid(
            "Two file parts have the same name.",
            code="submission.part_twice",
            remedy="Give every part a name of its own; `fieldKey` may be the same.",
        )


def _require_complete(described: dict[str, DocumentData], stored: list[StoredFile]) -> None:
    if described:
        raise Invalid(
            "A document is described, but its file did not come.",
            code="submission.part_missing",
            remedy="Send a file part for every entry of `documents`, named as its `part`.",
            parts=sorted(described),
        )
    if sum(file.role == "structured" for file in stored) > 1:
        raise Invalid(
            "A submission has one structured file at most.",
            code="submission.structured_twice",
            remedy="Give the others the role attachment.",
        )
