"""Peers of FIT-Connect: programs on the cryptography of others, run as processes of their own.

`NimbusPeer` is a sender and subscriber in Java on Nimbus JOSE (Apache-2.0), compiled from sources that are
given. `PythonClient` is fitconnect-client (GPL-2.0) in a virtual environment of its own: it is never imported
here. What they need is fetched by the machine's own Maven and pip into a folder outside any tree.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caseway.testing.opencmis import CACHE, PeerMissing, fetched

NIMBUS = "com.nimbusds:nimbus-jose-jwt:10.6:jar"
_LIMIT = 600  # seconds, for one run of a peer
_SMALL = 256  # MiB


class PeerFailed(Exception):
    """The peer was refused, or something did not hold. `found` is its answer: error, status, problem…"""

    def __init__(self, found: Mapping[str, Any]) -> None:
        super().__init__(json.dumps(found)[:1000])
        self.found = found


@dataclass(frozen=True)
class NimbusPeer:
    """The Java program, compiled. `heap` is its largest heap in MiB."""

    classes: Path
    nimbus: Path
    heap: int = _SMALL

    def run(
        self, command: str, at: Mapping[str, Any], what: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Run one command and return its answer. Raises `PeerFailed`."""
        with tempfile.TemporaryDirectory(prefix="caseway-nimbus-") as folder:
            task = Path(folder) / "task.json"
            task.touch(0o600)
            task.write_text(json.dumps({"at": dict(at), "what": dict(what or {})}), encoding="utf-8")
            java = [_program("java"), f"-Xmx{self.heap}m", "-XX:+UseSerialGC"]
            if self.heap <= _SMALL:
                java.append("-XX:TieredStopAtLevel=1")  # starts sooner, but is slow over large contents
            path = os.pathsep.join((str(self.classes), str(self.nimbus)))
            return _answer(_run([*java, "-cp", path, "Main", command, str(task)]))


def nimbus_peer(sources: Path, cache: Path = CACHE) -> NimbusPeer:
    """Compile the program unless these very sources are compiled already. Raises `PeerMissing`."""
    files = sorted(sources.glob("*.java"))
    nimbus = fetched(NIMBUS, cache)
    digest = hashlib.sha256(NIMBUS.encode() + b"".join(file.read_bytes() for file in files)).hexdigest()
    classes = cache / f"fit-connect-{digest[:16]}"
    if not classes.is_dir():
        _compile(files, nimbus, classes)
    return NimbusPeer(classes, nimbus)


def _compile(files: Sequence[Path], nimbus: Path, classes: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="compiled-", dir=nimbus.parent) as folder:
        built = Path(folder) / "classes"
        done = _run([_program("javac"), "-Xlint:all", "-d", str(built), "-cp", str(nimbus), *map(str, files)])
        if done.returncode:
            raise PeerMissing(f"javac does not compile the peer: {done.stderr[-1000:]}")
        if not classes.is_dir():
            built.rename(classes)


@dataclass(frozen=True)
class PythonClient:
    """fitconnect-client in an environment of its own, driven by a script that is given."""

    python: Path
    driver: Path

    def run(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """Give the driver one task as JSON on its standard input. Raises `PeerFailed`."""
        return _answer(_run([str(self.python), "-I", str(self.driver)], json.dumps(task)))


def python_client(requirements: Path, driver: Path, cache: Path = CACHE) -> PythonClient:
    """Make the environment unless it is there for these very requirements. Raises `PeerMissing`."""
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    home = cache / f"fitconnect-client-{digest[:16]}"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        shutil.rmtree(home, ignore_errors=True)
        _install([sys.executable, "-m", "venv", str(home)])
        _install([str(python), "-m", "pip", "install", "--quiet", "--requirement", str(requirements)])
        (home / "ready").touch()
    return PythonClient(python, driver)


def _install(command: Sequence[str]) -> None:
    done = _run(command)
    if done.returncode:
        raise PeerMissing(f"fitconnect-client cannot be installed: {done.stderr[-500:]}")


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise PeerMissing(f"{name} is not installed")
    return found


def _run(command: Sequence[str], fed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, input=fed, capture_output=True, text=True, encoding="utf-8", timeout=_LIMIT, check=False
    )


def _answer(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    lines = done.stdout.strip().splitlines()
    if not lines:
        raise PeerFailed({"error": "no answer", "exit": done.returncode, "said": done.stderr[-2000:]})
    found: dict[str, Any] = json.loads(lines[-1])
    if done.returncode:
        raise PeerFailed(found)
    return found
