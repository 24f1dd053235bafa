"""Names of objects in the DMS: fit for every system, the same for the same input, unique by their key."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from caseway.mapping.scalars import clean

MAX_LENGTH = 200
MAX_SUFFIX = 80
_ILLEGAL = re.compile(r'[/\\:"*?<>|]')
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}$")


def object_name(raw: str, *, suffix: str = "", keep_extension: bool = True, limit: int = MAX_LENGTH) -> str:
    """Return a name: NFC, trimmed, `/ \\ : " * ? < > |` as `_`, one line, at most `limit` characters.

    The suffix is put in brackets before the extension; it and the extension survive the cut. An empty name
    becomes the suffix alone, or `_`.
    """
    text = " ".join(_ILLEGAL.sub("_", clean(raw)).split()).rstrip(". ")
    extension = _extension(text) if keep_extension else ""
    stem = text[: len(text) - len(extension)] if extension else text
    tail = f" ({_ILLEGAL.sub('_', suffix)[:MAX_SUFFIX]})" if suffix else ""
    stem = _cut(stem, limit - len(tail) - len(extension))
    return unicodedata.normalize("NFC", f"{stem}{tail}{extension}".strip()) or "_"


def hash8(key: str) -> str:
    """Return the first eight hex digits of the SHA-256 of a key."""
    return hashlib.sha256(key.encode("utf-8")).hexdigest()[:8]


def _extension(text: str) -> str:
    match = _EXTENSION.search(text)
    return match.group() if match and match.start() > 0 else ""


def _cut(stem: str, length: int) -> str:
    """Cut between letters, never between a letter and the marks on it."""
    length = max(length, 0)
    while 0 < length < len(stem) and unicodedata.combining(stem[length]):
        length -= 1
    return stem[:length].rstrip(". ")
