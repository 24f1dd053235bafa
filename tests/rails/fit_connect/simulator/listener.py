"""Somebody who is called back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from caseway.testing.simulator import Request, Response, Server


@dataclass
class Listener:
    """Keeps every callback; answers with the next of `statuses`, then with 200."""

    statuses: list[int] = field(default_factory=list)
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def __enter__(self) -> Listener:
        self._server = Server(self._answer)
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def callback(self, secret: str) -> dict[str, Any]:
        return {"url": f"http://127.0.0.1:{self._server.port}/callbacks", "secret": secret}

    def _answer(self, request: Request) -> Response:
        self.heard.append((dict(request.headers), request.read_all(1 << 20)))
        return Response(self.statuses.pop(0) if self.statuses else 200)
