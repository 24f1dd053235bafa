"""A small HTTP server whose answers a test chooses."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Seen:
    """One request as the server saw it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    server_name: str | None


@dataclass
class Peer:
    """A running server: its port, what it saw, and how it answers."""

    server: ThreadingHTTPServer
    answer: Answer
    seen: list[Seen] = field(default_factory=list)

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])


def plain(body: bytes = b"ok", status: int = 200, **headers: str) -> Answer:
    """Answer with a body and headers (underscores become dashes)."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Close without an answer."""
    handler.close_connection = True


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5

    def _handle(self) -> None:
        peer: Peer = self.server.peer  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        server_name = getattr(self.connection, "caseway_name", None)
        peer.seen.append(Seen(self.command, self.path, headers, body, server_name))
        peer.answer(self)

    do_GET = do_POST = do_HEAD = _handle  # noqa: N815 the names that the base class calls

    def log_message(self, *args: Any) -> None:
        """Stay silent."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that breaks off is part of the tests."""


Open = Callable[..., Peer]


@pytest.fixture
def open_peer() -> Iterator[Open]:
    """Start servers on 127.0.0.1; `context` makes one speak TLS."""
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def start(answer: Answer | None = None, context: ssl.SSLContext | None = None) -> Peer:
        server = _Server(("127.0.0.1", 0), _Handler)
        if context is not None:
            context.sni_callback = lambda sock, name, _: setattr(sock, "caseway_name", name)
            server.socket = context.wrap_socket(
                server.socket, server_side=True, do_handshake_on_connect=False
            )
        peer = Peer(server, answer or plain())
        server.peer = peer  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        servers.append((server, thread))
        return peer

    yield start
    for server, thread in servers:
        server.shutdown()
        server.server_close()
        thread.join(5)
