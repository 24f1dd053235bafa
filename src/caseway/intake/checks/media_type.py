"""What kind a content is, by looking at it: libmagic for most, our own look into XML and zip archives.

libmagic calls every zip a zip and XML without a declaration text (facts: measured on 14 samples), so that
these two are looked into here. What was declared is kept beside what was detected.
"""

from __future__ import annotations

import functools
import importlib
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from caseway.core import xml
from caseway.core.errors import CasewayError, Invalid
from caseway.intake.checks.zip_bomb import open_directory

PREFIX = 64 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument."
_MAIN_PARTS: Final = {  # ECMA-376-1: content type of the main part → media type of the whole
    f"{_OFFICE}wordprocessingml.document.main+xml": f"{_OFFICE}wordprocessingml.document",
    f"{_OFFICE}spreadsheetml.sheet.main+xml": f"{_OFFICE}spreadsheetml.sheet",
    f"{_OFFICE}presentationml.presentation.main+xml": f"{_OFFICE}presentationml.presentation",
    "application/vnd.ms-word.document.macroEnabled.main+xml": (
        "application/vnd.ms-word.document.macroEnabled.12"
    ),
    "application/vnd.ms-excel.sheet.macroEnabled.main+xml": "application/vnd.ms-excel.sheet.macroEnabled.12",
    "application/vnd.ms-powerpoint.presentation.macroEnabled.main+xml": (
        "application/vnd.ms-powerpoint.presentation.macroEnabled.12"
    ),
}
_ROOTS: Final = {"{http://www.w3.org/2000/svg}svg": "image/svg+xml"}
_SAME: Final = {
    "text/xml": "application/xml",
    "image/jpg": "image/jpeg",
    "application/x-zip-compressed": "application/zip",
    "application/x-pdf": "application/pdf",
    "text/json": "application/json",
    "audio/x-wav": "audio/wav",
}
_NO_CLAIM: Final = {"", "application/octet-stream", "binary/octet-stream"}
_WRITTEN_AS_TEXT: Final = {"application/json", "application/xml", "message/rfc822", "application/javascript"}

_DENIED_EXTENSIONS: Final = (
    *("bat", "cmd", "com", "cpl", "dll", "exe", "hta", "jar", "js", "jse", "lnk", "msi"),
    *("ps1", "scr", "sh", "vbe", "vbs", "wsf"),
)
DENIED: Final = frozenset(
    {
        "application/x-dosexec",
        "application/vnd.microsoft.portable-executable",
        "application/x-executable",
        "application/x-pie-executable",
        "application/x-sharedlib",
        "application/x-object",
        "application/x-mach-binary",
        "application/x-msi",
        "application/x-ms-shortcut",
        "application/java-archive",
        "application/x-java-applet",
        "application/javascript",
        "text/javascript",
        "text/x-shellscript",
        "text/x-msdos-batch",
        "text/x-python",
        "text/x-script.python",
        "text/x-perl",
        "text/x-ruby",
        "text/x-php",
    }
    | {f".{name}" for name in _DENIED_EXTENSIONS}
)


@dataclass(frozen=True)
class MediaType:
    """What was declared (lower case, without parameters), what was detected, and whether they agree."""

    declared: str
    detected: str
    agreed: bool


def sniff(stream: BinaryIO, declared: str, filename: str) -> MediaType:
    """Look at the first 64 KiB and, for zip archives, at the directory. The stream is left at its start."""
    stream.seek(0)
    prefix = stream.read(PREFIX)
    detected = _detect(stream, prefix)
    stream.seek(0)
    claim = declared.partition(";")[0].strip().lower()
    return MediaType(claim, detected, _agree(claim, detected, filename))


def refuse_denied(media_type: MediaType, filename: str, denied: Collection[str] = DENIED) -> None:
    """Refuse what could be run. `denied` holds media types and, with a dot, extensions.

    Raises `Invalid` with `document.type_denied`.
    """
    extension = f".{filename.rpartition('.')[2].lower()}" if "." in filename else ""
    for kind in (media_type.detected, media_type.declared, extension):
        if kind and kind in denied:
            raise Invalid(
                f"Files of the kind {kind} are not accepted.",
                code="document.type_denied",
                remedy="Send the document in another form, for example as PDF.",
                kind=kind,
            )


def _detect(stream: BinaryIO, prefix: bytes) -> str:
    if not prefix:
        return "application/x-empty"
    if prefix.startswith(b"PK\x03\x04"):
        return _zip_kind(stream)
    if prefix.startswith(b"<?xml") and (kind := _xml_kind(prefix)):
        return kind  # as below, without asking libmagic, which takes longer than the rest of an accept
    found = _libmagic().from_buffer(prefix)
    if found in ("text/plain", "text/xml", "application/xml", "image/svg+xml", "application/octet-stream"):
        return _xml_kind(prefix) or ("application/xml" if found == "text/xml" else found)
    return str(found)


@functools.cache
def _libmagic() -> Any:
    importlib.import_module("pylibmagic")  # first: it tells the next line which library to load
    return importlib.import_module("magic").Magic(mime=True)


def _xml_kind(prefix: bytes) -> str | None:
    root = xml.peek_root(prefix) if b"<" in prefix[:256] else None
    return None if root is None else _ROOTS.get(str(root.tag), "application/xml")


def _zip_kind(stream: BinaryIO) -> str:
    try:
        with open_directory(stream) as archive:
            return _by_mimetype(archive) or _by_content_types(archive) or _by_entries(archive)
    except (CasewayError, zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
        return "application/zip"


def _by_mimetype(archive: zipfile.ZipFile) -> str | None:
    """Read the entry by which ODF, EPUB and ASiC name themselves (ODF 1.3 part 2, section 3.3)."""
    named = _entry(archive, "mimetype", 256).decode("ascii", "replace").strip()
    return named if named.startswith("application/") and named.isprintable() else None


def _by_content_types(archive: zipfile.ZipFile) -> str | None:
    listing = _entry(archive, "[Content_Types].xml", 1024 * 1024)
    if not listing:
        return None
    kinds = {str(element.get("ContentType")) for element in xml.parse(listing)}
    return next((whole for main, whole in _MAIN_PARTS.items() if main in kinds), None)


def _by_entries(archive: zipfile.ZipFile) -> str:
    names = archive.namelist()
    if any(name.startswith(("META-INF/ASiCManifest", "META-INF/signatures")) for name in names):
        return "application/vnd.etsi.asic-e+zip"
    return "application/java-archive" if "META-INF/MANIFEST.MF" in names else "application/zip"


def _entry(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    try:
        with archive.open(name) as entry:
            return entry.read(limit)
    except KeyError:
        return b""


def _agree(claim: str, detected: str, filename: str) -> bool:
    claim, detected = _SAME.get(claim, claim), _SAME.get(detected, detected)
    if claim in _NO_CLAIM or claim == detected:
        return True
    if detected == "application/xml":
        return claim.endswith("+xml") or claim == "text/plain"
    if detected == "application/json":
        return claim.endswith("+json") or claim == "text/plain"
    if detected == "application/zip":
        return claim.endswith("+zip")
    if detected.startswith("text/"):
        return claim.startswith("text/") or claim in _WRITTEN_AS_TEXT
    return False
