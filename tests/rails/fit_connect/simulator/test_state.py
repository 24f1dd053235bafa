"""What a folder keeps, over a kill -9 too; and large attachments in little memory."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from caseway.rails.fit_connect.simulator import FitConnectSimulator
from caseway.rails.fit_connect.simulator.vault import Vault
from tests.rails.fit_connect.simulator.driver import BUILDING, Party, announcement, answer, submitted

MEGABYTE = 1 << 20


def test_a_folder_keeps_everything(tmp_path: Path) -> None:
    common = Vault().folder
    with FitConnectSimulator(state=tmp_path, keys=common) as first:
        first.add_client(id="added", secret="added-secret")
        with Party(first, "added") as sender, Party(first, "demo-subscriber") as subscriber:
            accepted = submitted(sender)
            subscriber.event(accepted["caseId"], answer(first, accepted, "accept"))
            sent = submitted(sender, [b"attachment"])
            log = sender.get(f"cases/{sent['caseId']}/events").json()
            got = subscriber.get(f"submissions/{sent['submissionId']}").json()
        first.advance(60)
        before = first.describe()
    with FitConnectSimulator(state=tmp_path, keys=common) as second:
        after = second.describe()
        assert before["parcels"] == after["parcels"]
        assert before["cases"] == after["cases"]
        assert 60 == second.platform.store.clock.offset
        with Party(second, "added") as sender, Party(second, "demo-subscriber") as subscriber:
            assert log == sender.get(f"cases/{sent['caseId']}/events").json()
            assert got == subscriber.get(f"submissions/{sent['submissionId']}").json()
        second.advance(14 * 86400)
        assert {"deleted": 1, "rejected": 1} == second.counts()["submissions"]


def test_keys_are_made_once_and_readable_only_by_their_owner(tmp_path: Path) -> None:
    made = Vault(tmp_path / "keys").key("some-key")
    again = Vault(tmp_path / "keys").key("some-key")
    assert made.private_numbers() == again.private_numbers()
    assert 0o600 == (tmp_path / "keys" / "some-key.pem").stat().st_mode & 0o777
    with pytest.raises(ValueError, match="no name of a key"):
        Vault(tmp_path / "keys").key("../elsewhere")


def test_reset_forgets_everything_but_the_seed(platform: FitConnectSimulator, sender: Party) -> None:
    submitted(sender)
    platform.switch_on("slow")
    sender.http.post(f"{platform.addresses['admin']}/reset", json={})
    found = platform.counts()
    assert ({}, {}, 0, 0) == (found["submissions"], found["effects"], found["cases"], len(platform.faults))
    assert BUILDING in platform.platform.store.destinations


class Process:
    """The simulator as a process of its own."""

    def __init__(self, folder: Path, *more: str) -> None:
        command = [sys.executable, "-m", "caseway.rails.fit_connect.simulator", "--json", "--port", "0"]
        command += ["--state", str(folder), "--keys", str(Vault().folder), *more]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.addresses: dict[str, str] = json.loads(self.process.stdout.readline())

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        status = self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


def test_what_was_answered_outlives_a_kill(tmp_path: Path) -> None:
    first = Process(tmp_path)
    with Party(first, "demo-sender") as sender:
        made = sender.post("submissions", announcement("v2")).json()
    first.end(signal.SIGKILL)
    second = Process(tmp_path)
    with Party(second, "demo-sender") as sender:
        assert ["create-submission"] == sender.log(made["caseId"])
    assert 0 == second.end(signal.SIGTERM)


@pytest.mark.slow
def test_a_large_attachment_needs_little_memory(tmp_path: Path) -> None:
    size = 120 * MEGABYTE
    server = Process(tmp_path, "--set", "check_jwe=false")
    try:
        watched = psutil.Process(server.process.pid)
        with Party(server, "demo-sender") as sender:
            identity = str(uuid.uuid4())
            made = sender.post("submissions", announcement("v2", [identity])).json()
            here = f"submissions/{made['submissionId']}"
            before = watched.memory_info().rss
            headers = {"Content-Type": "application/jose", "Content-Length": str(size)}
            address = f"{sender.base}/{here}/attachments/{identity}"
            assert 204 == sender.http.put(address, content=_stream(size), headers=headers).status_code
            body = {"encryptedMetadata": "a.b.c.d.e", "encryptedData": "a.b.c.d.e"}
            assert 200 == sender.put(here, body).status_code
        with Party(server, "demo-subscriber") as subscriber:
            assert _digest(_stream(size)) == _download(subscriber, f"{here}/attachments/{identity}")
        assert watched.memory_info().rss - before < 24 * MEGABYTE
    finally:
        server.end(signal.SIGTERM)


def _stream(size: int) -> Iterator[bytes]:
    block = (b"abcdefgh" * (MEGABYTE // 8))[:MEGABYTE]
    for number in range(size // MEGABYTE):
        yield block[number:] + block[:number]


def _digest(stream: Iterator[bytes]) -> str:
    found = hashlib.sha256()
    for block in stream:
        found.update(block)
    return found.hexdigest()


def _download(party: Any, path: str) -> str:
    with httpx2.Client(headers=party.http.headers, trust_env=False) as http:
        with http.stream("GET", f"{party.base}/{path}") as response:
            assert 200 == response.status_code
            return _digest(response.iter_bytes())
