"""Zip archives that would grow beyond all measure: found by reading them, in bounded memory and time."""

from __future__ import annotations

import struct
import zipfile
import zlib
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import IO, BinaryIO

from caseway.core.errors import Invalid

_CHUNK = 256 * 1024
_END = b"PK\x05\x06"  # end of central directory (APPNOTE 4.3.16)
_TAIL = 22 + 65_535  # its length with the longest comment
_LOCAL = b"PK\x03\x04"
_ENCRYPTED = 0x1  # general purpose bit 0 (APPNOTE 4.4.4)


@dataclass(frozen=True)
class ZipLimits:
    """How large an archive may become; sizes in bytes, counted over all nested archives."""

    entries: int = 10_000
    total_bytes: int = 2 * 1024**3
    ratio: int = 250
    ratio_from_bytes: int = 16 * 1024**2
    nesting: int = 3


@dataclass
class ZipFacts:
    """What an archive holds, over all nested archives; sizes in bytes."""

    entries: int = 0
    total_bytes: int = 0
    nesting: int = 0


def check_zip(stream: BinaryIO, limits: ZipLimits | None = None) -> ZipFacts:
    """Unpack an archive into nothing and count. The stream can seek and is left at its start.

    Raises `Invalid` with `zip.too_many_entries`, `zip.too_large`, `zip.ratio`, `zip.nested_too_deep`,
    `zip.encrypted` or `zip.damaged`; the sizes that an archive states of itself are not believed.
    """
    facts = ZipFacts()
    try:
        _walk(stream, limits or ZipLimits(), facts, depth=1)
    finally:
        stream.seek(0)
    return facts


def open_directory(stream: IO[bytes], max_entries: int = ZipLimits.entries) -> zipfile.ZipFile:
    """Open an archive after looking at the length of its directory. Raises `Invalid` as `check_zip` does."""
    size = stream.seek(0, 2)
    stream.seek(max(0, size - _TAIL))
    tail = stream.read(_TAIL)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        raise _damaged()
    entries, length = struct.unpack("<HI", tail[at + 10 : at + 16])
    # Beyond these numbers a zip64 directory would follow; no honest application needs one.
    if entries > max_entries or entries == 0xFFFF or length > 512 * max_entries:
        raise _refused("The archive has too many entries.", "zip.too_many_entries")
    stream.seek(0)
    try:
        return zipfile.ZipFile(stream)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error) as error:
        raise _damaged() from error


def _walk(stream: IO[bytes], limits: ZipLimits, facts: ZipFacts, depth: int) -> None:
    if depth > limits.nesting:
        raise _refused("Archives lie in archives too deeply.", "zip.nested_too_deep")
    facts.nesting = max(facts.nesting, depth)
    with open_directory(stream, limits.entries) as archive:
        infos = archive.infolist()
        facts.entries += len(infos)
        if facts.entries > limits.entries:
            raise _refused("The archive has too many entries.", "zip.too_many_entries")
        for info in infos:
            if info.flag_bits & _ENCRYPTED:
                raise _refused("The archive is encrypted and cannot be looked into.", "zip.encrypted")
            _unpack(archive, info, limits, facts, depth)


def _unpack(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, limits: ZipLimits, facts: ZipFacts, depth: int
) -> None:
    try:
        with archive.open(info) as entry, SpooledTemporaryFile(max_size=8 * 1024**2) as nested:
            _drain(entry, info, nested, limits, facts)
            if nested.tell():
                _walk(nested, limits, facts, depth + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise _damaged() from error


def _drain(
    entry: IO[bytes], info: zipfile.ZipInfo, nested: IO[bytes], limits: ZipLimits, facts: ZipFacts
) -> None:
    seen, keep = 0, False
    while piece := entry.read(_CHUNK):
        keep = keep if seen else piece.startswith(_LOCAL)
        seen += len(piece)
        facts.total_bytes += len(piece)
        if facts.total_bytes > limits.total_bytes:
            raise _refused("The archive unpacks to too much.", "zip.too_large")
        if seen > limits.ratio_from_bytes and seen > limits.ratio * max(1, info.compress_size):
            raise _refused("The archive is packed too densely to be honest.", "zip.ratio")
        if keep:
            nested.write(piece)


def _refused(sentence: str, code: str) -> Invalid:
    return Invalid(sentence, code=code, remedy="Send the files one by one, without an archive.")


def _damaged() -> Invalid:
    return _refused("The archive is damaged.", "zip.damaged")
