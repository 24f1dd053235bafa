"""`caseway up`: what it says where something cannot come up, and that it says so at once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from caseway.cli.processes import GIVE_UP_AFTER, Family, free_port, require_free
from caseway.core.errors import NotConfigured


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Another program that listens on a port of the loopback."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


@pytest.fixture
def family() -> Iterator[Family]:
    """A family that is stopped in the end."""
    family = Family()
    yield family
    family.stop()


@pytest.fixture
def room() -> Iterator[Path]:
    """A folder for temporary files whose name is short enough for the socket of a database."""
    with tempfile.TemporaryDirectory(prefix="cw-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def until(seen: Callable[[], bool]) -> None:
    """Wait for something that comes soon."""
    end = time.monotonic() + 20
    while not seen():
        assert time.monotonic() < end
        time.sleep(0.05)


def running(pid: int) -> bool:
    """Whether a process lives; one that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_child_that_ends_again_and_again_is_named_instead_of_waited_for(family: Family) -> None:
    child = family.add("worker", [sys.executable, "-c", "raise SystemExit(3)"], {})

    with pytest.raises(NotConfigured) as raised:
        family.wait_for(f"http://127.0.0.1:{free_port()}/")

    assert ("up.process_ends", GIVE_UP_AFTER) == (raised.value.code, child.deaths)
    assert "worker" in raised.value.sentence


def test_a_child_that_dies_once_while_coming_up_is_started_again(family: Family, tmp_path: Path) -> None:
    port, died = free_port(), tmp_path / "died"
    program = (
        "import pathlib, sys\n"
        f"died = pathlib.Path({str(died)!r})\n"
        "if not died.exists(): died.touch(); sys.exit(1)\n"
        "from http.server import HTTPServer, SimpleHTTPRequestHandler\n"
        f"HTTPServer(('127.0.0.1', {port}), SimpleHTTPRequestHandler).serve_forever()\n"
    )
    child = family.add("web", [sys.executable, "-c", program], {})

    family.wait_for(f"http://127.0.0.1:{port}/")

    assert 1 == child.deaths


def test_what_a_child_started_and_left_behind_ends_with_it(family: Family, tmp_path: Path) -> None:
    left = tmp_path / "left"
    deaf = "import os, pathlib, signal, time; signal.signal(15, signal.SIG_IGN); "
    deaf += f"pathlib.Path({str(left)!r}).write_text(str(os.getpid())); time.sleep(60)"
    program = f"import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {deaf!r}]); "
    program += "time.sleep(60)"
    family.add("web", [sys.executable, "-c", program], {})
    until(lambda: left.exists() and left.read_text() != "")

    family.stop()

    until(lambda: not running(int(left.read_text())))


def test_a_free_port_is_free_and_a_listened_on_one_is_not(listener: socket.socket) -> None:
    require_free("127.0.0.1", free_port())

    with pytest.raises(NotConfigured) as raised:
        require_free("127.0.0.1", listener.getsockname()[1])

    assert "up.port_taken" == raised.value.code


def test_an_address_that_is_not_of_this_machine_is_told_the_same_way() -> None:
    with pytest.raises(NotConfigured, match=r"192\.0\.2\.1"):
        require_free("192.0.2.1", free_port())


def test_up_on_a_taken_port_ends_at_once_and_starts_nothing(listener: socket.socket, tmp_path: Path) -> None:
    data = tmp_path / "data"
    port = listener.getsockname()[1]
    done = subprocess.run(
        [sys.executable, "-m", "caseway", "up", f"--port={port}"],
        env={**os.environ, "CASEWAY_DATA": str(data), "CASEWAY_DATABASE_URL": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode != 0
    assert "up.port_taken" in done.stderr
    assert not (data / "postgres").exists()


def test_a_demo_that_is_interrupted_stops_what_it_started_and_says_so(room: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "caseway", "up", "--demo", "--exit-when-done", "--json"],
        env={**os.environ, "TMPDIR": str(room), "CASEWAY_DATABASE_URL": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = ""
    while "process.started" not in said:  # the worker is up, and so is the database
        line = process.stderr.readline()
        assert line, said
        said += line
    process.send_signal(signal.SIGINT)
    said += process.communicate(timeout=120)[1]

    assert 130 == process.returncode, said
    assert "Stopped." in said
    assert "Traceback" not in said
    assert [] == list(room.glob("caseway-demo-*"))
