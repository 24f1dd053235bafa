"""The parts of JOSE texts: base64url without padding (RFC 7515 §2) and JSON objects, in one form only.

A text that has a second spelling can be told apart from itself: a log entry with the same meaning and another
digest, a header one reader takes differently from the next. So padding, line breaks, the other alphabet, bits
that mean nothing (RFC 4648 §3.5) and members named twice (RFC 7515 §4) are refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import to_json

# pydantic's base64 is several times as fast as the standard library's, which else is the slowest part of each
# attachment, and strict about the last bits. It would also take the other alphabet and JSON's escapes;
# `_FOREIGN` keeps those out.
_DECODER = TypeAdapter(bytes, config=ConfigDict(val_json_bytes="base64", hide_input_in_errors=True))
_FOREIGN = (b"+", b"/", b"=", b'"', b"\\")


def encode(content: bytes) -> bytes:
    """Return base64url without padding."""
    return to_json(content, bytes_mode="base64")[1:-1].rstrip(b"=")


def decode(text: bytes) -> bytes:
    """Return what a base64url text holds. Raises `ValueError`, without the text, when it is not canonical."""
    if any(mark in text for mark in _FOREIGN):
        raise ValueError("not base64url")
    try:
        return _DECODER.validate_json(b'"' + text + b'"')
    except ValidationError:
        raise ValueError("not base64url") from None


def read_object(content: bytes | str) -> dict[str, Any]:
    """Return a JSON object (RFC 8259). Raises `ValueError` on a member named twice, NaN, or no object."""
    text = content.decode("utf-8") if isinstance(content, bytes) else content
    try:
        found = json.loads(text, object_pairs_hook=_distinct, parse_constant=_no_constant)
        if "\\ud" in text.lower():  # half a surrogate pair is no character, and breaks whoever writes it
            write_object(found)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def write_object(value: dict[str, Any]) -> bytes:
    """Return JSON without spaces, in the order given, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _distinct(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError("a member is named twice")
        found[name] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
