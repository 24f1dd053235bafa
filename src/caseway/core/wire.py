"""The wire log: one record for each exchange over HTTP, made where the bytes leave and arrive."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx2

from caseway.core.clock import now
from caseway.core.ids import uuid7
from caseway.core.redaction import redact_headers, redact_url

ACTION = "caseway.action"  # request extension: what the exchange is for (`createFolder`)
OBJECT = "caseway.object_id"  # request extension: what it is about, in the words of the other side
STARTED = "caseway.started"  # set by us on the request once its first byte may have left
PRELIMINARY = "caseway.preliminary"  # request extension: has no effect there (fetching a token)
LIMIT = "caseway.answer_limit"  # request extension: how many bytes of answer may be read at once
EXCHANGE = "caseway.exchange"  # response extension, set by us: the record of this exchange


@dataclass
class Exchange:
    """One request and what came of it, without identifiers and secrets. Sizes are bytes of body.

    `exception` is the kind of the failure on the way, or what the answer's body calls its failure.
    """

    id: UUID
    started_at: datetime
    method: str
    url: str
    request_headers: dict[str, str]
    action: str
    object_id: str | None
    status: int | None = None
    response_headers: dict[str, str] = field(default_factory=dict)
    duration_ms: int = 0
    exception: str | None = None
    request_bytes: int = 0
    response_bytes: int = 0


Recorder = Callable[[Exchange], None]


def record_of(response: httpx2.Response) -> Exchange | None:
    """Return the record of an answer, for what only its body tells: `exception`, `object_id`.

    Who reads the body completes the record before the call that made the exchange returns. None where the
    client does not record.
    """
    found = response.extensions.get(EXCHANGE)
    return found if isinstance(found, Exchange) else None


class Recording:
    """An exchange in the making; hands it to the recorder once, when the answer is closed or has failed."""

    def __init__(self, request: httpx2.Request, recorder: Recorder | None) -> None:
        self._recorder = recorder
        self._began = time.monotonic()
        self._handed_over = False
        self.exchange = Exchange(
            id=uuid7(),
            started_at=now(),
            method=request.method,
            url=redact_url(str(request.url)),
            request_headers=redact_headers(request.headers.multi_items()),
            action=str(request.extensions.get(ACTION, "")),
            object_id=request.extensions.get(OBJECT),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if kind is not None and not issubclass(kind, GeneratorExit):
            self.exchange.exception = kind.__name__

    def answered(self, response: httpx2.Response) -> None:
        """Note the head of the answer."""
        self.exchange.status = response.status_code
        self.exchange.response_headers = redact_headers(response.headers.multi_items())

    def finish(self) -> None:
        """Hand over; a second call does nothing."""
        if self._handed_over:
            return
        self._handed_over = True
        self.exchange.duration_ms = round((time.monotonic() - self._began) * 1000)
        if self._recorder is not None:
            self._recorder(self.exchange)


class CountedRequest(httpx2.SyncByteStream):
    """A request body that counts what leaves."""

    def __init__(self, body: httpx2.SyncByteStream, recording: Recording) -> None:
        self._body = body
        self._recording = recording

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._body:
            self._recording.exchange.request_bytes += len(piece)
            yield piece

    def close(self) -> None:
        self._body.close()


class CountedAnswer(httpx2.SyncByteStream):
    """An answer's body that counts what arrives and ends the recording when it is closed."""

    def __init__(self, body: httpx2.SyncByteStream, recording: Recording) -> None:
        self._body = body
        self._recording = recording

    def __iter__(self) -> Iterator[bytes]:
        with self._recording:
            for piece in self._body:
                self._recording.exchange.response_bytes += len(piece)
                yield piece

    def close(self) -> None:
        try:
            self._body.close()
        finally:
            self._recording.finish()


class Wire(httpx2.BaseTransport):
    """The transport under every client: pins names to addresses, notes when a request leaves, records."""

    def __init__(
        self, inner: httpx2.BaseTransport, address_of: Callable[[str], str], recorder: Recorder | None
    ) -> None:
        self._inner = inner
        self._address_of = address_of
        self._recorder = recorder

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        recording = Recording(request, self._recorder)
        try:
            with recording:
                response = self._inner.handle_request(self._outgoing(request, recording))
        finally:
            if recording.exchange.exception is not None:
                recording.finish()
        recording.answered(response)
        assert isinstance(response.stream, httpx2.SyncByteStream)
        return BoundedResponse(
            response.status_code,
            headers=response.headers,
            stream=CountedAnswer(response.stream, recording),
            extensions={**response.extensions, EXCHANGE: recording.exchange},
        )

    def close(self) -> None:
        self._inner.close()

    def _outgoing(self, request: httpx2.Request, recording: Recording) -> httpx2.Request:
        assert isinstance(request.stream, httpx2.SyncByteStream)
        request.extensions[STARTED] = False
        address = self._address_of(request.url.host)
        url, extensions = request.url, {**request.extensions, "trace": _notice_start(request)}
        if address != request.url.host:
            # The name stays in the Host header, which is set already, in SNI and in the certificate check.
            url = url.copy_with(host=address)
            extensions["sni_hostname"] = request.url.host
        body = CountedRequest(request.stream, recording)
        return httpx2.Request(
            request.method, url, headers=request.headers, stream=body, extensions=extensions
        )


class BoundedResponse(httpx2.Response):
    """A response that refuses to be read into memory beyond the limit of its request."""

    _whole = False

    def read(self) -> bytes:
        self._whole = True
        try:
            return super().read()
        finally:
            self._whole = False

    def iter_bytes(self, chunk_size: int | None = None) -> Iterator[bytes]:
        limit = self.request.extensions.get(LIMIT) if self._whole else None
        seen = 0
        for piece in super().iter_bytes(chunk_size):
            seen += len(piece)
            if limit is not None and seen > limit:
                raise AnswerTooLarge(limit)
            yield piece


class AnswerTooLarge(Exception):
    """An answer is longer than may be read into memory; turned into `Refused` by the client."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"longer than {limit} bytes")
        self.limit = limit


def _notice_start(request: httpx2.Request) -> Callable[[str, dict[str, Any]], None]:
    former = request.extensions.get("trace")

    def trace(event: str, info: dict[str, Any]) -> None:
        # A proxy is asked with CONNECT first; nothing has reached the other side by then.
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            request.extensions[STARTED] = True
        if former is not None:
            former(event, info)

    return trace
