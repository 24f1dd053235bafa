"""A sender as it should be: the same key until there is an answer, however often the door is shut."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import httpx2

from caseway.testing.harness_world import a_submission


class Sender:
    """Hands submissions in over HTTP. `statuses` are those of every answer, also of those to repeat."""

    def __init__(self, url: str, token: str, world: str) -> None:
        self._http = httpx2.Client(
            base_url=url, trust_env=False, timeout=60, headers={"Authorization": f"Bearer {token}"}
        )
        self._world = world
        self._lock = threading.Lock()
        self.statuses: list[int] = []
        self.codes: list[str] = []  # of the answers that were no success
        self.answered = 0

    def hand_in(self, number: int, *, patience: float = 600) -> dict[str, Any]:
        """Hand one submission in until it is accepted; return the answer.

        Raises `AssertionError` for an answer that no repeat can mend, `TimeoutError` when nobody answers.
        """
        end = time.monotonic() + patience
        while time.monotonic() < end:
            answer = self._try(number)
            if answer is not None:
                with self._lock:
                    self.answered += 1
                return answer
            time.sleep(0.2)
        raise TimeoutError("nobody accepts the submission")

    def close(self) -> None:
        self._http.close()

    def _try(self, number: int) -> dict[str, Any] | None:
        data, files = a_submission(self._world, number)
        said = data.model_dump_json(by_alias=True, exclude_defaults=True).encode()
        parts: list[tuple[str, Any]] = [("submission", ("submission.json", said, "application/json"))]
        parts += [(part, (f"{part}.pdf", body, "application/pdf")) for part, body in files]
        try:
            answer = self._http.post(
                "/api/v1/submissions", files=parts, headers={"Idempotency-Key": f"key-{number}"}
            )
        except httpx2.TransportError:
            return None
        with self._lock:
            self.statuses.append(answer.status_code)
        if answer.status_code in (200, 201):
            found: dict[str, Any] = answer.json()
            return found
        if answer.status_code < 500:
            raise AssertionError(f"refused with {answer.status_code}: {answer.text[:300]}")
        with self._lock:
            self.codes.append(str(_code(answer.text)))
        return None


def _code(text: str) -> str:
    try:
        return str(json.loads(text).get("code", ""))
    except ValueError:
        return ""
