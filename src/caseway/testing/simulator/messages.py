"""HTTP as a simulator sees it: a request whose body is read as a stream, and a response."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

JSON = "application/json;charset=utf-8"
_REASONS = {status.value: status.phrase for status in HTTPStatus}
_DECIMAL = re.compile(r'"\\u0000([^"\\]*)\\u0000"')


class BadRequest(Exception):
    """What came is not HTTP, or passes a limit of the server. `status` is what the sender is told."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Hangup(Exception):
    """End the connection now, without an answer."""


@dataclass(slots=True)
class Response:
    """What goes back. `body` is bytes, or a stream of bytes with its `length` known beforehand."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | Iterable[bytes] = b""
    length: int | None = None
    close: bool = False
    fault: str = ""

    def head(self, *, keep_alive: bool) -> bytes:
        """Return status line and headers, ready for the wire."""
        size = self.length if self.length is not None else len(self.body)  # type: ignore[arg-type]
        lines = [f"HTTP/1.1 {self.status} {_REASONS.get(self.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines.append(f"Content-Length: {size}")
        if not keep_alive:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


@dataclass
class Request:
    """One request. Header names are lower case; path and query are decoded; the body is read by `read`."""

    method: str
    target: str
    headers: Mapping[str, str]
    read: Callable[[int], bytes] = field(repr=False)
    secure: bool = False
    peer_certificate: Mapping[str, Any] | None = None

    @cached_property
    def raw_path(self) -> str:
        """The path as it stands on the wire, without the query."""
        return self.target.partition("?")[0]

    @cached_property
    def segments(self) -> list[str]:
        """The decoded segments of the path; an encoded slash stays inside its segment."""
        return [unquote(part) for part in self.raw_path.split("/") if part]

    @cached_property
    def query(self) -> dict[str, str]:
        """The query, decoded as UTF-8; the last of equal names wins."""
        query = self.target.partition("?")[2]
        return dict(parse_qsl(query, keep_blank_values=True)) if query else {}

    @property
    def content_length(self) -> int | None:
        """The announced size of the body in bytes; None when it is not announced."""
        value = self.headers.get("content-length")
        return int(value) if value is not None else None

    @property
    def origin(self) -> str:
        """`scheme://host:port` as the sender wrote it."""
        return f"{'https' if self.secure else 'http'}://{self.headers.get('host', 'localhost')}"

    def read_all(self, limit: int) -> bytes:
        """Return the whole body. Raises `BadRequest` (413) beyond `limit` bytes."""
        parts: list[bytes] = []
        size = 0
        while chunk := self.read(65536):
            size += len(chunk)
            if size > limit:
                raise BadRequest("the body is too large", 413)
            parts.append(chunk)
        return b"".join(parts)


def json_bytes(data: Any) -> bytes:
    """Return JSON in UTF-8. A `Decimal` keeps its digits (12.50 stays 12.50)."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_marked)
    if "\\u0000" in text:
        text = _DECIMAL.sub(r"\1", text)
    return text.encode()


def _marked(value: object) -> str:
    if isinstance(value, Decimal):
        return f"\x00{value:f}\x00"
    raise TypeError(f"{type(value).__name__} has no JSON form")


def json_response(data: Any, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """Return `data` as a JSON response."""
    return Response(status, [("Content-Type", JSON), *headers], json_bytes(data))


def html_response(html: str, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """Return a page."""
    return Response(status, [("Content-Type", "text/html; charset=utf-8"), *headers], html.encode())
