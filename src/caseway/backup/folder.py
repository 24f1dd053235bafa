"""What a backup looks like: `manifest.json`, `SHA256SUMS`, `database.dump` and `blobs/ab/cd/abcd…`.

`sha256sum -c SHA256SUMS` checks a backup without Caseway. The manifest names the hash of `SHA256SUMS` and is
written last: without it, a folder is no backup.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from caseway.core.blobs import path_of
from caseway.core.errors import Invalid, NotFound

FORMAT = 1
DUMP = "database.dump"
SUMS = "SHA256SUMS"
MANIFEST = "manifest.json"
_LINE = re.compile(r"([0-9a-f]{64})  (\S+)\Z")


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `keys` tells which keys its secrets need, without telling the keys."""

    format: int
    caseway: str
    made_at: str
    postgresql: int
    keys: str
    contents: int
    bytes: int
    sums: str  # SHA-256 of SHA256SUMS


def prepare(folder: Path) -> None:
    """Make the folder. Raises `Invalid` when something is in it."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Invalid(
            f"The folder {folder} is not empty.",
            code="backup.folder_not_empty",
            remedy="Name a folder that does not exist yet; each backup has one of its own.",
        )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Make the folder a backup; what lies in it is durable before."""
    draft = folder / f".{MANIFEST}"
    with draft.open("w", encoding="utf-8") as file:
        json.dump(asdict(manifest), file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest. Raises `NotFound` where there is none, `Invalid` for one of another kind."""
    try:
        return Manifest(**json.loads((folder / MANIFEST).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise NotFound(
            f"{folder} is no backup: it has no {MANIFEST}.",
            code="restore.no_backup",
            remedy="Name the folder that `caseway backup` wrote; one that broke off has no manifest.",
        ) from None
    except (ValueError, TypeError):
        raise Invalid(
            f"{MANIFEST} in {folder} cannot be read.",
            code="restore.manifest_unreadable",
            remedy="Take another backup; this one was changed, or is of a later version of Caseway.",
        ) from None


def read_sums(folder: Path, manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Yield hash and name of every file, after the list itself was checked. Raises `Invalid`."""
    file = folder / SUMS
    if not file.exists() or hash_of(file) != manifest.sums:
        raise damaged(SUMS)
    with file.open(encoding="ascii") as lines:
        for one in lines:
            matched = _LINE.match(one.rstrip("\n"))
            if matched is None or matched[2] not in (DUMP, content_name(matched[1])):
                raise damaged(SUMS)
            yield matched[1], matched[2]


def line(sha256: str, name: str) -> str:
    """Return the line of a file in SHA256SUMS."""
    return f"{sha256}  {name}\n"


def content_name(sha256: str) -> str:
    """Return where a content lies in a backup, below its folder."""
    return f"blobs/{path_of(sha256)}"


def hash_of(file: Path) -> str:
    """Return the SHA-256 of a file, as hex."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def damaged(name: str) -> Invalid:
    """Say that a file of a backup is not what it was."""
    return Invalid(
        f"{name} in the backup is missing or damaged.",
        code="restore.damaged",
        remedy="Nothing was restored. Take another copy of this backup, or an earlier one.",
        file=name,
    )
