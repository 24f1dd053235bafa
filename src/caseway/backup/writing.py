"""Writing a backup: one snapshot of the database, and exactly the contents that snapshot names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper

from caseway import __version__
from caseway.access.actor import system
from caseway.access.audit import record
from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.backup import folder as layout
from caseway.backup.programs import run, server_major
from caseway.configuration import configuration
from caseway.core.blobs import BlobStore
from caseway.core.blobs_local import LocalBlobStore
from caseway.core.clock import now
from caseway.core.secrets import keyed_hash
from caseway.rails.contract import chunks

KEY_PURPOSE = "backup"
_CONTENTS = "SELECT DISTINCT sha256 FROM cases_rendition ORDER BY sha256"


def write_backup(target: Path) -> layout.Manifest:
    """Write everything of this installation but its keys to a folder, while it goes on working.

    The folder is a backup when this returns. Raises `Invalid` (the folder is in use), `NotFound` or
    `Unavailable` (a content is missing or damaged, or a program failed); then it has no manifest.
    """
    c = configuration()
    layout.prepare(target)
    major = server_major()
    with _snapshot() as (cursor, snapshot):
        run(
            "pg_dump",
            c,
            major,
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            "--enable-row-security",
            f"--snapshot={snapshot}",
            f"--file={target / layout.DUMP}",
        )
        sums, number, size = _contents(cursor, BlobStore.from_url(c.blob_address), target)
    manifest = layout.Manifest(
        format=layout.FORMAT,
        caseway=__version__,
        made_at=now().isoformat(),
        postgresql=major,
        keys=keyed_hash(KEY_PURPOSE, KEY_PURPOSE),
        contents=number,
        bytes=size,
        sums=sums,
    )
    layout.write_manifest(target, manifest)
    note_in_trails("installation.backup", manifest)
    return manifest


@contextmanager
def _snapshot() -> Iterator[tuple[CursorWrapper, str]]:
    """Hold one state of the database that another session can read, too."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT set_config('caseway.organisation', '*', true), pg_export_snapshot()")
        yield cursor, cursor.fetchone()[1]


def _contents(cursor: CursorWrapper, store: BlobStore, target: Path) -> tuple[str, int, int]:
    """Copy every content and list it; return the hash of the list, the number and the bytes."""
    copies, number, size = LocalBlobStore(target / "blobs"), 0, 0
    cursor.execute(_CONTENTS)
    with (target / layout.SUMS).open("w", encoding="ascii") as sums:
        sums.write(layout.line(layout.hash_of(target / layout.DUMP), layout.DUMP))
        for (sha256,) in cursor.fetchall():
            with store.open(sha256) as stream:
                copied = copies.write(chunks(stream))
            sums.write(layout.line(sha256, layout.content_name(sha256)))
            number, size = number + 1, size + copied.size
        sums.flush()
        os.fsync(sums.fileno())
    return layout.hash_of(target / layout.SUMS), number, size


def note_in_trails(action: str, manifest: layout.Manifest) -> None:
    """Write into the trail of every organisation that its data were copied or brought back."""
    for organisation in Organisation.objects.order_by("slug"):
        with scope(organisation.id):
            record(system(organisation.id), action, "installation", "", made_at=manifest.made_at)
