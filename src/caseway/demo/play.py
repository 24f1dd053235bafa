"""Plays the day: hands everything in over HTTP as a form portal would, while the DMS misbehaves."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2

from caseway.demo.day import REFUSED, Sent

FAULTS: list[dict[str, Any]] = [
    # The effect happens, the answer is lost: what today's products file twice.
    {"kind": "drop_reply", "actions": ["createFolder"], "times": 2, "after": 3},
    {"kind": "drop_reply", "actions": ["createDocument"], "times": 4, "after": 9},
    {"kind": "unavailable", "actions": ["createDocument"], "times": 6, "after": 40},
    {"kind": "server_error", "actions": ["createDocument"], "times": 2, "after": 60},
    {
        "kind": "refuse",
        "name": f"*{REFUSED}*",
        "message": "Dokumente mit Sperrvermerk nimmt diese Ablage nicht an",
    },
]


class Portal:
    """A form portal: gets a token, hands in."""

    def __init__(self, url: str, client_id: str, client_secret: str) -> None:
        self._http = httpx2.Client(base_url=url, timeout=60, trust_env=False)
        answer = self._http.post(
            "/oauth/token",
            data={"grant_type": "client_credentials", "scope": "submissions:write submissions:read"},
            auth=(client_id, client_secret),
        )
        answer.raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        self.references: dict[str, str] = {}

    def hand_in(self, sent: Sent) -> dict[str, Any]:
        """Hand one submission in; returns the answer. Raises `httpx2.HTTPStatusError`."""
        data = dict(sent.data)
        if sent.follows:
            data["continues"] = self.references[sent.follows]
        parts: list[tuple[str, Any]] = [
            ("submission", ("submission.json", json.dumps(data).encode(), "application/json"))
        ]
        parts += [(file.part, (file.filename, file.content, file.media_type)) for file in sent.files]
        answer = self._http.post("/api/v1/submissions", files=parts, headers={"Idempotency-Key": sent.key})
        answer.raise_for_status()
        stored: dict[str, Any] = answer.json()
        self.references[sent.key] = stored["reference"]
        return stored

    def close(self) -> None:
        self._http.close()


PLATFORM_FAULTS: list[dict[str, Any]] = [
    # Handed over, and the answer is lost: what would be sent twice without a look into the log.
    {"kind": "drop_reply", "actions": ["submit"], "times": 1},
    {"kind": "unavailable", "actions": ["put_attachment"], "times": 1, "after": 2},
]


def misbehave(dms_url: str, platform_url: str) -> None:
    """Switch the faults of the day on."""
    for url, faults in ((dms_url, FAULTS), (platform_url, PLATFORM_FAULTS)):
        with httpx2.Client(base_url=url, trust_env=False) as http:
            for fault in faults:
                http.post("/_sim/faults", json=fault).raise_for_status()


def play(portal: Portal, day: Iterable[Sent], tell: Callable[[int], None] = lambda _: None) -> int:
    """Hand the whole day in, messages after their applications. Returns how many were accepted."""
    everything = list(day)
    accepted = 0
    with ThreadPoolExecutor(4) as hands:
        for wave in (False, True):
            for _ in hands.map(portal.hand_in, [one for one in everything if bool(one.follows) == wave]):
                accepted += 1
                tell(accepted)
    return accepted
