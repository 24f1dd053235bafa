"""Reading what the platform answers: strictly what the API promises, tolerant of everything beyond it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from caseway.core.errors import CasewayError
from caseway.rails.fit_connect.errors import Call, unreadable


@dataclass(frozen=True)
class Answer:
    """A whole answer: the body is read, bounded."""

    call: Call
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Told:
        """Return the JSON object of a success. Raises what `unreadable` says."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise unreadable(self.call, self.status, self.body) from error
        if not isinstance(found, dict):
            raise unreadable(self.call, self.status, self.body)
        return Told(found, self.call, self.status)


@dataclass(frozen=True)
class Told:
    """One JSON object of an answer. What is missing, or of another type, makes the answer unreadable."""

    fields: Mapping[str, Any]
    call: Call
    status: int = 200

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text; the default where it is absent or null."""
        value = self.fields.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not (value or default is not None):
            raise self._missing(name)
        return value

    def uuid(self, name: str, default: str | None = None) -> str:
        """Return an id in its usual form, lower-case with dashes."""
        value = self.text(name, default)
        if value == default:
            return value
        try:
            return str(UUID(value))
        except ValueError as error:
            raise self._missing(name) from error

    def number(self, name: str) -> int | None:
        """Return a whole number; None where it is absent."""
        value = self.fields.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._missing(name)
        return value

    def texts(self, name: str, *, needed: bool = False) -> tuple[str, ...]:
        """Return a list of texts; empty where it is absent and not needed."""
        values = self._list(name, needed=needed)
        if not all(isinstance(value, str) for value in values):
            raise self._missing(name)
        return tuple(values)

    def uuids(self, name: str, *, needed: bool = False) -> tuple[str, ...]:
        """Return a list of ids."""
        try:
            return tuple(str(UUID(value)) for value in self.texts(name, needed=needed))
        except ValueError as error:
            raise self._missing(name) from error

    def objects(self, name: str, *, needed: bool = False) -> Iterator[Told]:
        """Yield the objects of a list."""
        for value in self._list(name, needed=needed):
            if not isinstance(value, dict):
                raise self._missing(name)
            yield Told(value, self.call, self.status)

    def object(self, *names: str) -> Told | None:
        """Return the first object there is under these names; None where there is none."""
        for name in names:
            value = self.fields.get(name)
            if isinstance(value, dict):
                return Told(value, self.call, self.status)
            if value is not None:
                raise self._missing(name)
        return None

    def unreadable(self, name: str) -> CasewayError:
        """Return the error for a field that is not what the API promises; no values are repeated in it."""
        return self._missing(name)

    def _list(self, name: str, *, needed: bool) -> Sequence[Any]:
        value = self.fields.get(name)
        if value is None and not needed:
            return ()
        if not isinstance(value, list):
            raise self._missing(name)
        return value

    def _missing(self, name: str) -> CasewayError:
        return unreadable(self.call, self.status, f"{name} is missing or of another type".encode())
