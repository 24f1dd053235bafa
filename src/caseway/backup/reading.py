"""Restoring a backup into an installation that holds nothing yet."""

from __future__ import annotations

from pathlib import Path

from django.db import connections

from caseway import __version__
from caseway.access.database import migrate
from caseway.backup import folder as layout
from caseway.backup.programs import run, server_major
from caseway.backup.writing import KEY_PURPOSE, note_in_trails
from caseway.configuration import configuration
from caseway.core.blobs import BlobStore
from caseway.core.errors import Conflict, Invalid, NotConfigured
from caseway.core.secrets import ring
from caseway.rails.contract import chunks


def read_backup(source: Path, *, other_keys: bool = False) -> layout.Manifest:
    """Bring back a backup. Every file is checked first; then the database changes in one transaction.

    `other_keys` goes on although the keys here are not those of the backup: stored secrets must then be typed
    again. Raises `NotFound`, `Invalid` (no backup, damaged, of a later version), `Conflict` (something is
    here already), `NotConfigured` (other keys), `Unavailable`.
    """
    c = configuration()
    manifest = layout.read_manifest(source)
    _refuse_later(manifest)
    _refuse_other_keys(manifest, other_keys)
    _refuse_in_use()
    _copy_contents(source, manifest, BlobStore.from_url(c.blob_address))
    major = server_major()
    connections["owner"].close()
    run(
        "pg_restore",
        c,
        major,
        "--clean",
        "--if-exists",
        "--no-owner",
        "--no-privileges",
        "--exit-on-error",
        "--single-transaction",
        str(source / layout.DUMP),
    )
    connections.close_all()
    migrate(quiet=True)
    note_in_trails("installation.restore", manifest)
    return manifest


def _refuse_later(manifest: layout.Manifest) -> None:
    if manifest.format > layout.FORMAT or _numbers(manifest.caseway) > _numbers(__version__):
        raise Invalid(
            f"The backup is of Caseway {manifest.caseway}; this is {__version__}.",
            code="restore.later_version",
            remedy="Install that version or a later one, and restore with it.",
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:3] if part.isdigit())


def _refuse_other_keys(manifest: layout.Manifest, other_keys: bool) -> None:
    if not other_keys and manifest.keys not in ring().keyed_hashes(KEY_PURPOSE, KEY_PURPOSE):
        raise NotConfigured(
            "The keys of this installation are not those of the backup; stored secrets would stay shut.",
            code="restore.other_keys",
            remedy="Put the keys back (CASEWAY_SECRET_KEYS, or `keys` in the data folder), or go on "
            "with --other-keys and type the secrets of all connections again.",
        )


def _refuse_in_use() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT set_config('caseway.organisation', '*', false)")
        cursor.execute("SELECT to_regclass('access_organisation'), to_regclass('access_user')")
        tables = [name for name in cursor.fetchone() if name]
        for table in tables:
            cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")
            if cursor.fetchone():
                raise Conflict(
                    "This installation is in use: it holds organisations or people.",
                    code="restore.in_use",
                    remedy="Restore into an empty data folder (CASEWAY_DATA) or database.",
                )


def _copy_contents(source: Path, manifest: layout.Manifest, store: BlobStore) -> None:
    for sha256, name in layout.read_sums(source, manifest):
        file = source / name
        if not file.is_file():
            raise layout.damaged(name)
        if name == layout.DUMP:
            if layout.hash_of(file) != sha256:
                raise layout.damaged(name)
            continue
        with file.open("rb") as stream:
            stored = store.write(chunks(stream))
        if stored.sha256 != sha256:
            store.delete(stored.sha256)
            raise layout.damaged(name)
