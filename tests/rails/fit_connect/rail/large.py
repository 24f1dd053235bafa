"""A process of its own that sends and collects one large attachment and tells how much memory that took.

Run with `python -m tests.rails.fit_connect.rail.large`, told on its standard input.
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from caseway.rails.contract import Document, chunks
from caseway.rails.fit_connect.simulator import FitConnectSimulator
from caseway.rails.fit_connect.unpacking import open_binary
from tests.rails.fit_connect.rail.kit import World
from tests.rails.fit_connect.rail.papers import data, occasion, paper


def carry(told: dict[str, Any]) -> dict[str, Any]:
    """Send the file, collect it, and return the digest of what arrived and by how much memory grew."""
    world = World(_platform(told), Path(told["room"]))
    large, before = _document(Path(told["file"])), _peak()
    desk = world.sender(fragment_bytes=told["fragment_bytes"])
    desk.all(occasion([data(), large]))
    sent = _peak()
    collected = world.collect(world.receiver())
    digest = hashlib.sha256()
    with collected.files[1].open() as stream:
        for piece in chunks(stream):
            digest.update(piece)
    world.close()
    pieces = sum(key.startswith("attachment:") for key in desk.receipts)
    return {
        "sha256": digest.hexdigest(),
        "pieces": pieces,
        "sending": sent - before,
        "collecting": _peak() - sent,
    }


def _platform(told: dict[str, Any]) -> FitConnectSimulator:
    """What a world asks of the platform, which runs in the process that started this one."""
    pki = SimpleNamespace(root_pem=lambda: told["root"])
    known = SimpleNamespace(
        addresses=told["addresses"],
        platform=SimpleNamespace(pki=pki),
        private_keys=lambda _destination: told["keys"],
    )
    return cast(FitConnectSimulator, known)


def _document(path: Path) -> Document:
    described = paper("attachment", "Akte.bin", b"", "application/octet-stream")
    return replace(described, size=path.stat().st_size, open=partial(open_binary, path))


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    sys.stdout.write(json.dumps(carry(json.load(sys.stdin))))
