"""A simulated other side as a process of its own, with everything it acknowledged kept over a kill."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2

from caseway.testing.harness import Process, free_port, python, wait_for

Fault = dict[str, Any]


class SimulatorProcess:
    """A simulator that runs apart from whoever speaks to it; `misbehave` says what it does wrong."""

    def __init__(self, name: str, module: str, folder: Path, *options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = python("-m", module, f"--port={self.port}", "--json", *options)
        self.process = Process(name, command, folder / f"{name}.log")
        self.http = httpx2.Client(base_url=self.url, trust_env=False, timeout=120)

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process.start()
        wait_for(f"{self.url}/_sim/counts")

    def stop(self) -> None:
        """End it; what it holds stays on disk."""
        self.http.close()
        self.process.stop()

    def misbehave(self, faults: Fault | Sequence[Fault] | None) -> None:
        """Switch these faults on and all others off."""
        self.http.delete("/_sim/faults").raise_for_status()
        for fault in [faults] if isinstance(faults, dict) else faults or ():
            self.http.post("/_sim/faults", json=fault).raise_for_status()

    def counts(self) -> dict[str, Any]:
        """Return what it counted."""
        return dict(self.http.get("/_sim/counts").raise_for_status().json())

    def state(self) -> dict[str, Any]:
        """Return what it holds."""
        return dict(self.http.get("/_sim/state").raise_for_status().json())
