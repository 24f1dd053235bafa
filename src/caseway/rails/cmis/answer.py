"""Reading what a CMIS server answers: bounded, and always looking for an `exception`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx2

from caseway.core.errors import CasewayError
from caseway.core.http import retry_after
from caseway.rails.cmis.errors import from_exception, from_status, not_cmis

LARGEST_ANSWER = 16 * 1024 * 1024


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


def parse(status: int, headers: Mapping[str, str], body: bytes, *, effect: bool) -> Any:
    """Return the JSON of a good answer; raise the classified error of any other."""
    failure = failure_of(status, headers, body, effect=effect)
    if failure is not None:
        raise failure
    answer = _json(body)
    if not isinstance(answer, dict | list):
        raise not_cmis(_words(body), status, effect=effect)
    return answer


def failure_of(status: int, headers: Mapping[str, str], body: bytes, *, effect: bool) -> CasewayError | None:
    """Return the error an answer stands for, or None when it is a success."""
    pause = retry_after(headers)
    answer = _json(body) if b"exception" in body or status >= 400 else None
    if isinstance(answer, dict) and isinstance(answer.get("exception"), str):
        told = answer.get("message")
        words = told if isinstance(told, str) else ""
        return from_exception(answer["exception"], words, status, effect=effect, retry_after=pause)
    if status >= 300:
        return from_status(status, _words(body), effect=effect, retry_after=pause)
    return None


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
    if isinstance(answer, dict):
        succinct = answer.get("succinctProperties")
        if isinstance(succinct, dict) and "cmis:objectId" in succinct:
            return CmisObject(succinct)
        full = answer.get("properties")
        if isinstance(full, dict) and "cmis:objectId" in full:
            return CmisObject({name: entry.get("value") for name, entry in full.items()})
    raise not_cmis(str(answer)[:200], status, effect=effect)
