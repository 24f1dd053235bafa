"""Is an object in the DMS ours? By key first; where the key names only the case, by name and content too."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from caseway.core.errors import Refused
from caseway.rails.cmis.answer import CmisObject
from caseway.rails.cmis.client import BrowserClient
from caseway.rails.cmis.target import Key, Target, numbered_names
from caseway.rails.contract import Document, chunks


class Claim(Enum):
    """What properties alone say."""

    OURS = "ours"
    PERHAPS = "perhaps"  # same case, same name: the content decides
    FOREIGN = "foreign"


class Likeness(Enum):
    """How remote content compares with ours."""

    SAME = "same"
    BEGINNING = "beginning"  # a part of ours from the start, or nothing
    OTHER = "other"
    UNTOLD = "untold"  # too large to compare


@dataclass(frozen=True)
class Found:
    """An object that is ours; `complete` unless its content still has to be sent."""

    object: CmisObject
    complete: bool


def normal(text: str) -> str:
    """Return text for comparing: servers keep composed and decomposed umlauts apart."""
    return unicodedata.normalize("NFC", text).strip()


def claim(found: CmisObject, target: Target) -> Claim:
    """Judge by base type, keys and name."""
    if found.properties.get("cmis:baseTypeId") not in (None, target.base):
        return Claim.FOREIGN
    silent = False
    for key in target.keys:
        held = _held(found, key)
        if held is None:  # a server may hide a property, or drop an aspect it does not keep
            silent = silent or key.query_aspect is None
        elif held != normal(key.value):
            return Claim.FOREIGN
        elif key.unique:
            return Claim.OURS
    if target.token and target.token in normal(found.name):
        return Claim.OURS
    same = target.content is not None and not silent and _same_name(found.name, target.name)
    return Claim.PERHAPS if same else Claim.FOREIGN


def judge(
    client: BrowserClient, found: CmisObject, target: Target, document: Document | None, limit: int
) -> Found | None:
    """Return the object as ours, complete or half filed, or None when it is somebody else's.

    Contents up to `limit` bytes are compared where the properties leave a doubt. Raises `Refused`
    (`cmis.content_differs`, `cmis.cannot_tell`) where only a person can judge.
    """
    verdict = claim(found, target)
    if verdict is Claim.FOREIGN:
        return None
    if target.content is None:
        return Found(found, complete=True)
    likeness = _likeness(client, found, target, document, limit, certain=verdict is Claim.OURS)
    if likeness is Likeness.SAME:
        return Found(found, complete=True)
    if likeness is Likeness.BEGINNING:
        return Found(found, complete=False)
    if verdict is Claim.PERHAPS and likeness is Likeness.OTHER:
        return None
    raise _needs_eyes(found, likeness)


def _likeness(
    client: BrowserClient,
    found: CmisObject,
    target: Target,
    document: Document | None,
    limit: int,
    *,
    certain: bool,
) -> Likeness:
    assert target.content is not None
    size = target.content.size
    if found.length == 0 and not _has_content(found):
        return Likeness.SAME if size == 0 else Likeness.BEGINNING
    if found.length > size:
        return Likeness.OTHER
    if certain and _knows_length(found):
        return Likeness.SAME if found.length == size else Likeness.BEGINNING
    if document is None or max(found.length, size if not _knows_length(found) else 0) > limit:
        return Likeness.UNTOLD
    return compare(client, found.id, document)


def compare(client: BrowserClient, object_id: str, document: Document) -> Likeness:
    """Compare the remote content with ours, byte by byte, without keeping either in memory."""
    left = document.size
    with client.content(object_id) as remote, document.open() as stream:
        ours = _Reader(chunks(stream))
        for piece in remote:
            left -= len(piece)
            if left < 0 or ours.take(len(piece)) != piece:
                return Likeness.OTHER
    return Likeness.SAME if left == 0 else Likeness.BEGINNING


class _Reader:
    """Takes any number of bytes from pieces of any size."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = b""

    def take(self, count: int) -> bytes:
        while len(self._rest) < count:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._rest += piece
        taken, self._rest = self._rest[:count], self._rest[count:]
        return taken


def _held(found: CmisObject, key: Key) -> str | None:
    value: Any = found.properties.get(key.property)
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    return None if value in (None, "") else normal(str(value))


def _same_name(theirs: str, ours: str) -> bool:
    return normal(theirs) in {normal(name) for name in numbered_names(ours)}


def _knows_length(found: CmisObject) -> bool:
    return found.properties.get("cmis:contentStreamLength") not in (None, -1)


def _has_content(found: CmisObject) -> bool:
    """Say whether there is content of a length the server does not tell."""
    return not _knows_length(found) and found.properties.get("cmis:contentStreamMimeType") is not None


def _needs_eyes(found: CmisObject, likeness: Likeness) -> Refused:
    if likeness is Likeness.UNTOLD:
        return Refused(
            "A document of this name and case is there, too large to compare with ours.",
            code="cmis.cannot_tell",
            remedy="Compare it by hand, or raise “Compare up to” in the connection.",
            object_id=found.id,
        )
    return Refused(
        "The document is in the DMS, but its content is not the one we sent.",
        code="cmis.content_differs",
        remedy="Somebody may have edited it. Compare the two, then mark the step as done or file again.",
        object_id=found.id,
        length=found.length,
    )
