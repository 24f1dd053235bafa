"""Hundreds of megabytes: broken off near their end, sent again, collected whole, in constant memory."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from caseway.rails.samples import large_content
from tests.rails.fit_connect.rail.kit import World
from tests.rails.fit_connect.rail.papers import OURS

MB = 1_000_000


def written(path: Path, size: int) -> str:
    """Write a file of this size and return its digest."""
    digest = hashlib.sha256()
    with path.open("wb") as stream:
        for piece in large_content(size):
            stream.write(piece)
            digest.update(piece)
    return digest.hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize(("size", "fragment", "pieces"), [(500 * MB, 150 * MB, 4), (374 * MB, 0, 1)])
def test_a_large_attachment_that_broke_off_at_90_percent_arrives_whole(
    world: World, tmp_path: Path, size: int, fragment: int, pieces: int
) -> None:
    digest = written(tmp_path / "akte.bin", size)
    world.fault("drop_upload_at", "put_attachment", percent=90, after=pieces - 1)
    told = {
        "addresses": world.platform.addresses,
        "root": world.platform.platform.pki.root_pem(),
        "keys": world.platform.private_keys(OURS),
        "file": str(tmp_path / "akte.bin"),
        "room": str(tmp_path),
        "fragment_bytes": fragment,
    }

    made = subprocess.run(
        [sys.executable, "-m", "tests.rails.fit_connect.rail.large"],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )

    assert (0, "") == (made.returncode, made.stderr)
    found = json.loads(made.stdout)
    assert (digest, pieces) == (found["sha256"], found["pieces"])
    assert (1, 0) == (world.handed_over(), world.doubled())
    assert max(found["sending"], found["collecting"]) < 64 * MB
