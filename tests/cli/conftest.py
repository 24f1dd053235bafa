"""Installations of their own, driven by the command line as an operator drives them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Installation:
    """A data folder, and the commands that work on it."""

    data: Path

    def run(self, *arguments: str, status: int = 0, **environment: str) -> str:
        """Run `caseway …`; return what it said, on failure its words of error. The status must be as told."""
        done = subprocess.run(
            [sys.executable, "-m", "caseway", *arguments],
            env={**os.environ, "CASEWAY_DATA": str(self.data), "CASEWAY_DATABASE_URL": "", **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert status == done.returncode, done.stdout + done.stderr
        return done.stdout if status == 0 else done.stderr

    def python(self, code: str) -> str:
        """Run a piece of Python with the models of this installation."""
        done = subprocess.run(
            [sys.executable, "-c", f"import django; django.setup()\n{code}"],
            env={**os.environ, "CASEWAY_DATA": str(self.data), "CASEWAY_DATABASE_URL": ""},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@pytest.fixture(scope="module")
def installation() -> Iterator[Callable[[], Installation]]:
    """Make empty installations whose PostgreSQL is up until the test ends."""
    from caseway.embedded import EmbeddedPostgres

    with tempfile.TemporaryDirectory(prefix="caseway-cli-") as folder:
        servers: list[EmbeddedPostgres] = []

        def make() -> Installation:
            data = Path(folder) / f"data-{len(servers)}"
            data.mkdir()
            server = EmbeddedPostgres(data, durable=False)
            server.start()
            servers.append(server)
            return Installation(data)

        yield make
        for server in servers:
            server.stop()
