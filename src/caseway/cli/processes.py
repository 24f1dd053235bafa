"""Child processes of `caseway up`: started, watched, started again when they die, stopped together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from caseway.core.errors import NotConfigured


@dataclass
class Child:
    """One process, and how it is started."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(repr=False)
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    deaths: int = 0

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,  # standard output is for what the command itself says
        )
        self.started_at = time.monotonic()

    def stop(self, patience: float) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Family:
    """Children that live and end together. A child that dies is started again, slower each time."""

    def __init__(self) -> None:
        self.children: list[Child] = []

    def add(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> Child:
        child = Child(name, command, environment)
        self.children.append(child)
        child.start()
        return child

    def look_after(self) -> None:
        """Start again whoever died; call it every second or so."""
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                child.deaths = child.deaths + 1 if time.monotonic() - child.started_at < 60 else 1
                time.sleep(min(child.deaths, 10) * 0.2)
                child.start()

    def stop(self) -> None:
        """Stop the youngest first."""
        for child in reversed(self.children):
            child.stop(patience=25)


def python(*arguments: str) -> list[str]:
    """Return a command of this Python."""
    return [sys.executable, "-W", "ignore::DeprecationWarning", *arguments]


def free_port() -> int:
    """Return a port of the loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, seconds: float = 180) -> None:
    """Wait until an address answers. Raises `NotConfigured` when it does not in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise NotConfigured(
        f"Nothing answers at {url}.",
        code="up.no_answer",
        remedy="Read the log lines above; is the port taken?",
    )
