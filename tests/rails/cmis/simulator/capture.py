"""Reads the captures of the lab server: a request and its answer in one file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Message:
    """One side of a capture: first line, headers by lower-case name, body."""

    start: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Capture:
    """What was asked, what was answered."""

    number: int
    name: str
    request: Message
    response: Message

    @property
    def status(self) -> int:
        return int(self.response.start.split(" ")[1])

    @property
    def json(self) -> Any:
        return parse(self.response.headers, self.response.body)


def parse(headers: dict[str, str], body: bytes) -> Any:
    """Return the JSON of a body, None when it is none."""
    return (
        json.loads(body) if headers.get("content-type", "").startswith("application/json") and body else None
    )


def read(path: Path) -> Capture:
    """Return one capture."""
    request, rest = _side(path.read_bytes(), b">")
    response, _ = _side(rest[rest.index(b"< HTTP/1.1") :], b"<")
    return Capture(int(path.name.split("-")[0]), path.stem, request, response)


def _side(data: bytes, mark: bytes) -> tuple[Message, bytes]:
    lines: list[str] = []
    while True:
        line, _, data = data.partition(b"\n")
        if line.strip() == mark:
            break
        lines.append(line.strip().removeprefix(mark).strip().decode())
    pairs = (line.partition(":") for line in lines[1:])
    headers = {name.lower(): value.strip() for name, _, value in pairs if value.strip()}
    length = int(headers.get("content-length", 0 if mark == b">" else len(data)))
    return Message(lines[0], headers, data[:length]), data[length:]
