"""One connection: reads requests, writes responses (RFC 9112: keep-alive and chunked bodies)."""

from __future__ import annotations

import socket
import ssl

from caseway.testing.simulator.messages import BadRequest, Hangup, Request, Response

HEAD_LIMIT = 65536
LEFTOVER_LIMIT = 1 << 20
_CHUNK = 65536


class Wire:
    """The bytes of one connection, buffered for reading."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._buffer = bytearray()

    def request(self) -> Request | None:
        """Return the next request, or None when the other side has gone. Raises `BadRequest`."""
        head = self._head()
        if head is None:
            return None
        lines = head.decode("latin-1").split("\r\n")
        parts = lines[0].split(" ")
        if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
            raise BadRequest("not an HTTP/1.1 request line")
        headers = _headers(lines[1:])
        secure = isinstance(self.sock, ssl.SSLSocket)
        body = Body(self, headers)
        request = Request(parts[0], parts[1], headers, body.read, secure)
        if isinstance(self.sock, ssl.SSLSocket):
            request.peer_certificate = self.sock.getpeercert() or None
        return request

    def respond(self, response: Response, *, keep_alive: bool, head_only: bool = False) -> None:
        """Write the response; small ones in one packet."""
        head = response.head(keep_alive=keep_alive)
        if isinstance(response.body, bytes):
            self.sock.sendall(head if head_only else head + response.body)
            return
        self.sock.sendall(head)
        for chunk in () if head_only else response.body:
            self.sock.sendall(chunk)

    def take(self, size: int) -> bytes:
        """Return up to `size` bytes, at least one; empty when the other side has gone."""
        if not self._buffer:
            return self.sock.recv(min(size, _CHUNK))
        chunk = bytes(self._buffer[:size])
        del self._buffer[:size]
        return chunk

    def line(self) -> bytes:
        """Return one line without its end. Raises `BadRequest` when it is too long, `Hangup` at the end."""
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > HEAD_LIMIT:
                raise BadRequest("a line is too long")
            self._fill()
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _head(self) -> bytes | None:
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > HEAD_LIMIT:
                raise BadRequest("the headers are too long", 431)
            more = self.sock.recv(_CHUNK)
            if not more:
                return None
            self._buffer += more
        if end > HEAD_LIMIT:
            raise BadRequest("the headers are too long", 431)
        head = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        return head.lstrip(b"\r\n")

    def _fill(self) -> None:
        more = self.sock.recv(_CHUNK)
        if not more:
            raise Hangup
        self._buffer += more


class Body:
    """The body of one request, read as a stream (RFC 9112, 6 and 7.1)."""

    def __init__(self, wire: Wire, headers: dict[str, str]) -> None:
        self._wire = wire
        self._chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        self._left = _length(headers)
        self._ended = not self._chunked and self._left == 0
        self._expects = headers.get("expect", "").lower() == "100-continue"

    def read(self, size: int) -> bytes:
        """Return up to `size` bytes; empty at the end. Raises `Hangup` when the sender stops before."""
        if self._ended:
            return b""
        if self._expects:
            self._expects = False
            self._wire.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self._chunked and self._left == 0 and not self._next_chunk():
            return b""
        data = self._wire.take(min(size, self._left))
        if not data:
            raise Hangup
        self._left -= len(data)
        if self._left == 0:
            self._end_of_part()
        return data

    def _next_chunk(self) -> bool:
        try:
            self._left = int(self._wire.line().split(b";")[0], 16)
        except ValueError:
            raise BadRequest("a chunk has no size") from None
        if self._left:
            return True
        while self._wire.line():
            pass
        self._ended = True
        return False

    def _end_of_part(self) -> None:
        if self._chunked:
            self._wire.line()
        else:
            self._ended = True


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise BadRequest("a header has no colon")
        headers[name.lower()] = value.strip()
    return headers


def _length(headers: dict[str, str]) -> int:
    value = headers.get("content-length", "0")
    if not value.isdigit():
        raise BadRequest("Content-Length is not a number")
    return 0 if "transfer-encoding" in headers else int(value)
