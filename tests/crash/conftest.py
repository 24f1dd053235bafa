"""One installation for all crash tests: a durable PostgreSQL, and processes that can be killed."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from caseway.access.database import migrate
from caseway.access.scope import everything
from caseway.cli.serve import web_command
from caseway.core.clock import now
from caseway.delivery.links import close_clients
from caseway.delivery.models import Connection
from caseway.embedded import EmbeddedPostgres
from caseway.testing.harness import Arming, Process, free_port, python
from caseway.testing.harness_dms import KINDS, DmsProcess
from caseway.testing.harness_platform import PlatformProcess
from caseway.testing.harness_simulator import SimulatorProcess
from caseway.testing.harness_world import World, a_world
from caseway.testing.pytest_plugin import DATA

LEASE = {"CASEWAY_LEASE_SECONDS": "4", "CASEWAY_LOG_LEVEL": "WARNING"}


def deliveries() -> int:
    """How many submissions each point has to bear."""
    return int(os.environ.get("CASEWAY_CRASH_DELIVERIES", "500"))


def submissions() -> int:
    """How many submissions each point has to bear that travel over FIT-Connect, sealed."""
    return int(os.environ.get("CASEWAY_CRASH_SUBMISSIONS", "48"))


def plans(
    point: str, passes: int, mark: Path, world: World[DmsProcess], chance: random.Random
) -> Iterator[Arming]:
    """Arm the next victim, spread over all passes of a point; with each the DMS does something else wrong."""
    return bad_days(point, passes, mark, world.dms, KINDS, chance)


def bad_days(
    point: str,
    passes: int,
    mark: Path,
    other: SimulatorProcess,
    days: Sequence[Any],
    chance: random.Random,
) -> Iterator[Arming]:
    """Arm one victim after the other, spread over all passes of a point; each has another bad day."""
    for faults in days:
        other.misbehave(faults)
        yield Arming(point, chance.randint(1, max(1, passes // len(days))), mark)
    other.misbehave(None)


@pytest.fixture(scope="session")
def server() -> Iterator[EmbeddedPostgres]:
    """A server that writes to disk before it says so, as in earnest."""
    was_running = EmbeddedPostgres(DATA, durable=False).running()
    connections.close_all()
    server = EmbeddedPostgres(DATA)
    server.stop()
    server.start()
    migrate(quiet=True)
    yield server
    connections.close_all()
    server.stop()
    if was_running:
        EmbeddedPostgres(DATA, durable=False).start()


@dataclass
class Installation:
    """What can be started on the one database."""

    folder: Path
    server: EmbeddedPostgres

    def worker(self, name: str = "worker", **environment: str) -> Process:
        command = python("-m", "caseway", "worker", "--threads", "6")
        return Process(name, command, self.folder / f"{name}.log", {**LEASE, **environment})

    def web(self, **environment: str) -> tuple[Process, str]:
        """A web process that dies with its only child, so that the supervisor sees it."""
        port = free_port()
        command = [one for one in web_command("127.0.0.1", port) if one != "--respawn-failed-workers"]
        command = ["--workers=1" if one.startswith("--workers=") else one for one in command]
        process = Process("web", command, self.folder / "web.log", {**LEASE, **environment})
        return process, f"http://127.0.0.1:{port}"


@pytest.fixture
def installation(server: EmbeddedPostgres, tmp_path: Path) -> Iterator[Installation]:
    yield Installation(tmp_path, server)
    connections.close_all()


@pytest.fixture
def world(installation: Installation, request: pytest.FixtureRequest) -> Iterator[World[DmsProcess]]:
    """An organisation of the test's own, and a DMS with state on disk."""
    dms = DmsProcess(installation.folder / "dms")
    dms.start()
    try:
        yield a_world(slug_of(request), dms, server_errors=100)
    finally:
        dms.stop()


@pytest.fixture
def platform(installation: Installation) -> Iterator[PlatformProcess]:
    """A FIT-Connect platform with state on disk."""
    platform = PlatformProcess(installation.folder / "platform")
    platform.start()
    try:
        yield platform
    finally:
        close_clients()
        platform.stop()
        with everything():  # no later worker shall ask a platform that is gone
            Connection.objects.filter(rail="fit_connect", paused_at=None).update(paused_at=now())


def slug_of(request: pytest.FixtureRequest) -> str:
    """Return the name of the test's own organisation: no two tests of a run share one."""
    words = "".join(sign if sign.isalnum() else "-" for sign in request.node.name.lower())
    return f"{words[-43:].strip('-')}-{sha256(request.node.nodeid.encode()).hexdigest()[:6]}"
