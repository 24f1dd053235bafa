"""JWEs as they come: written down as a stream, never decrypted; only their form and head are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from caseway.rails.fit_connect.simulator import jose
from caseway.rails.fit_connect.simulator.model import Part
from caseway.rails.fit_connect.simulator.options import Options
from caseway.rails.fit_connect.simulator.problem import Problem, too_large, unprocessable

CHUNK = 65536
_HEAD_LIMIT = 8192
_TAIL = 256
CONTENT_TYPES = ("application/json", "application/xml")


def wrong(detail: str) -> Problem:
    """422: what came is no JWE as FIT-Connect has them."""
    return unprocessable("invalid-jwe", "Invalid JWE", detail)


class Sink:
    """Writes one JWE into a file; checks characters and sizes as they come."""

    def __init__(self, path: Path, limit: int) -> None:
        self._path = path
        self._limit = limit
        self._head = bytearray()
        self._tail = b""
        self._dots = 0
        self.size = 0

    def fill(self, read: Callable[[int], bytes], grows: Callable[[int], None] | None = None) -> None:
        """Take everything `read` gives. Raises 400, 413, or what `grows` raises."""
        with self._path.open("wb") as file:
            while chunk := read(CHUNK):
                self._take(chunk)
                file.write(chunk)
                if grows is not None:
                    grows(self.size)

    def part(self, options: Options) -> Part:
        """Return what came. Raises 422 when it is no JWE."""
        if not options.check_jwe:
            tag = self._tail.rpartition(b".")[2].decode("ascii", "replace")
            return Part(self.size, tag, {})
        if self._dots != 4 or self.size < options.minimum_jwe:
            raise wrong("Not a compact JWE of five segments with a key of 4096 bits.")
        try:
            header = jose.json_object(bytes(self._head).partition(b".")[0].decode())
        except jose.NotJose:
            raise wrong("The protected header cannot be read.") from None
        tag = self._tail.rpartition(b".")[2].decode()
        if len(tag) != 22:
            raise wrong("The authentication tag has not 128 bits.")
        return Part(self.size, tag, header)

    def _take(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size > self._limit:
            raise too_large(f"At most {self._limit} bytes.")
        if chunk.translate(None, jose.JWE_CHARACTERS):
            raise wrong("A compact JWE has only the characters of base64url and dots.")
        self._dots += chunk.count(b".")
        if len(self._head) < _HEAD_LIMIT:
            self._head += chunk[: _HEAD_LIMIT - len(self._head)]
        self._tail = (self._tail + chunk)[-_TAIL:]


def check_header(part: Part, name: str, version: str, options: Options) -> None:
    """Check the protected header of metadata, data or an attachment. Raises 422 (facts 2.3)."""
    if not options.check_jwe:
        return
    header = part.header
    if header.get("alg") != "RSA-OAEP-256" or header.get("enc") != "A256GCM":
        raise wrong(f"The JWE of {name} is not RSA-OAEP-256 with A256GCM.")
    if version == "v2" and "zip" in header:
        raise unprocessable(
            "invalid-jwe-header", "Invalid JWE Header 'zip'", f"{name}: compression is not allowed."
        )
    if name in ("metadata", "data") and header.get("cty") not in CONTENT_TYPES:
        raise unprocessable(
            "invalid-jwe-header", "Invalid JWE Header 'cty'", f"{name}: {' or '.join(CONTENT_TYPES)}."
        )


def weak_spot(head: bytes) -> int:
    """Return where a character can be changed unseen: the ciphertext's first, else the tag's first.

    `head` is the beginning of a JWE, up to its ciphertext at least.
    """
    place = 0
    for _ in range(3):
        place = head.find(b".", place) + 1
    return place + 1 if head[place : place + 1] == b"." else place


def chunks(path: Path, *, flip_at: int | None = None) -> Iterator[bytes]:
    """Return a file piece by piece, with one character changed at an offset."""
    position = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if flip_at is not None and position <= flip_at < position + len(chunk):
                place = flip_at - position
                other = b"B" if chunk[place : place + 1] == b"A" else b"A"
                chunk = chunk[:place] + other + chunk[place + 1 :]
            position += len(chunk)
            yield chunk
