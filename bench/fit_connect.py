"""FIT-Connect: encrypt and send, receive and prove, beside fitconnect-client on one simulated platform.

Both senders speak v1, which is all that fitconnect-client knows; it sends no subject data and compresses.
Each way has a process of its own; the platform has another. Times are per submission, the login left out;
memory is how far a process rises above what it had before the first submission. What the primitives cost
alone is measured beside.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.figures import Scale
from bench.large_attachment import in_a_process

MB = 1_000_000
ROUNDS = 8
SIZES = (0, 1, 10)  # attachments of 1 MB
LARGE = 500 * MB


def run(scale: Scale) -> dict[str, Any]:
    """Return ms per submission each way, ratios to the peer, MB/s and MiB for the large one."""
    large = scale.pick(LARGE // 5, LARGE)
    with tempfile.TemporaryDirectory() as folder, _platform(Path(folder)) as platform:
        one, big = Path(folder) / "anlage.pdf", Path(folder) / "plan.bin"
        one.write_bytes(os.urandom(MB))
        with big.open("wb") as out:
            for _ in range(large // MB):
                out.write(os.urandom(MB))
        figures: dict[str, Any] = in_a_process("bench.fit_connect_primitives")
        for count in SIZES:
            figures |= _compare(platform.addresses, count, one)
        ours = in_a_process("bench.fit_connect_ours", json.dumps(platform.addresses), "1", "1", str(big))
        return figures | {
            "large_bytes": large,
            "large_send_mb_per_second": round(large / 1000 / ours["send_ms"], 1),
            "large_receive_mb_per_second": round(large / 1000 / ours["receive_ms"], 1),
            "large_send_mib_above_base": ours["send_mib"],
            "large_receive_mib_above_base": ours["receive_mib"],
        }


def _compare(addresses: dict[str, str], count: int, file: Path) -> dict[str, Any]:
    ours = in_a_process("bench.fit_connect_ours", json.dumps(addresses), str(ROUNDS), str(count), str(file))
    name = f"with_{count}"
    figures = {
        f"send_ms_{name}": ours["send_ms"],
        f"receive_ms_{name}": ours["receive_ms"],
        f"send_mib_{name}": ours["send_mib"],
    }
    peer = _peer(addresses, count, file)
    if peer is not None:
        figures |= {
            f"peer_send_ms_{name}": peer["send_ms"],
            f"peer_send_mib_{name}": peer["send_mib"],
            f"send_to_peer_{name}": round(ours["send_ms"] / peer["send_ms"], 2),
        }
    return figures


def _peer(addresses: dict[str, str], count: int, file: Path) -> dict[str, Any] | None:
    """Return the same figures of fitconnect-client in its own environment; None where it cannot be had."""
    from caseway.testing.fit_peer import python_client
    from caseway.testing.opencmis import PeerMissing

    here = Path(__file__).parent
    there = here.parent / "tests/peers/fit_connect/python"
    try:
        peer = python_client(there / "requirements.txt", here / "fit_connect_peer.py")
    except PeerMissing:
        return None
    task = {
        "token": addresses["token"],
        "api": addresses["submissionV1"],
        "attachments": [str(file)] * count,
        "rounds": ROUNDS,
    }
    return peer.run(task)


class _platform:  # noqa: N801 - reads as what it is
    """The simulated platform in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> _platform:
        command = [sys.executable, "-m", "caseway.rails.fit_connect.simulator", "--port=0", "--json"]
        self._process = subprocess.Popen(
            [*command, f"--state={self._folder / 'platform'}"], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.addresses: dict[str, str] = json.loads(self._process.stdout.readline())
        self._wait_for_keys()
        return self

    def _wait_for_keys(self) -> None:
        import httpx2

        end = time.monotonic() + 120
        while time.monotonic() < end:
            with httpx2.Client(trust_env=False, timeout=60) as http:
                if http.get(self.addresses["rootCertificate"]).status_code == 200:
                    return
        raise SystemExit("the simulated platform has no keys")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
        if self._process.stdout is not None:
            self._process.stdout.close()
