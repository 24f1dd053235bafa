"""The whole application on a port of this machine, for clients that know nothing of Django."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import requests
from django.core.wsgi import get_wsgi_application
from django.db import connections


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


class _Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = False

    def process_request_thread(self, request: object, client_address: object) -> None:
        super().process_request_thread(request, client_address)  # type: ignore[arg-type]
        connections.close_all()


@contextmanager
def running() -> Iterator[str]:
    """Run the application; gives its address."""
    with make_server("127.0.0.1", 0, get_wsgi_application(), _Threads, _Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Person:
    """Somebody with a browser: keeps cookies, reads pages, sends the forms they find."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.http = requests.Session()

    def get(self, url: str) -> requests.Response:
        """Open a page without following where it sends."""
        return self.http.get(self._full(url), allow_redirects=False, timeout=20)

    def send(self, page: requests.Response, url: str, **fields: str) -> requests.Response:
        """Send the form of a page with its hidden fields."""
        hidden: dict[str, str | list[str]] = {}
        for tag in re.findall(r'<input[^>]*type="hidden"[^>]*>', page.text):
            name, value = (re.search(rf'{key}="([^"]*)"', tag) for key in ("name", "value"))
            assert name
            before = hidden.get(name[1])
            text = _unescape(value[1] if value else "")
            hidden[name[1]] = [*([before] if isinstance(before, str) else before or []), text]
        return self.http.post(self._full(url), {**hidden, **fields}, allow_redirects=False, timeout=20)

    def close(self) -> None:
        """Close the browser."""
        self.http.close()

    def _full(self, url: str) -> str:
        return url if url.startswith("http") else self.base + url


def _unescape(text: str) -> str:
    return text.replace("&quot;", '"').replace("&#x27;", "'").replace("&lt;", "<").replace("&amp;", "&")
