"""Filing side by side: our rail and cmislib 0.7.0, on one OpenCMIS server, in one run, turn by turn.

Each makes a folder with properties and three documents of 20 KB. cmislib does only the four calls; ours also
renders the mapping, checks it against the types, and writes keys and hashes. Then each files one document of
300 MB in a process of its own.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml

from bench.figures import Peak, Scale
from bench.large_attachment import in_a_process

MIB = 1024 * 1024
LOGIN = {"login": "basic", "username": "caseway", "password": "caseway"}


def run(scale: Scale) -> dict[str, Any]:
    """Return median milliseconds, their ratio, and MiB above base at 300 MB; a reason where it cannot run."""
    from caseway.testing.opencmis import OpenCmisServer, PeerMissing

    source = files("caseway.rails.cmis.simulator") / "types.yaml"
    types = yaml.safe_load(source.read_text(encoding="utf-8"))["types"]
    server = OpenCmisServer(types, limit=400 * MIB, heap=3000, large=True)
    try:
        server.__enter__()
    except PeerMissing as missing:
        return {"skipped": str(missing)}
    try:
        return _time(server.url, scale.pick(60, 300)) | _memory(server.url)
    finally:
        server.__exit__(None, None, None)


def _time(url: str, rounds: int) -> dict[str, Any]:
    from bench.desk import Filer

    parent = Others(url)
    with tempfile.TemporaryDirectory() as folder, Filer(url, **LOGIN) as filer:
        papers = [Path(folder) / f"Anlage {number}.pdf" for number in (1, 2, 3)]
        for paper in papers:
            paper.write_bytes(bytes(20_000))
        ways: dict[str, Callable[[str], object]] = {
            "caseway": lambda key: filer.file(key, papers),
            "cmislib": lambda key: parent.file(key, papers),
        }
        took: dict[str, list[float]] = {name: [] for name in ways}
        for number in range(rounds + 5):
            for name in sorted(ways, reverse=bool(number % 2)):
                began = time.perf_counter()
                ways[name](f"{number}")
                took[name].append((time.perf_counter() - began) * 1000)
    medians = {f"{name}_ms": round(statistics.median(values[5:]), 2) for name, values in took.items()}
    pairs = zip(took["caseway"][5:], took["cmislib"][5:], strict=True)
    return medians | {"time_ratio": round(statistics.median(ours / theirs for ours, theirs in pairs), 2)}


def _memory(url: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "Film.pdf"
        with file.open("wb") as out:
            for _ in range(300):
                out.write(bytes(MIB))
        told = {
            name: in_a_process("bench.cmislib_peer", name, url, str(file)) for name in ("caseway", "cmislib")
        }
    ours, theirs = (told[name]["mib_above_base"] for name in ("caseway", "cmislib"))
    return {
        "caseway_mib_above_base_at_300": ours,
        "cmislib_mib_above_base_at_300": theirs,
        "memory_ratio": round(ours / max(theirs, 1), 3),
        "caseway_seconds_at_300": told["caseway"]["seconds"],
        "cmislib_seconds_at_300": told["cmislib"]["seconds"],
    }


class Others:
    """cmislib's way: a folder, then documents in it."""

    def __init__(self, url: str) -> None:
        from cmislib import CmisClient
        from cmislib.browser.binding import BrowserBinding

        client = CmisClient(url, "caseway", "caseway", binding=BrowserBinding())
        root = client.defaultRepository.getRootFolder()
        known = {child.getName(): child for child in root.getChildren()}
        self.parent = known.get("Onlineantraege") or root.createFolder("Onlineantraege")

    def file(self, key: str, papers: list[Path]) -> None:
        common = {"355": key}
        folder = self.parent.createFolder(
            f"cmislib {key}", properties={"cmis:objectTypeId": "D_AKTE", "304": "99088001080000", **common}
        )
        for index, paper in enumerate(papers):
            kind = "DOC01" if index == 0 else "DOC02"
            with paper.open("rb") as content:
                folder.createDocument(
                    f"{index} {paper.name}",
                    {"cmis:objectTypeId": "DPORT", "362": kind, **common},
                    content,
                    "application/pdf",
                )


def _one(name: str, url: str, file: Path) -> dict[str, Any]:
    """File a case without documents, then one with the large one; measure the second."""
    if name == "caseway":
        from bench.desk import Filer

        with Filer(url, chunk_bytes=0, **LOGIN) as filer:
            return _measured(lambda key, papers: filer.file(key, papers), file)
    others = Others(url)
    return _measured(others.file, file)


def _measured(way: Callable[[str, list[Path]], object], file: Path) -> dict[str, Any]:
    key = uuid4().hex[:12]
    way(f"base-{key}", [])
    peak, began = Peak(), time.perf_counter()
    way(f"large-{key}", [file])
    return {"mib_above_base": peak.above(), "seconds": round(time.perf_counter() - began, 2)}


if __name__ == "__main__":
    answer = _one(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    sys.stdout.write(json.dumps(answer) + "\n")
