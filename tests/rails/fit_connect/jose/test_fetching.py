"""What is fetched about revocation is bounded in size and time; a failure is an answer that is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx2
import pytest

from caseway.core.errors import CasewayError
from caseway.core.http import HttpSettings, open_client
from caseway.rails.fit_connect.revocation import fetch_over


class Desk(BaseHTTPRequestHandler):
    """Answers by path."""

    def do_GET(self) -> None:
        """A list, something endless, a redirect, or nothing."""
        match self.path:
            case "/list":
                self._answer(200, b"a list")
            case "/huge":
                self._answer(200, b"x" * 5000)
            case "/moved":
                self.send_response(302)
                self.send_header("Location", "/list")
                self.end_headers()
            case _:
                self._answer(404, b"")

    def do_POST(self) -> None:
        """An answer to an OCSP request: the request itself and its type."""
        question = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200, self.headers["Content-Type"].encode() + b" " + question)

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A server that does not mind who hangs up."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    """The address of the desk."""
    server = Server(("127.0.0.1", 0), Desk)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def client() -> Iterator[httpx2.Client]:
    """A client of a connection to somebody else."""
    with open_client(HttpSettings(base_url="https://zustelldienst.example")) as opened:
        yield opened


def test_lists_are_got_and_responders_asked(base: str) -> None:
    with client() as opened:
        fetch = fetch_over(opened)

        assert b"a list" == fetch(f"{base}/list", None)
        assert b"application/ocsp-request \x30\x03" == fetch(f"{base}/ocsp", b"\x30\x03")


@pytest.mark.parametrize("path", ["huge", "moved", "missing"])
def test_what_is_too_much_moved_or_missing_is_no_answer(base: str, path: str) -> None:
    with client() as opened, pytest.raises(CasewayError) as refused:
        fetch_over(opened, max_bytes=1000)(f"{base}/{path}", None)

    assert "fit_connect.revocation_unreachable" == refused.value.code


def test_what_takes_too_long_is_no_answer(base: str) -> None:
    with client() as opened, pytest.raises(CasewayError) as refused:
        fetch_over(opened, seconds=0.000001)(f"{base}/list", None)

    assert refused.value.code.startswith(("fit_connect.revocation_unreachable", "http."))


def test_nobody_there_is_no_answer() -> None:
    with client() as opened, pytest.raises(CasewayError) as refused:
        fetch_over(opened)("http://127.0.0.1:9/list", None)

    assert "http.unreachable" == refused.value.code
