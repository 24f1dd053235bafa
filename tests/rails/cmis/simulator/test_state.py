"""What the simulated DMS acknowledged is there after it was killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from caseway.rails.cmis.simulator import CmisSimulator
from tests.rails.cmis.simulator.client import BOUNDARY, Dms, multipart, properties

NOTICE = {"cmis:objectTypeId": "DBESCHEID", "cmis:name": "Bescheid.pdf", "355": "K-1"}


@contextmanager
def process(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Run the simulator as a process of its own; give it and what it announced."""
    command = [sys.executable, "-m", "caseway.rails.cmis.simulator", "--port", "0", "--json", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            yield running, json.loads(running.stdout.readline())
        finally:
            running.kill()


class Remote(Dms):
    """The client of a simulator in another process."""

    def __init__(self, announced: dict[str, Any]) -> None:
        self.simulator = type("Running", (), announced)  # type: ignore[assignment]
        self.headers = {}
        self.base = f"/cmis/browser/{announced['repository']}"

    def state(self) -> Any:
        return self.request("GET", "/_sim/state").json["objects"]


def test_nothing_acknowledged_is_lost_by_a_kill(tmp_path: Path) -> None:
    arguments = ("--state", str(tmp_path / "state.jsonl"))
    with process(*arguments) as (running, announced):
        dms = Remote(announced)
        akte = dms.folder("Akte Müller")
        made = dms.document("a.pdf", b"A" * 2_000_000, "/root/Akte Müller")
        dms.send("appendContent", b"B", objectId=made.id)
        dms.act("update", values={"304": "99"}, objectId=akte.id)
        dms.act("delete", objectId=dms.folder("weg").id)
        before = dms.state()
        os.kill(running.pid, signal.SIGKILL)
        running.wait(10)

    with process(*arguments) as (_, announced):
        again = Remote(announced)
        assert again.state() == before
        assert again.get("/root/Akte Müller/a.pdf").body == b"A" * 2_000_000 + b"B"
        assert int(again.folder("neu").id) > max(int(item["id"]) for item in before)


def test_the_state_keeps_versions_types_and_values(tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    hund = {"cmis:objectTypeId": "D_HUND", "cmis:name": "Hund", "355": "K", "413": ["R017"], "414": "12.50"}
    with CmisSimulator(state=state) as simulator:
        dms = Dms(simulator)
        made = dms.send("createDocument", b"v1", NOTICE, versioningState="major")
        copy = dms.act("checkOut", objectId=made.id)
        dms.send("checkIn", b"v2", objectId=copy.id)
        dms.act("createFolder", values={**hund, "411": "2026-11-16T10:30:00+01:00"})
        dms.act("createType", "", type=json.dumps({"id": "D_NEU", "parentId": "D_AKTE"}))
        before = simulator.objects()

    with CmisSimulator(state=state) as simulator:
        dms = Dms(simulator)
        assert simulator.objects() == before
        assert len(dms.get(cmisselector="versions", objectId=made.id).json) == 2
        assert dms.folder("Neu", kind="D_NEU").status == 201


def test_a_half_written_line_is_cut_off(tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    with CmisSimulator(state=state) as simulator:
        Dms(simulator).folder("Akte")
        before = simulator.objects()
    with state.open("a") as file:
        file.write('{"put": [{"id"')

    with CmisSimulator(state=state) as simulator:
        assert simulator.objects() == before
        assert Dms(simulator).folder("Neu").status == 201


def test_content_beyond_the_journal_is_not_there(tmp_path: Path) -> None:
    state = tmp_path / "state.jsonl"
    with CmisSimulator(state=state) as simulator:
        made = Dms(simulator).document("a.pdf", b"AB")
    folder = tmp_path / "state.jsonl.content"
    file = next(folder.iterdir())
    file.write_bytes(b"ABC")
    (folder / "999").write_bytes(b"cut off")

    with CmisSimulator(state=state) as simulator:
        dms = Dms(simulator)
        assert dms.get("/root/a.pdf").body == b"AB"
        assert dms.send("appendContent", b"D", objectId=made.id).status == 201
        assert dms.get("/root/a.pdf").body == b"ABD"
    assert [path.name for path in folder.iterdir()] == [file.name]


def test_a_large_upload_is_never_in_memory() -> None:
    values = {"cmis:objectTypeId": "DPORT", "cmis:name": "groß.bin", "355": "K", "362": "DOC01"}
    form = {"cmisaction": "createDocument", "succinct": "true", "_charset_": "UTF-8", **properties(values)}
    size = 200_000_000
    with process() as (running, announced):
        dms = Remote(announced)
        dms.document("klein.pdf", b"x" * 100_000)
        memory = psutil.Process(running.pid).memory_info().rss
        made = dms.request(
            "POST",
            f"{dms.base}/root",
            _stream(multipart(form, b"\0"), size),  # type: ignore[arg-type]
            {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"},
        )
        grown = psutil.Process(running.pid).memory_info().rss - memory

    assert made.properties["cmis:contentStreamLength"] == size
    assert grown < 30_000_000


def test_it_stops_cleanly_on_sigterm() -> None:
    with process() as (running, announced):
        Remote(announced).folder("Akte")
        running.send_signal(signal.SIGTERM)

        assert running.wait(10) == 0


def _stream(body: bytes, size: int) -> Iterator[bytes]:
    """The body with its one byte of content made `size` bytes long, sent in chunks."""
    head, tail = body.split(b"\0")
    yield head
    for _ in range(size // 1_000_000):
        yield b"\0" * 1_000_000
    yield tail
