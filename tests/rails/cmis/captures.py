"""Recorded exchanges with a CMIS server nobody here wrote, as a transport that answers with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import httpx2


@dataclass(frozen=True)
class Capture:
    """One recorded exchange."""

    method: str
    target: str
    request_headers: dict[str, str]
    request_body: bytes
    status: int
    response_headers: dict[str, str]
    response_body: bytes

    def client(self) -> httpx2.Client:
        """Return a client to which every request is answered with this exchange."""

        def answer(_: httpx2.Request) -> httpx2.Response:
            headers = {k: v for k, v in self.response_headers.items() if k != "Transfer-Encoding"}
            return httpx2.Response(self.status, headers=headers, content=self.response_body)

        return httpx2.Client(transport=httpx2.MockTransport(answer))


def read(file: Path) -> Capture:
    """Parse a capture: `> ` request head, `>`, body, blank, `< ` response head, `<`, body."""
    raw = file.read_bytes()
    request, _, response = raw.partition(b"\n< HTTP/1.1 ")
    request_head, _, request_body = request.partition(b"\n>\n")
    response_head, _, response_body = (b"< HTTP/1.1 " + response).partition(b"\n<\n")
    first, *request_lines = request_head.decode().splitlines()
    status_line, *response_lines = response_head.decode().splitlines()
    _, method, target, _ = first.split(" ")
    return Capture(
        method,
        target,
        _headers(request_lines),
        request_body.rstrip(b"\n"),
        int(status_line.split(" ")[2]),
        _headers(response_lines),
        response_body.rstrip(b"\n"),
    )


def _headers(lines: list[str]) -> dict[str, str]:
    pairs = (line[2:].partition(":") for line in lines)
    return {name: value.strip() for name, _, value in pairs}
