"""What may be written down of a person or a secret: nothing.

Every log value and every line of the wire log passes here. Found are citizen service numbers (BSN), Danish
personal numbers (CPR), German tax numbers, e-mail addresses, keys, tokens and passwords, whatever stands
around them; what is left keeps its shape. Redacting twice changes nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from caseway.core.checksums import is_bsn, is_cpr_date, is_tax_id

SECRET = "[redacted]"

_PASSES = 5  # a replacement may bring two neighbours together once; more than that would be a loop

# A number starts where no digit stands before it, or where what stands before is an escaped character.
_START = r"(?:(?<![0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\u[0-9A-Fa-f]{4}))"
_OPAQUE = (  # our own identifiers and hashes, which a log needs whole
    r"(?P<opaque>(?<![0-9A-Za-z])"
    r"(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{64})(?![0-9A-Za-z]))"
)


def _number(shapes: str) -> re.Pattern[str]:
    return re.compile(rf"{_OPAQUE}|{_START}(?:{shapes})(?![0-9])")


_NUMBERS = (
    (_number(r"[0-9]{11}|[0-9]{2} [0-9]{3} [0-9]{3} [0-9]{3}"), is_tax_id, "[tax id]"),
    (_number(r"[0-9]{6}[ -]?[0-9]{4}"), is_cpr_date, "[cpr]"),
    (
        _number(r"[0-9]{9}|[0-9]{3}[. ][0-9]{3}[. ][0-9]{3}|[0-9]{4}[. ][0-9]{2}[. ][0-9]{3}"),
        is_bsn,
        "[bsn]",
    ),
)
# Nothing of the below fits into so few signs and digits; most of what is logged is of this shape.
_HARMLESS = re.compile(r"(?!.*eyJ)[A-Za-z/.*+_-]*(?:[0-9][A-Za-z/.*+_-]*){0,8}\Z")
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}(?:@|%40)\w[\w-]*(?:\.\w[\w-]*)*")
_KEY_BLOCK = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_SIGNED_TOKEN = re.compile(r"\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*")
_SCHEME = re.compile(r"\b(bearer|basic)(\s+|%20)[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE)
_CREDENTIALS = re.compile(r"(//)[^/\s@\[]+@")
_SECRET_NAME = (
    r"(?:access_token|refresh_token|id_token|client_secret|client_assertion|subject_token"
    r"|password|passwd|passphrase|private_key|api[_-]?key|x-api-key|secret|token|signature)"
)
_NAMED = re.compile(
    rf"""(?P<name>{_SECRET_NAME}["']?\s*[:=]\s*)(?P<value>"(?:[^"\\]|\\.)*"|'[^']*'|[^\s&;,"'<>{{}}]+)""",
    re.IGNORECASE,
)
_ELEMENT = re.compile(rf"(<(?:\w+:)?{_SECRET_NAME}(?:\s[^<>]*)?>)[^<]+", re.IGNORECASE)
_SECRET_KEY = re.compile(rf"(?:\w+[_-])?{_SECRET_NAME}\Z", re.IGNORECASE)
_SECRET_HEADERS = frozenset(
    {
        "authorization",
        "proxy-authorization",
        "cookie",
        "set-cookie",
        "x-api-key",
        "api-key",
        "x-auth-token",
        "x-csrf-token",
        "signature",
        "x-signature",
        "x-hub-signature",
        "x-hub-signature-256",
        "callback-authentication",
    }
)


def redact_text(text: str) -> str:
    """Return the text without identifiers of persons and without secrets."""
    if _HARMLESS.match(text):
        return text
    for _ in range(_PASSES):
        cleaned = _redact_once(text)
        if cleaned == text:
            break
        text = cleaned
    return text


def redact_headers(headers: Mapping[str, str] | Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the headers by lower-case name: credentials replaced, others redacted, repeats joined."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    result: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        cleaned = _redact_header(key, value)
        result[key] = f"{result[key]}, {cleaned}" if key in result else cleaned
    return result


def redact_url(url: str) -> str:
    """Return the address without credentials, identifiers and secret parameters; path and names are kept."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return redact_text(url)
    host = parts.netloc.rpartition("@")
    netloc = f"{SECRET}@{host[2]}" if host[1] else parts.netloc
    path = "/".join(_redact_quoted(segment) for segment in parts.path.split("/"))
    query = "&".join(_redact_parameter(pair) for pair in parts.query.split("&"))
    fragment = "&".join(_redact_parameter(pair) for pair in parts.fragment.split("&"))
    return urlunsplit((parts.scheme, netloc, path, query, fragment))


def redact_json(value: Any) -> Any:
    """Return the same shape with every text and number redacted, and secrets known by their key replaced."""
    if isinstance(value, Mapping):
        return _redact_object(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [redact_json(item) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        text = str(value)
        return value if redact_text(text) == text else redact_text(text)
    return redact_text(value if isinstance(value, str) else str(value))


def mask(value: str) -> str:
    """Return a name as a person may be shown it who may not see it: `Erika Mustermann` → `E•••• M••••`."""
    return " ".join(f"{word[0]}••••" for word in value.split())


def is_secret_name(name: str) -> bool:
    """Tell whether a field of this name holds a secret (`client_secret`, `admin_password`)."""
    return _SECRET_KEY.search(name) is not None


def _redact_once(text: str) -> str:
    if "PRIVATE KEY" in text:
        text = _KEY_BLOCK.sub("[private key]", text)
    if "//" in text:
        text = _CREDENTIALS.sub(rf"\1{SECRET}@", text)
    text = _SIGNED_TOKEN.sub(SECRET, text)
    text = _SCHEME.sub(rf"\1\2{SECRET}", text)
    if "@" in text or "%40" in text:
        text = _EMAIL.sub("[e-mail]", text)
    text = _ELEMENT.sub(rf"\1{SECRET}", text)
    text = _NAMED.sub(_replace_named, text)
    for shape, check, label in _NUMBERS:
        text = _replace_numbers(text, shape, check, label)
    return text


def _replace_named(found: re.Match[str]) -> str:
    quoted = found["value"][:1] if found["value"][:1] in {'"', "'"} else ""
    return f"{found['name']}{quoted}{SECRET}{quoted}"


def _replace_numbers(text: str, shape: re.Pattern[str], check: Callable[[str], bool], label: str) -> str:
    """Replace what passes the check; what does not is looked at again one character later, for overlaps."""
    pieces: list[str] = []
    kept = position = 0
    while found := shape.search(text, position):
        if found["opaque"]:
            position = found.end()
        elif check(re.sub("[^0-9]", "", found[0])):
            pieces += text[kept : found.start()], label
            kept = position = found.end()
        else:
            position = found.start() + 1
    return "".join([*pieces, text[kept:]])


def _redact_header(name: str, value: str) -> str:
    if name not in _SECRET_HEADERS and not is_secret_name(name):
        return redact_text(value)
    scheme, space, _ = value.partition(" ")
    return f"{scheme} {SECRET}" if space and name.endswith("authorization") else SECRET


def _redact_quoted(text: str) -> str:
    plain = unquote(text)
    cleaned = redact_text(plain)
    return redact_text(text if cleaned == plain else quote(cleaned, safe="[] ,:;=@").replace(" ", "%20"))


def _redact_parameter(pair: str) -> str:
    name, equals, value = pair.partition("=")
    cleaned = (
        SECRET if equals and is_secret_name(unquote(name)) else _redact_quoted(value.replace("+", "%20"))
    )
    if cleaned == value.replace("+", "%20"):
        cleaned = value
    return f"{_redact_quoted(name)}{equals}{cleaned}"


def _redact_object(value: Mapping[Any, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, item in value.items():
        name = redact_text(str(key))
        while name in result:
            name += "'"
        result[name] = _hide(redact_json(item)) if is_secret_name(str(key)) else redact_json(item)
    return result


def _hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _hide(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_hide(item) for item in value]
    return value if value is None or isinstance(value, bool) else SECRET
