"""PostgreSQL's own `pg_dump` and `pg_restore`, run as the tables' owner. No password on a command line."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from django.db import connections
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from caseway.configuration import Configuration
from caseway.core.errors import NotConfigured, Unavailable
from caseway.embedded import MAJOR, programs, urls

# The owner is held to the fence as well (caseway.access.rls), unless it is a superuser.
_EVERYTHING = "-c caseway.organisation=* -c lock_timeout=10s"


def run(program: str, c: Configuration, major: int, *arguments: str) -> None:
    """Run a program against the installation's database. Raises `Unavailable` with its last words."""
    parts = conninfo_to_dict(urls(c).owner)
    password = str(parts.pop("password", "") or "")
    environment = {**os.environ, "PGOPTIONS": _EVERYTHING, **({"PGPASSWORD": password} if password else {})}
    done = subprocess.run(
        [_path(program, major), f"--dbname={make_conninfo('', **parts)}", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise Unavailable(
            f"{program} ended with an error.",
            code="backup.program_failed",
            remedy="Its own words are in the log; is the database reachable as its owner?",
            output=done.stdout[-2000:],
        )


def server_major() -> int:
    """Return the major version of the installation's PostgreSQL."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10000


def _path(program: str, major: int) -> str:
    """Return the program of the wheel; that of the machine where the server is newer or there is no wheel."""
    if major <= MAJOR:
        try:
            ours = programs() / program
        except NotConfigured:
            ours = Path("absent")
        if ours.exists():
            return str(ours)
    found = shutil.which(program)
    if found is None:
        raise NotConfigured(
            f"The program {program} is not on this machine.",
            code="backup.program_missing",
            remedy=f"Install PostgreSQL's client programs, version {major} or later.",
        )
    return found
