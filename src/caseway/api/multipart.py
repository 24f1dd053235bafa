"""A multipart request read as it comes in: parts in order, never a whole file in memory.

RFC 7578 by the push parser of the `multipart` package. Nothing of Django's own form parsing is touched, so
that no file is ever spooled to disk beside the blob store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from multipart import (
    MultipartError,
    MultipartSegment,
    ParserLimitReached,
    PushMultipartParser,
    parse_options_header,
)

from caseway.core.errors import Invalid, TooLarge

CHUNK = 128 * 1024

Read = Callable[[int], bytes]


class BadRequest(Invalid):
    """The request cannot be read at all."""

    default_code = "request.broken"
    status = 400


@dataclass
class Part:
    """One part. `chunks` is read once, before the next part is asked for."""

    name: str
    filename: str | None
    media_type: str
    chunks: Iterator[bytes] = field(repr=False)

    def read(self, limit: int) -> bytes:
        """Return the whole content of a small part. Raises `TooLarge` beyond `limit` bytes."""
        content = bytearray()
        for chunk in self.chunks:
            content += chunk
            if len(content) > limit:
                raise TooLarge(
                    f"The part {self.name} may have {limit} bytes.",
                    code="submission.part_too_large",
                    remedy="Send files as parts of their own.",
                )
        return bytes(content)


def boundary_of(content_type: str) -> str:
    """Return the boundary of a multipart/form-data content type. Raises `BadRequest`."""
    media_type, options = parse_options_header(content_type)
    boundary = options.get("boundary", "")
    if media_type != "multipart/form-data" or not boundary:
        raise BadRequest(
            "A submission is sent as multipart/form-data.",
            code="submission.not_multipart",
            remedy="Set Content-Type: multipart/form-data with a boundary; most HTTP clients do it for you.",
        )
    return str(boundary)


def parts(read: Read, boundary: str, content_length: int | None, *, most: int) -> Iterator[Part]:
    """Yield the parts of a request in order; what the caller left of one is skipped.

    `most` is how many parts there may be. Raises `BadRequest` (`submission.multipart_broken`) when the stream
    is cut short or malformed and `TooLarge` (`submission.too_many_files`) when there are more.
    """
    events = _events(read, boundary, content_length, most)
    for event in events:
        if isinstance(event, MultipartSegment):
            content = _content(events)
            yield Part(event.name or "", event.filename, event.content_type or "", content)
            for _ in content:
                pass


def _content(events: Iterator[MultipartSegment | bytes | None]) -> Iterator[bytes]:
    for event in events:
        if event is None:
            return
        yield event


def _events(
    read: Read, boundary: str, content_length: int | None, most: int
) -> Iterator[MultipartSegment | bytes | None]:
    try:
        with PushMultipartParser(
            boundary, -1 if content_length is None else content_length, max_segment_count=most
        ) as parser:
            left = content_length
            while not parser.closed:
                chunk = _read(read, CHUNK if left is None else min(CHUNK, left))
                if left is not None:
                    left -= len(chunk)
                yield from parser.parse(chunk)
    except ParserLimitReached as error:
        if "segment count" in str(error):
            raise TooLarge(
                f"A submission may have {most - 1} files.", code="submission.too_many_files"
            ) from error
        raise _broken() from error
    except MultipartError as error:
        raise _broken() from error


def _read(read: Read, size: int) -> bytes:
    try:
        return read(size) if size else b""
    except OSError as error:  # the sender went away
        raise _broken() from error


def _broken() -> BadRequest:
    return BadRequest(
        "The multipart body is cut short or malformed.",
        code="submission.multipart_broken",
        remedy="Send it again with the same Idempotency-Key; nothing was stored.",
    )
