"""The files of a schema as a browser sends them: one by one, or together in a ZIP with their folders."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from caseway.core.errors import Invalid, TooLarge
from caseway.delivery.schemas import MAX_BYTES, MAX_FILES

_KINDS = (".xsd", ".json", ".xml")


def schema_files(uploads: Iterable[UploadedFile[Any]]) -> dict[str, bytes]:
    """Return the files by name. Raises `Invalid` (`schema.zip_unreadable`) and `TooLarge`."""
    found: dict[str, bytes] = {}
    room = MAX_BYTES
    for name, content in _each(uploads):
        found[name] = content
        room -= len(content)
        if room < 0 or len(found) > MAX_FILES:
            raise TooLarge(
                f"A schema has up to {MAX_FILES} files of {MAX_BYTES // 1_000_000} MB together.",
                code="schema.too_large",
            )
    return found


def _each(uploads: Iterable[UploadedFile[Any]]) -> Iterator[tuple[str, bytes]]:
    for upload in uploads:
        if (upload.name or "").lower().endswith(".zip"):
            yield from _unpacked(upload)
        else:
            yield upload.name or "", bytes(upload.read(MAX_BYTES + 1))


def _unpacked(upload: UploadedFile[Any]) -> Iterator[tuple[str, bytes]]:
    """Yield the schema files of a ZIP; no more of one is unpacked than a schema may hold."""
    try:
        with zipfile.ZipFile(upload) as packed:
            for entry in packed.infolist():
                if not entry.is_dir() and entry.filename.lower().endswith(_KINDS):
                    with packed.open(entry) as file:
                        yield entry.filename, file.read(MAX_BYTES + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Invalid(
            "The ZIP file cannot be read.",
            code="schema.zip_unreadable",
            remedy="Pack it again, without a password.",
        ) from error
