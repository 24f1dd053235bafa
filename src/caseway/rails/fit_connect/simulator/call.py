"""One call of an API of the platform: what is asked, by whom, with which body."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from caseway.rails.fit_connect.simulator.model import Client, Version
from caseway.rails.fit_connect.simulator.problem import (
    bad_request,
    forbidden,
    too_large,
    unsupported_media_type,
)
from caseway.testing.simulator import Fault, Request
from caseway.testing.simulator.base import Note

if TYPE_CHECKING:
    from caseway.rails.fit_connect.simulator.platform import Platform

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
PAGE_DEFAULT, PAGE_MOST = 100, 500


@dataclass
class Call:
    """One call. `client` is who the token says, None where no token is needed and none came."""

    platform: Platform
    request: Request
    note: Note
    kind: str
    action: str
    version: Version
    parameters: Mapping[str, str] = field(default_factory=dict)
    client: Client | None = None
    names: list[str] = field(default_factory=list)

    def fault(self, kind: str) -> Fault | None:
        """Return the fault of this kind that applies to this call, and write it down."""
        found = (
            self.platform.faults.take(kind, self.action, self.names) if len(self.platform.faults) else None
        )
        if found is not None:
            self.note.applied(kind)
        return found

    def caller(self) -> Client:
        """Return the client of a call that needs one."""
        if self.client is None:
            raise forbidden("This needs a client.")
        return self.client

    def json(self, required: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any]:
        """Return the JSON object in the body. Raises 400, 413 or 415."""
        self.content_type("application/json")
        try:
            text = self.body(self.platform.options.body_limit).decode()
            data = json.loads(text)
            if "\\u" in text:
                json.dumps(data, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise bad_request("The body is not JSON of Unicode characters.") from None
        if not isinstance(data, dict):
            raise bad_request("The body is not a JSON object.")
        for name, kinds in required.items():
            if not isinstance(data.get(name), kinds):
                raise bad_request(f"The field {name} is missing or of the wrong type.")
        return data

    def content_type(self, wanted: str) -> None:
        """Raise 415 unless the body is of this type."""
        if self.request.headers.get("content-type", "").partition(";")[0].strip().lower() != wanted:
            raise unsupported_media_type(wanted)

    def body(self, limit: int) -> bytes:
        """Return the whole body. Raises 413."""
        if (self.request.content_length or 0) > limit:
            raise too_large(f"At most {limit} bytes.")
        parts, size = [], 0
        while chunk := self.request.read(65536):
            size += len(chunk)
            if size > limit:
                raise too_large(f"At most {limit} bytes.")
            parts.append(chunk)
        return b"".join(parts)

    def page(self) -> tuple[int, int]:
        """Return offset and limit of a list. Raises 400."""
        offset = self._number("offset", 0, 0, 2**31 - 1)
        return offset, self._number("limit", PAGE_DEFAULT, 1, PAGE_MOST)

    def uuid(self, name: str) -> str:
        """Return a path parameter that is a UUID. Raises 400."""
        return uuid_of(self.parameters[name], name)

    def _number(self, name: str, default: int, least: int, most: int) -> int:
        text = self.request.query.get(name)
        if text is None:
            return default
        if not re.fullmatch(r"\d{1,10}", text, re.ASCII) or not least <= int(text) <= most:
            raise bad_request(f"{name} is a number from {least} to {most}.")
        return int(text)


def uuid_of(value: object, name: str) -> str:
    """Return a UUID in lower case. Raises 400."""
    if not isinstance(value, str) or not UUID.fullmatch(value):
        raise bad_request(f"{name} is not a UUID.")
    return value.lower()


def paged(items: list[Any], offset: int, limit: int, name: str) -> dict[str, Any]:
    """Return one page of a list as the specification shows it."""
    shown = items[offset : offset + limit]
    return {"count": len(shown), "offset": offset, "totalCount": len(items), name: shown}
