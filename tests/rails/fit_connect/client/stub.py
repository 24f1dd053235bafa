"""The services of FIT-Connect as a test wants them: canned answers on one loopback port, and a log."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from caseway.core.http import Exchange, open_client
from caseway.rails.contract import Link
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.config import FitConnectSettings

DESTINATION = "879ee109-a690-4db8-ab32-424284184d7d"
SUBMISSION = "ce75a6b8-d72f-4b94-b09e-af6be35bc2ae"
CASE = "e89e107e-ed79-40e6-ad34-4e770f9df263"
REPLY = "b9715dcb-700e-44d9-802f-12b45bf9f8a3"
ATTACHMENT = "2046f9f1-dc89-4440-9c24-c76a8f40d668"
SERVICE = "urn:de:fim:leika:leistung:99010003001006"
PROBLEMS = "https://schema.fitko.de/fit-connect/submission-api/problems/"
KEPT = 1_000_000  # bytes of a request that are remembered; longer ones by their digest only

Handler = BaseHTTPRequestHandler


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes
    length: int
    sha256: str

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """One answer. `act` takes the connection over: it writes itself, or hangs up."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    act: Callable[[Handler], None] | None = None
    early: bool = False  # before the body of the request is read; the connection is then closed


def answer(fields: Any, status: int = 200, **headers: str) -> Reply:
    """Answer with JSON."""
    kind = "application/problem+json" if status >= 400 else "application/json"
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(fields).encode(), {"Content-Type": kind, **told})


def problem(status: int, slug: str, detail: str = "", **headers: str) -> Reply:
    """Answer with a problem of the Submission API."""
    told = {"type": PROBLEMS + slug, "title": "Problem", "status": status, "detail": detail, "extra": 1}
    return answer(told, status, **headers)


def hang_up(handler: Handler) -> None:
    """Close without an answer."""
    handler.close_connection = True


class Stub:
    """Answers by method and path: the next of a list, the last one for ever. Issues numbered tokens."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.asked: list[Asked] = []
        self.issued = 0
        self.valid: set[str] | None = None  # None: any token
        self.lifetime = 1800
        self._replies: dict[tuple[str, str], list[Reply]] = {}

    def on(self, method: str, path: str, *replies: Reply) -> None:
        """Set the answers to come."""
        self._replies[method, path] = list(replies)

    def find(self, method: str = "", path: str = "") -> list[Asked]:
        """Return what was asked, in order, tokens left out."""
        return [
            one
            for one in self.asked
            if one.path != "/token" and method in ("", one.method) and path in ("", one.path)
        ]

    def reply_to(self, asked: Asked) -> Reply:
        if asked.path == "/token" and ("POST", "/token") not in self._replies:
            self.issued += 1
            token = {"access_token": f"t{self.issued}", "token_type": "Bearer", "expires_in": self.lifetime}
            return answer(token)
        if self.valid is not None and asked.path.startswith(("/submission-api/v", "/destination-api/v")):
            shown = asked.headers.get("authorization", "").removeprefix("Bearer ")
            if shown not in self.valid:
                return problem(401, "unauthorized")
        replies = self._replies.get((asked.method, asked.path))
        if not replies:
            return Reply(404, b"<html>no such page</html>", {"Content-Type": "text/html"})
        return replies.pop(0) if len(replies) > 1 else replies[0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def _handle(self) -> None:
        stub: Stub = self.server.stub  # type: ignore[attr-defined]
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        length = int(headers.get("content-length") or 0)
        asked = Asked(self.command, parts.path, parse_qsl(parts.query), headers, b"", length, "")
        first = stub._replies.get((self.command, parts.path), [Reply()])[0]
        if first.early:
            stub.asked.append(asked)
            self.close_connection = True
            self._write(stub.reply_to(asked))
            return
        kept, digest = self._read(length)
        asked = Asked(self.command, parts.path, asked.query, headers, kept, length, digest)
        stub.asked.append(asked)
        self._write(stub.reply_to(asked))

    def _read(self, length: int) -> tuple[bytes, str]:
        kept, digest, left = b"", hashlib.sha256(), length
        while left:
            piece = self.rfile.read(min(left, 262_144))
            if not piece:
                raise ConnectionError
            left -= len(piece)
            digest.update(piece)
            kept += piece[: max(0, KEPT - len(kept))]
        return kept, digest.hexdigest()

    def _write(self, reply: Reply) -> None:
        if reply.act is not None:
            reply.act(self)
            return
        self.send_response(reply.status)
        for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    do_GET = do_POST = do_PUT = _handle  # noqa: N815 the names that the base class calls

    def log_message(self, *args: Any) -> None:
        """Stay silent."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that breaks off is part of the tests."""


@contextmanager
def running_stub() -> Iterator[Stub]:
    """Serve on a free port of 127.0.0.1 while the block runs."""
    server = _Server(("127.0.0.1", 0), _Handler)
    stub = Stub(int(server.server_address[1]))
    server.stub = stub  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class Memory:
    """A cache that never forgets by itself."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def get(self, key: str) -> Any | None:
        return self.values.get(key)

    def put(self, key: str, value: Any, seconds: int) -> None:
        self.values[key] = value

    def drop(self, key: str) -> None:
        self.values.pop(key, None)


def settings_for(url: str, **more: Any) -> FitConnectSettings:
    """Return the settings of a connection whose services all lie below one address."""
    given = {
        "platform": "custom",
        "client_id": "caseway",
        "client_secret": "geheim",
        "token_url": f"{url}/token",
        "submission_url": f"{url}/submission-api",
        "destination_url": f"{url}/destination-api",
        "routing_url": f"{url}/routing",
        "portal_url": f"{url}/portal",
        "roles": "both",
        "destination_id": DESTINATION,
        "receive_destinations": (DESTINATION,),
        "read_timeout": 5,
    }
    return FitConnectSettings.model_validate({**given, **more})


@contextmanager
def link_to(url: str, exchanges: list[Exchange] | None = None, **more: Any) -> Iterator[Link]:
    """Open a connection to it."""
    settings = settings_for(url, **more)
    recorder = exchanges.append if exchanges is not None else None
    with open_client(settings.http(), settings.auth(), recorder) as http:
        yield Link(UUID(int=1), "sandbox", settings, http, Memory())


@contextmanager
def client_to(url: str, **more: Any) -> Iterator[Client]:
    """Open a client to it."""
    with link_to(url, **more) as link:
        yield Client.of(link)
