"""Reading what a CMIS server answers: bounded, and always looking for an `exception`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx2

from caseway.core.errors import CasewayError
from caseway.core.http import Exchange, record_of, retry_after
from caseway.rails.cmis.errors import from_exception, from_status, not_cmis

LARGEST_ANSWER = 16 * 1024 * 1024
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,99}")


@dataclass(frozen=True)
class CmisObject:
    """An object as the server shows it: properties by id (dates are milliseconds since 1970)."""

    properties: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.properties["cmis:objectId"])

    @property
    def name(self) -> str:
        return str(self.properties.get("cmis:name") or "")

    @property
    def type_id(self) -> str:
        return str(self.properties.get("cmis:objectTypeId") or "")

    @property
    def change_token(self) -> str | None:
        token = self.properties.get("cmis:changeToken")
        return None if token is None else str(token)

    @property
    def length(self) -> int:
        """Return the length of the content; 0 where there is none (the server says null or -1)."""
        return max(int(self.properties.get("cmis:contentStreamLength") or 0), 0)

    @property
    def path(self) -> str | None:
        """Return the path of a folder; documents have none of their own."""
        path = self.properties.get("cmis:path")
        return None if path is None else str(path)


@dataclass(frozen=True)
class Answer:
    """What came back: the body is read, at most `LARGEST_ANSWER` bytes of it and one."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    record: Exchange | None = None


def read_bounded(response: httpx2.Response, limit: int = LARGEST_ANSWER) -> bytes:
    """Read the body of a streamed response, at most `limit` bytes of it."""
    parts: list[bytes] = []
    size = 0
    for piece in response.iter_bytes():
        parts.append(piece)
        size += len(piece)
        if size > limit:
            break
    return b"".join(parts)[: limit + 1]


def read_answer(response: httpx2.Response) -> Answer:
    """Read a streamed response, bounded; what it calls its failure goes into the wire log."""
    answer = Answer(response.status_code, response.headers, read_bounded(response), record_of(response))
    if answer.record is not None:
        answer.record.exception = exception_name(answer)
    return answer


def exception_name(answer: Answer) -> str | None:
    """Return what an answer calls its failure (`constraint`), where it names one (CMIS 1.1 §5.2)."""
    told = _failure_told(answer).get("exception")
    # The other side chooses the word; one that is no name does not get into a log.
    return told if isinstance(told, str) and _NAME.fullmatch(told) else None


def parse(answer: Answer, *, effect: bool) -> Any:
    """Return the JSON of a good answer; raise the classified error of any other."""
    failure = failure_of(answer, effect=effect)
    if failure is not None:
        raise failure
    found = _json(answer.body)
    if not isinstance(found, dict | list):
        raise not_cmis(_words(answer.body), answer.status, effect=effect)
    return found


def failure_of(answer: Answer, *, effect: bool) -> CasewayError | None:
    """Return the error an answer stands for, or None when it is a success."""
    status, pause, told = answer.status, retry_after(answer.headers), _failure_told(answer)
    if isinstance(told.get("exception"), str):
        words = told["message"] if isinstance(told.get("message"), str) else ""
        return from_exception(told["exception"], words, status, effect=effect, retry_after=pause)
    if status >= 300:
        return from_status(status, _words(answer.body), effect=effect, retry_after=pause)
    return None


def _failure_told(answer: Answer) -> dict[str, Any]:
    """Return the JSON of an answer that may be one of failure; a success may hold an exception too (w83)."""
    found = _json(answer.body) if b"exception" in answer.body or answer.status >= 400 else None
    return found if isinstance(found, dict) else {}


def _json(body: bytes) -> Any:
    if len(body) > LARGEST_ANSWER:
        return None
    try:
        return json.loads(body.decode("utf-8"), parse_float=Decimal)
    except (ValueError, RecursionError):
        return None


def _words(body: bytes) -> str:
    return body[:2000].decode("utf-8", errors="replace")


def object_of(answer: Any, *, effect: bool, status: int = 200) -> CmisObject:
    """Return the object of an answer in either form, succinct or full."""
    found = object_in(answer)
    if found is None:
        raise not_cmis(str(answer)[:200], status, effect=effect)
    return found


def object_in(answer: Any) -> CmisObject | None:
    """Return the object of an answer, where it holds one."""
    if isinstance(answer, dict):
        succinct = answer.get("succinctProperties")
        if isinstance(succinct, dict) and "cmis:objectId" in succinct:
            return CmisObject(succinct)
        full = answer.get("properties")
        if isinstance(full, dict) and "cmis:objectId" in full:
            return CmisObject({name: entry.get("value") for name, entry in full.items()})
    return None
