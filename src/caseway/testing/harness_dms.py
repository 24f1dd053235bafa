"""The simulated DMS as a process of its own, with everything it acknowledged kept over a kill."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import httpx2

from caseway.testing.harness import Process, free_port, python, wait_for

KINDS: tuple[dict[str, Any] | None, ...] = (
    None,
    {"kind": "drop_reply", "actions": ["createFolder", "createDocument"], "probability": 0.1},
    {"kind": "server_error", "actions": ["createFolder", "createDocument"], "probability": 0.1},
    {"kind": "unavailable", "actions": ["createDocument"], "probability": 0.05},
    {"kind": "rename_on_conflict"},
    {"kind": "slow", "seconds": 0.2, "actions": ["createDocument"], "probability": 0.2},
    {"kind": "query_lag", "seconds": 20},
)
"""What a DMS does wrong in turn; None is a day on which all is well."""


class DmsProcess:
    """A DMS that runs apart from whoever files into it."""

    def __init__(self, folder: Path, *options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        state = folder / "dms.jsonl"
        command = python("-m", "caseway.rails.cmis.simulator", f"--port={self.port}", f"--state={state}")
        command += [f"--content={folder / 'contents'}", "--json", *options]
        self.process = Process("dms", command, folder / "dms.log")
        self._http = httpx2.Client(base_url=self.url, trust_env=False, timeout=120)

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.process.start()
        wait_for(f"{self.url}/_sim/counts")

    def stop(self) -> None:
        """End it; what it holds stays on disk."""
        self._http.close()
        self.process.stop()

    def misbehave(self, fault: dict[str, Any] | None) -> None:
        """Switch one fault on and all others off."""
        self._http.delete("/_sim/faults").raise_for_status()
        if fault is not None:
            self._http.post("/_sim/faults", json=fault).raise_for_status()

    def doubled(self) -> int:
        """Return how many objects are there that should not be: a second of the same."""
        return int(self._http.get("/_sim/counts").raise_for_status().json()["doubled"])

    def objects(self) -> list[dict[str, Any]]:
        """Return every object that somebody filed."""
        found = self._http.get("/_sim/state").raise_for_status().json()["objects"]
        return [one for one in found if one["createdBy"] != "system"]

    def contents(self) -> Counter[str]:
        """Return how often each content lies there, by SHA-256."""
        return Counter(one["sha256"] for one in self.objects() if one["base"] == "cmis:document")
