"""The simulated DMS as a process of its own, with everything it acknowledged kept over a kill."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from caseway.testing.harness_simulator import SimulatorProcess

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


class DmsProcess(SimulatorProcess):
    """A DMS that runs apart from whoever files into it."""

    def __init__(self, folder: Path, *options: str) -> None:
        state = (f"--state={folder / 'dms.jsonl'}", f"--content={folder / 'contents'}")
        super().__init__("dms", "caseway.rails.cmis.simulator", folder, *state, *options)

    def doubled(self) -> int:
        """Return how many objects are there that should not be: a second of the same."""
        return int(self.counts()["doubled"])

    def objects(self) -> list[dict[str, Any]]:
        """Return every object that somebody filed."""
        return [one for one in self.state()["objects"] if one["createdBy"] != "system"]

    def contents(self) -> Counter[str]:
        """Return how often each content lies there, by SHA-256."""
        return Counter(one["sha256"] for one in self.objects() if one["base"] == "cmis:document")
