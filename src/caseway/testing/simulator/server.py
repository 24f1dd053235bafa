"""A small threaded HTTP/1.1 server for simulators: one thread a connection, keep-alive, little work."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable

from caseway.testing.simulator.messages import BadRequest, Hangup, Request, Response, json_response
from caseway.testing.simulator.wire import LEFTOVER_LIMIT, Wire

IDLE_SECONDS = 120.0
_POLL_SECONDS = 0.5

Handler = Callable[[Request], Response]
ContextChoice = Callable[[], ssl.SSLContext | None]


class Server:
    """Answers requests on 127.0.0.1 until `stop`.

    `handler` turns a request into a response, or raises `Hangup` to end the connection without one.
    `tls` is asked for a context for every new connection, so that a certificate may change while it runs.
    """

    def __init__(
        self, handler: Handler, *, host: str = "127.0.0.1", port: int = 0, tls: ContextChoice | None = None
    ) -> None:
        self._handler = handler
        self._tls = tls
        self._listener = socket.create_server((host, port), backlog=256)
        self._listener.settimeout(_POLL_SECONDS)
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._stopping = False
        self._thread = threading.Thread(target=self._accept, name="simulator", daemon=True)
        self._workers: set[threading.Thread] = set()

    @property
    def port(self) -> int:
        """The port it listens on."""
        port: int = self._listener.getsockname()[1]
        return port

    def start(self) -> None:
        """Begin to accept connections, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Stop accepting, end every connection, wait for their threads."""
        self._stopping = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=5)
        self._listener.close()
        with self._lock:
            sockets, workers = list(self._open), list(self._workers)
        for sock in sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for worker in workers:
            worker.join(timeout=5)

    def _accept(self) -> None:
        while not self._stopping:
            try:
                sock, _ = self._listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(IDLE_SECONDS)
            worker = threading.Thread(target=self._serve, args=(sock,), daemon=True)
            with self._lock:
                self._open.add(sock)
                self._workers.add(worker)
            worker.start()

    def _serve(self, plain: socket.socket) -> None:
        sock = plain
        try:
            sock = self._secured(plain)
            wire = Wire(sock)
            while not self._stopping and self._exchange(wire):
                pass
        except (OSError, Hangup):
            pass
        finally:
            sock.close()
            with self._lock:
                self._open.discard(plain)
                self._open.discard(sock)
                self._workers.discard(threading.current_thread())

    def _secured(self, sock: socket.socket) -> socket.socket:
        context = self._tls() if self._tls else None
        if context is None:
            return sock
        secured = context.wrap_socket(sock, server_side=True)
        with self._lock:
            self._open.add(secured)
        return secured

    def _exchange(self, wire: Wire) -> bool:
        """Answer one request; return whether another may follow on this connection."""
        try:
            request = wire.request()
            if request is None:
                return False
            response = self._handler(request)
        except BadRequest as problem:
            refusal = json_response({"exception": "invalidArgument", "message": str(problem)}, problem.status)
            wire.respond(refusal, keep_alive=False)
            _linger(wire)
            return False
        keep = request.headers.get("connection", "").lower() != "close" and not response.close
        keep = keep and _drained(request)
        wire.respond(response, keep_alive=keep, head_only=request.method == "HEAD")
        if not keep:
            _linger(wire)
        return keep


def _drained(request: Request) -> bool:
    """Read what the handler left of the body; False when it is too much for that."""
    left = LEFTOVER_LIMIT
    while left > 0 and (chunk := request.read(65536)):
        left -= len(chunk)
    return left > 0


def _linger(wire: Wire) -> None:
    """Let the answer arrive before the connection is reset (RFC 9112, 9.6): read on for a moment."""
    with contextlib.suppress(OSError):
        wire.sock.shutdown(socket.SHUT_WR)
        wire.sock.settimeout(0.2)
        left = LEFTOVER_LIMIT * 64
        while left > 0 and (chunk := wire.sock.recv(65536)):
            left -= len(chunk)
