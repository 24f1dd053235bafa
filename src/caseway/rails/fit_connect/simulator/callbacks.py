"""Callbacks: a POST with an HMAC over time and body, repeated until it arrives (facts 4.1)."""

from __future__ import annotations

import hashlib
import heapq
import hmac
import http.client
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from caseway.rails.fit_connect.simulator.model import Callback
from caseway.rails.fit_connect.simulator.options import Options
from caseway.testing.simulator import Faults, json_bytes

TYPES = "https://schema.fitko.de/fit-connect/submission-api/callbacks/"
KEPT = 1000


@dataclass(frozen=True)
class Sent:
    """One attempt: where, what kind, what came back (0: nothing), which faults."""

    url: str
    kind: str
    attempt: int
    status: int
    at: float
    fault: str = ""


@dataclass(frozen=True)
class _Job:
    callback: Callback
    kind: str
    body: bytes
    attempt: int = 1
    headers: tuple[tuple[str, str], ...] = ()
    fault: str = ""
    arrived: Callable[[], None] | None = None


class Caller:
    """Sends callbacks from a thread of its own, one after the other."""

    def __init__(self, faults: Faults, options: Options, seconds: Callable[[], float]) -> None:
        self._faults = faults
        self._options = options
        self._seconds = seconds
        self._due: list[tuple[float, int, _Job]] = []
        self._numbers = count()
        self._changed = threading.Condition()
        self._stopping = False
        self._busy = False
        self._thread: threading.Thread | None = None
        self._before: dict[str, _Job] = {}
        self.sent: deque[Sent] = deque(maxlen=KEPT)

    def start(self) -> None:
        """Begin to send."""
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="fit-connect-callbacks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop sending; what waits is forgotten."""
        with self._changed:
            self._stopping = True
            self._due.clear()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=self._options.callback_timeout + 5)
            self._thread = None

    def call(
        self,
        callback: Callback | None,
        kind: str,
        content: dict[str, Any],
        arrived: Callable[[], None] | None = None,
    ) -> None:
        """Send a callback soon. `kind` is the last part of its type, such as `new-submissions`.

        `arrived` is done once it has been answered with success.
        """
        if callback is None:
            return
        job = _Job(callback, kind, json_bytes({"type": TYPES + kind, **content}), arrived=arrived)
        if self._switched("callback_lost", job):
            return
        for times in range(2 if self._switched("duplicate_callback", job) else 1):
            self._later(job if times == 0 else replace(job, fault="duplicate_callback"), 0.0)
        earlier = self._before.get(callback.url)
        if earlier is not None and self._switched("replayed_callback", job):
            self._later(replace(earlier, fault="replayed_callback"), 0.0)

    def idle(self, timeout: float) -> bool:
        """Wait until nothing waits to be sent; return whether that came in time."""
        end = time.monotonic() + timeout
        with self._changed:
            while self._due or self._busy:
                left = end - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    return False
        return True

    def waiting(self) -> int:
        """Return how many callbacks wait."""
        with self._changed:
            return len(self._due) + self._busy

    def describe(self) -> list[dict[str, Any]]:
        """Return the last attempts, oldest first."""
        return [asdict(item) for item in list(self.sent)]

    def _switched(self, kind: str, job: _Job) -> bool:
        return self._faults.take(kind, "callback", [job.kind, job.callback.url]) is not None

    def _later(self, job: _Job, pause: float) -> None:
        with self._changed:
            if not self._stopping:
                heapq.heappush(self._due, (time.monotonic() + pause, next(self._numbers), job))
                self._changed.notify_all()

    def _run(self) -> None:
        while (job := self._next()) is not None:
            self._attempt(job)
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    def _next(self) -> _Job | None:
        with self._changed:
            while not self._stopping:
                pause = self._due[0][0] - time.monotonic() if self._due else None
                if pause is not None and pause <= 0:
                    self._busy = True
                    return heapq.heappop(self._due)[2]
                self._changed.wait(pause)
        return None

    def _attempt(self, job: _Job) -> None:
        ready = job if job.headers else self._signed(job)
        status = self._post(ready)
        self.sent.append(Sent(job.callback.url, job.kind, job.attempt, status, self._seconds(), ready.fault))
        if job.headers:
            return
        if not ready.fault or ready.fault == "duplicate_callback":
            self._before[job.callback.url] = ready
        if 200 <= status < 300:
            if job.arrived is not None:
                job.arrived()
        elif "callback_bad_hmac" not in ready.fault and job.attempt < self._options.callback_attempts:
            pause = self._options.callback_pause * 2 ** (job.attempt - 1)
            again = replace(job, attempt=job.attempt + 1)
            self._later(again, min(pause, self._options.callback_longest_pause))

    def _signed(self, job: _Job) -> _Job:
        names = [job.kind, job.callback.url]
        faults = [job.fault] if job.fault else []
        moment = int(self._seconds())
        old = self._faults.take("callback_old_timestamp", "callback", names)
        if old is not None:
            moment -= int(old.parameters["seconds"])
            faults.append("callback_old_timestamp")
        code = authentication(job.callback.secret, moment, job.body)
        if self._faults.take("callback_bad_hmac", "callback", names) is not None:
            code = ("1" if code[0] == "0" else "0") + code[1:]
            faults.append("callback_bad_hmac")
        headers = (
            ("Content-Type", "application/json"),
            ("User-Agent", "FIT-Connect-Simulator"),
            ("callback-authentication", code),
            ("callback-timestamp", str(moment)),
        )
        return replace(job, headers=headers, fault=", ".join(faults))

    def _post(self, job: _Job) -> int:
        place = urlsplit(job.callback.url)
        connection = self._connection(place.scheme, place.hostname or "", place.port)
        target = (place.path or "/") + (f"?{place.query}" if place.query else "")
        try:
            connection.request("POST", target, job.body, dict(job.headers))
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        timeout = self._options.callback_timeout
        if scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=timeout)
        context = ssl.create_default_context(cafile=self._options.callback_ca or None)
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=context)


def authentication(secret: str, timestamp: int, body: bytes) -> str:
    """Return the HMAC-SHA-512 of `timestamp.body` as lower-case hex."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha512).hexdigest()
