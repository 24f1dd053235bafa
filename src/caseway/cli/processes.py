"""Child processes of `caseway up`: started, watched, started again when they die, stopped together."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from caseway.core.errors import NotConfigured

GIVE_UP_AFTER = 3
"""So many deaths in a row, before anything answered, are no accident."""


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
            process_group=0,  # with what it starts itself; Ctrl-C is for us, who stop them in order
        )
        self.started_at = time.monotonic()

    def stop(self, patience: float) -> None:
        """End it; whatever it started itself and left behind ends too."""
        if self.process is None:
            return
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(patience)
        self._kill_group(self.process)
        self.process.wait()

    def _kill_group(self, leader: subprocess.Popen[bytes]) -> None:
        """Kill what is left of the group, and wait until nobody of it writes any more."""
        end = time.monotonic() + 5
        with contextlib.suppress(ProcessLookupError, PermissionError):
            while time.monotonic() < end:
                os.killpg(leader.pid, signal.SIGKILL)
                time.sleep(0.02)
                leader.poll()  # buried, it is no member any more


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

    def wait_for(self, url: str) -> None:
        """Wait until a child answers. Raises `NotConfigured` when none does in time, or one ends again."""
        wait_for(url, meanwhile=self._come_up)

    def _come_up(self) -> None:
        self.look_after()
        for child in self.children:
            if child.deaths >= GIVE_UP_AFTER:
                raise NotConfigured(
                    f"The process {child.name} ends as soon as it starts.",
                    code="up.process_ends",
                    remedy="Its own words are in the lines above.",
                )

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


def require_free(host: str, port: int) -> None:
    """Raise `NotConfigured` where another program listens on the port, or the address is not ours."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise NotConfigured(
            f"Nothing of ours can listen on {host}:{port}: {error.strerror}.",
            code="up.port_taken",
            remedy="End the program that listens there, or name another with CASEWAY_PORT or --port.",
        ) from error


def wait_for(url: str, seconds: float = 180, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Wait until an address answers. Raises `NotConfigured` when it does not in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        meanwhile()
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
