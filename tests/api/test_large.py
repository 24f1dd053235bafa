"""A file of 2 GB goes through the web process into the store in bounded memory."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from caseway.access.models import Organisation
from caseway.testing.tokens import issue_token
from tests.api.conftest import BOUNDARY

PIECE = bytes(1024 * 1024)
SIZE = 2 * 1024**3


@pytest.fixture
def web(organisation: Organisation) -> Iterator[tuple[int, psutil.Process]]:
    """The product's web process on a free port; its port and itself."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    command += ["--workers", "1", "--blocking-threads", "2", "--no-ws", "--log-level", "error"]
    process = subprocess.Popen(
        [*command, "caseway.wsgi:application"], env=os.environ | {"PYTHONWARNINGS": ""}
    )
    try:
        _wait(port)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the web process did not come up")


@pytest.mark.slow
def test_a_file_of_2_gb_in_bounded_memory(
    web: tuple[int, psutil.Process], organisation: Organisation
) -> None:
    port, process = web
    token = issue_token(organisation)
    _send(port, token, 1)
    before, peak = memory(process), 0
    digest = hashlib.sha256()

    def watched() -> Iterator[bytes]:
        nonlocal peak
        for number in range(SIZE // len(PIECE)):
            if number % 64 == 0:
                peak = max(peak, memory(process))
            digest.update(PIECE)
            yield PIECE

    status, body = _send(port, token, SIZE, watched())

    assert 201 == status, body
    assert (SIZE, digest.hexdigest()) == (body["documents"][0]["size"], body["documents"][0]["sha256"])
    assert max(peak, memory(process)) - before < 100 * 1024**2


def memory(process: psutil.Process) -> int:
    """Return the resident bytes of a process and its children."""
    return sum(one.memory_info().rss for one in (process, *process.children(recursive=True)))


def _send(
    port: int, token: str, size: int, pieces: Iterator[bytes] | None = None
) -> tuple[int, dict[str, list[dict[str, object]]]]:
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="submission"\r\n\r\n{{}}\r\n--{BOUNDARY}\r\n'
        f'Content-Disposition: form-data; name="a"; filename="a.bin"\r\n\r\n'
    ).encode()
    tail = f"\r\n--{BOUNDARY}--\r\n".encode()
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    wire.putrequest("POST", "/api/v1/submissions")
    for name, value in {
        "Authorization": f"Bearer {token}",
        "Idempotency-Key": f"large-{size}",
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "Content-Length": str(len(head) + size + len(tail)),
    }.items():
        wire.putheader(name, value)
    wire.endheaders(head)
    for piece in pieces or iter([b"x" * size]):
        wire.send(piece)
    wire.send(tail)
    answer = wire.getresponse()
    body = json.loads(answer.read())
    wire.close()
    return answer.status, body
