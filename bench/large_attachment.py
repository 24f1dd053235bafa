"""One large document through the rail to the simulated DMS: how far memory rises, how fast it goes.

The file is read from disk in the piece sizes of the rail; each way has a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.figures import Peak, Scale

MIB = 1024 * 1024


def run(scale: Scale) -> dict[str, Any]:
    """Return MiB above the base and MB/s, in one request and in pieces of 64 MiB."""
    from caseway.rails.cmis.simulator import CmisSimulator

    size = 250 * MIB
    figures: dict[str, Any] = {"bytes": size}
    with tempfile.TemporaryDirectory() as folder, CmisSimulator() as dms:
        file = Path(folder) / "Plan.pdf"
        with file.open("wb") as out:
            for _ in range(250):
                out.write(bytes(MIB))
        for name, chunk in (("whole", 0), ("pieces", 64 * MIB)):
            told = in_a_process("bench.large_attachment", dms.browser_url, str(file), str(chunk))
            figures |= {f"{key}_{name}": value for key, value in told.items()}
    return figures


def in_a_process(module: str, *arguments: str) -> dict[str, Any]:
    """Run a module in a Python of its own; return the JSON of its last line."""
    command = [sys.executable, "-W", "ignore", "-m", module, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def send(url: str, file: Path, chunk: int) -> dict[str, Any]:
    """File a folder, then the document; measure the second."""
    from bench.desk import Filer

    with Filer(url, chunk_bytes=chunk) as filer:
        filer.file("small", [])
        peak, began = Peak(), time.perf_counter()
        filer.file("large", [file])
        seconds = time.perf_counter() - began
    return {"mib_above_base": peak.above(), "mb_per_second": round(file.stat().st_size / 1e6 / seconds, 1)}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(send(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))) + "\n")
