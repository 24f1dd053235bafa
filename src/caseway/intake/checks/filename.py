"""A file name that is safe everywhere: on any system, in any header, on any screen."""

from __future__ import annotations

import re
import unicodedata

from caseway.core.errors import Invalid

MAX_LENGTH = 150
_MAX_EXTENSION = 20
_HIDDEN = {
    "Cc",
    "Cf",
    "Cs",
    "Cn",
    "Co",
    "Zl",
    "Zp",
}  # control, format (bidi, zero width), surrogate, unassigned
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\Z", re.IGNORECASE)


def clean_filename(raw: str) -> str:
    """Return the last part of a name in NFC, at most 150 characters long, with its extension.

    Characters that show nothing or turn the reading direction go; those that Windows reserves become `_`, and
    a name it reserves gets one in front. Cleaning twice changes nothing more. Raises `Invalid` with
    `filename.empty` when nothing is left.
    """
    last = re.split(r"[/\\]", raw)[-1]
    visible = "".join(character for character in last if unicodedata.category(character) not in _HIDDEN)
    name = re.sub(r'[<>:"|?*]', "_", unicodedata.normalize("NFC", visible))
    name = _trim(re.sub(r"\s+", " ", name))
    if not name:
        raise Invalid("The file has no usable name.", code="filename.empty", remedy="Give the file a name.")
    if _RESERVED.match(name.split(".")[0].strip()):
        name = f"_{name}"
    return _shorten(name)


def _shorten(name: str) -> str:
    if len(name) <= MAX_LENGTH:
        return name
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > _MAX_EXTENSION:
        return _trim(name[:MAX_LENGTH])
    room = MAX_LENGTH - len(dot) - len(extension)
    return f"{_trim(stem[:room])}{dot}{extension}"


def _trim(name: str) -> str:
    return name.rstrip(". ").lstrip(". ")
