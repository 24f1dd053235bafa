"""Which version of metadata is written: the newest that the destination reads and we write (facts 3, 8.1).

We write 1.0 to 1.5 and 2.0 to 2.1 in any patch. A destination that lists only versions beyond is not sent to:
what a version we have not seen demands cannot be known.

Codes (`fit_connect.…`), all `NotConfigured`:
- `metadata_version_none_common`: the destination reads none that we write
- `metadata_version_too_old`: it reads only older ones than the connection allows
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import TypeAlias

from caseway.core.errors import NotConfigured

Version: TypeAlias = tuple[int, int, int]

SCHEMA = "https://schema.fitko.de/fit-connect/metadata/{version}/metadata.schema.json"
SUPPORTED = ("1.0.0", "1.1.0", "1.3.0", "1.5.0", "2.0.0", "2.1.0")  # seen in use; for our own destinations
_NEWEST_MINOR = {1: 5, 2: 1}
_VERSION = re.compile(r"(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})")
_SCHEMA = re.compile(
    r"https://schema\.fitko\.de/fit-connect/metadata/([0-9]+\.[0-9]+\.[0-9]+)/metadata\.schema\.json"
)


def negotiate(offered: Iterable[str], minimum: str = "1.0.0") -> str:
    """Return the version to write for a destination that reads `offered`. Raises `NotConfigured`.

    An empty offer is none. What is no semantic version is passed over.
    """
    listed = sorted(offered)
    ours = [version for version in (parse(one) for one in listed) if version and is_known(version)]
    if not ours:
        raise NotConfigured(
            "The destination reads no metadata of a version that is written here.",
            code="fit_connect.metadata_version_none_common",
            remedy="Ask the authority which versions it reads; perhaps Caseway must be upgraded.",
            offered=listed[:50],
        )
    newest = max(ours)
    if newest < (parse(minimum) or (0, 0, 0)):
        raise NotConfigured(
            f"The destination reads metadata up to {_text(newest)}, at least {minimum} is asked for.",
            code="fit_connect.metadata_version_too_old",
            remedy="Ask the authority for a newer version, or lower the minimum of the connection.",
            offered=listed[:50],
        )
    return _text(newest)


def is_known(version: Version) -> bool:
    """Say whether metadata of this version are written and read here."""
    return version[1] <= _NEWEST_MINOR.get(version[0], -1)


def parse(text: str) -> Version | None:
    """Return a semantic version without suffix, or None."""
    found = _VERSION.fullmatch(text)
    return None if found is None else (int(found[1]), int(found[2]), int(found[3]))


def schema_uri(version: str) -> str:
    """Return the `$schema` of a version."""
    return SCHEMA.format(version=version)


def version_in(uri: str) -> str | None:
    """Return the version a `$schema` names, or None when it is not one of metadata."""
    found = _SCHEMA.fullmatch(uri)
    return found[1] if found and parse(found[1]) else None


def is_read(version: str, accepted: Collection[str] | None) -> bool:
    """Say whether metadata of a version are to be read; `accepted` is what our destination lists.

    A destination that lists 2.0.0 reads every patch of 2.0, as the pattern of the schema does.
    """
    found = parse(version)
    if found is None or not is_known(found):
        return False
    listed = [parse(one) for one in accepted or ()]
    return accepted is None or any(one is not None and one[:2] == found[:2] for one in listed)


def _text(version: Version) -> str:
    return ".".join(str(part) for part in version)
