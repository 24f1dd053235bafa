"""The real clamd as a peer: Debian's `clamav-daemon`, with one signature of our own and no network."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from caseway.cli.processes import free_port
from caseway.core.errors import CasewayError
from caseway.intake.checks.malware import EICAR, ClamdScanner

NAME = "Caseway.Test.Eicar"
LIMIT = 1024 * 1024
"""Bytes that this clamd takes at once (StreamMaxLength)."""


@dataclass(frozen=True)
class Clamd:
    """Where a clamd listens."""

    tcp: str
    local: str


def find_clamd() -> str | None:
    """Return the program, where it is installed; Debian keeps it where only root looks."""
    return shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def running_clamd(folder: Path) -> Iterator[Clamd]:
    """Run a clamd until the block ends. Raises `TimeoutError` when it does not come up."""
    program = find_clamd()
    assert program is not None, "clamd is not installed"
    port = free_port()
    clamd = Clamd(f"tcp://127.0.0.1:{port}", f"unix://{folder / 'clamd.sock'}")
    with (folder / "clamd.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "--foreground", f"--config-file={_configured(folder, port)}"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait_until_up(clamd, process, folder / "clamd.log")
            yield clamd
        finally:
            process.terminate()
            process.wait(20)


def _configured(folder: Path, port: int) -> Path:
    database = folder / "signatures"
    database.mkdir()
    # Extended signature: name, any type of file, at any place, these bytes.
    (database / "test.ndb").write_text(f"{NAME}:0:*:{EICAR.hex()}\n")
    config = folder / "clamd.conf"
    config.write_text(
        f"DatabaseDirectory {database}\nTCPAddr 127.0.0.1\nTCPSocket {port}\n"
        f"LocalSocket {folder / 'clamd.sock'}\nStreamMaxLength {LIMIT}\nFixStaleSocket yes\nMaxThreads 4\n"
        f"TemporaryDirectory {folder}\nConcurrentDatabaseReload no\nSelfCheck 0\n"
    )
    return config


def _wait_until_up(clamd: Clamd, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        try:
            ClamdScanner(clamd.tcp).ping()
        except CasewayError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"clamd does not come up: {log.read_text(errors='replace')[-500:]}")
