"""The wire: one request after another to the services of the platform, and nothing but the wire.

Every call returns what was said or raises an error of the tree. A call with an effect that gets no clear
answer raises `OutcomeUnknown`; a read that gets none raises `Unavailable`. Redirects are never followed. The
token goes to the Submission API and the Destination API only (`caseway.rails.fit_connect.login`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from caseway.core.clock import now
from caseway.core.errors import NotConfigured, OutcomeUnknown, Unavailable
from caseway.core.http import ACTION, OBJECT, classified, record_of, retry_after
from caseway.rails.contract import Link
from caseway.rails.fit_connect.addresses import Addresses
from caseway.rails.fit_connect.answer import Answer, Told
from caseway.rails.fit_connect.body import Body, Replayable
from caseway.rails.fit_connect.errors import (
    Call,
    answer_too_large,
    from_answer,
    pause_of,
    problem_of,
    refused_token,
    unreadable,
)
from caseway.testing import crash

JSON = "application/json"
JOSE = "application/jose"
PAGE = 100  # entries asked for at once; the default of both APIs
MOST_PAGES = 500

Parameters = Mapping[str, str | int | Sequence[str]]


@dataclass(frozen=True)
class Download:
    """An open answer: its length in bytes where it is told, and its content in pieces, to be read once."""

    length: int | None
    pieces: Iterator[bytes]


@dataclass(frozen=True)
class Client:
    """Requests to one platform. `http` carries login, timeouts, trust and the wire log."""

    http: httpx2.Client
    addresses: Addresses
    max_answer_bytes: int

    @classmethod
    def of(cls, link: Link) -> Client:
        """Return the client of an open connection."""
        return cls(link.client, link.settings.addresses(), link.settings.max_answer_bytes)

    def read(self, url: str, call: Call, parameters: Parameters | None = None) -> Told:
        """Read a JSON object. Raises `NotThere`, `Unavailable`, `NotConfigured`, `Refused`."""
        request = self._request("GET", url, call, params=parameters or None, headers={"Accept": JSON})
        return self._good(self._exchange(request, call)).json()

    def change(self, method: str, url: str, call: Call, fields: Mapping[str, Any]) -> Answer:
        """Send a small JSON object."""
        return self.send(method, url, call, Body.of(json.dumps(fields).encode()), JSON)

    def send(self, method: str, url: str, call: Call, body: Body | Sequence[Body], media_type: str) -> Answer:
        """Send a body of known length and return the answer of a success.

        The body is opened anew for each try: after a 401 one more is made with a fresh token, for a 401 had
        no effect (RFC 9110 §15.5.2).
        """
        parts = (body,) if isinstance(body, Body) else tuple(body)
        answer = self._exchange(self._sending(method, url, call, parts, media_type), call)
        if answer.status == 401:
            answer = self._exchange(self._sending(method, url, call, parts, media_type), call)
        return self._good(answer)

    def pages(
        self, url: str, call: Call, name: str, parameters: Parameters | None = None, *, most: int = MOST_PAGES
    ) -> Iterator[Told]:
        """Yield the pages of a list; `name` is the field that holds its entries.

        Ends with the total, or with a page that is not full where none is told. Raises `Unavailable`
        (`fit_connect.list_endless`) after `most` pages, and when a page comes twice.
        """
        offset, former = 0, None
        for _ in range(most):
            page = self.read(url, call, {**(parameters or {}), "offset": offset, "limit": PAGE})
            entries = page.fields.get(name)
            if not isinstance(entries, list):
                raise page.unreadable(name)
            if entries and entries == former:
                break
            yield page
            offset, former, total = offset + len(entries), entries, page.number("totalCount")
            if not entries or (offset >= total if total is not None else len(entries) < PAGE):
                return
        raise Unavailable(
            "The platform's list does not end.",
            code="fit_connect.list_endless",
            remedy="It is tried again by itself.",
            action=call.action,
        )

    @contextmanager
    def download(self, url: str, call: Call, *, most: int) -> Iterator[Download]:
        """Open a JOSE text of at most `most` bytes as a stream of pieces.

        Raises while it is read: `Unavailable` when it breaks off, `Refused` when it passes the limit.
        """
        headers = {"Accept": JOSE, "Accept-Encoding": "identity"}
        response = self._begin(self._request("GET", url, call, headers=headers), call)
        # What goes wrong in the caller's block is the caller's: only our own reading is classified here.
        try:
            if response.status_code != 200 or not _is_jose(response):
                answer = self._whole(response, call)
                raise self._failure(answer) or unreadable(call, answer.status, answer.body)
            length = response.headers.get("content-length", "")
            known = int(length) if length.isascii() and length.isdigit() else None
            if known is not None and known > most:
                raise answer_too_large(call, most)
            yield Download(known, _pieces(response, call, known, most))
        finally:
            response.close()

    # sending and reading

    def _sending(
        self, method: str, url: str, call: Call, parts: tuple[Body, ...], media_type: str
    ) -> httpx2.Request:
        content = Replayable(parts)
        headers = {"Content-Type": media_type, "Content-Length": str(content.length), "Accept": JSON}
        return self._request(method, url, call, content=content, headers=headers)

    def _request(self, method: str, url: str, call: Call, **options: Any) -> httpx2.Request:
        return self.http.build_request(
            method, url, extensions={ACTION: call.action, OBJECT: call.object_id}, **options
        )

    def _exchange(self, request: httpx2.Request, call: Call) -> Answer:
        response = self._begin(request, call)
        try:
            answer = self._whole(response, call)
        finally:
            response.close()
        if call.effect:
            crash.point("send.after_effect_before_reply")
        return answer

    def _begin(self, request: httpx2.Request, call: Call) -> httpx2.Response:
        auth = self.http.auth if call.signed else None
        with _classified(call):
            try:
                return self.http.send(request, stream=True, auth=auth)
            except NotConfigured as error:
                raise refused_token(error) from error

    def _whole(self, response: httpx2.Response, call: Call) -> Answer:
        parts, size = [], 0
        with _classified(call):
            for piece in response.iter_bytes():
                parts.append(piece)
                size += len(piece)
                if size > self.max_answer_bytes:
                    raise answer_too_large(call, self.max_answer_bytes)
        answer = Answer(call, response.status_code, response.headers, b"".join(parts))
        record, problem = record_of(response), problem_of(answer.body) if answer.status >= 400 else None
        if record is not None and problem is not None:
            record.exception = problem.slug or None
        return answer

    def _good(self, answer: Answer) -> Answer:
        failure = self._failure(answer)
        if failure is not None:
            raise failure
        return answer

    def _failure(self, answer: Answer) -> Exception | None:
        if 200 <= answer.status < 300:
            return None
        pause = pause_of(answer.headers, retry_after(answer.headers), now().timestamp())
        return from_answer(answer.call, answer.status, answer.body, pause)


@contextmanager
def _classified(call: Call) -> Iterator[None]:
    """Turn failures of the client into the tree: what is unknown of a read is only not there now."""
    try:
        with classified():
            yield
    except OutcomeUnknown as error:
        if call.effect:
            raise
        raise Unavailable(
            error.sentence, code=error.code, remedy="It is tried again by itself.", **error.details
        ) from error


def _is_jose(response: httpx2.Response) -> bool:
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in (JOSE, "application/octet-stream", "text/plain", "")


def _pieces(response: httpx2.Response, call: Call, known: int | None, most: int) -> Iterator[bytes]:
    seen = 0
    with _classified(call):
        for piece in response.iter_bytes():
            seen += len(piece)
            if seen > most:
                raise answer_too_large(call, most)
            yield piece
    if known is not None and seen != known and "content-encoding" not in response.headers:
        raise Unavailable(
            "The content broke off on its way.",
            code="fit_connect.content_short",
            remedy="It is tried again by itself.",
            expected=known,
            arrived=seen,
        )
