"""Callbacks: who calls, when, and what it says; nothing of it is believed before the signature was right.

Signed is `<timestamp>.<body>` with HMAC-SHA-512 (docs of FITKO, details/callbacks): time no older than five
minutes, compared in constant time. A callback only tells that there is something to fetch.

Codes, all `NotPermitted` but the last: `fit_connect.callback_unconfigured`, `fit_connect.callback_unsigned`,
`fit_connect.callback_time`, `fit_connect.callback_signature`; `fit_connect.callback_malformed` (`Invalid`).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from caseway.core.errors import Invalid, NotPermitted
from caseway.rails.fit_connect import segments
from caseway.rails.fit_connect.config import FitConnectSettings
from caseway.rails.inbound import Arriving, Notice

WINDOW = timedelta(minutes=5)
BASE = "https://schema.fitko.de/fit-connect/submission-api/callbacks/"
MOST = 1000  # entries of one callback

_DIGITS = re.compile(r"[0-9]{1,11}")  # seconds until the year 5138; more is no date
_HEX = re.compile(r"[0-9a-f]{128}")


def notice(headers: Mapping[str, str], body: bytes, settings: FitConnectSettings, at: datetime) -> Notice:
    """Return what a callback tells, after every check (`Receives.notice`)."""
    told = {name.lower(): value for name, value in headers.items()}
    moment = _checked(told, body, settings, at)
    content = _object(body)
    # The same news sent again at another time is signed anew; the same bytes are the same callback.
    digest = hashlib.sha256(told["callback-authentication"].encode()).hexdigest()
    kind = str(content.get("type", "")).removeprefix(BASE)
    if kind == "new-events":
        return Notice(digest, moment, remote_case_ids=tuple(dict.fromkeys(_cases(content))))
    return Notice(digest, moment, arriving=tuple(_arriving(content)))


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Return the signature of a body at a time, in lower-case hex."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha512).hexdigest()


def _checked(told: Mapping[str, str], body: bytes, settings: FitConnectSettings, at: datetime) -> datetime:
    if settings.callback_secret is None:
        raise _refused("callback_unconfigured", "No secret for callbacks is set.")
    timestamp = told.get("callback-timestamp", "")
    given = told.get("callback-authentication", "")
    if not _DIGITS.fullmatch(timestamp) or not _HEX.fullmatch(given):
        raise _refused("callback_unsigned", "The callback is not signed.")
    wanted = signature(settings.callback_secret.get_secret_value(), timestamp, body)
    if not hmac.compare_digest(wanted, given):
        raise _refused("callback_signature", "The callback is not signed with our secret.")
    moment = datetime.fromtimestamp(int(timestamp), UTC)
    if abs(at - moment) > WINDOW:
        raise _refused("callback_time", "The callback is older than five minutes, or from the future.")
    return moment


def _object(body: bytes) -> dict[str, Any]:
    try:
        return segments.read_object(body)
    except ValueError:
        raise _malformed() from None


def _arriving(content: Mapping[str, Any]) -> Iterator[Arriving]:
    for told in _entries(content, "submissions"):
        yield Arriving(
            "submission", _id(told, "submissionId"), _id(told, "caseId"), _id(told, "destinationId")
        )
    for told in _entries(content, "replies"):
        yield Arriving("reply", _id(told, "replyId"), _id(told, "caseId"))


def _cases(content: Mapping[str, Any]) -> Iterator[str]:
    for name in ("submissions", "replies"):
        for told in _entries(content, name):
            yield _id(told, "caseId")


def _entries(content: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = content.get(name) or []
    if not isinstance(found, list) or len(found) > MOST or not all(isinstance(one, dict) for one in found):
        raise _malformed()
    return found


def _id(told: Mapping[str, Any], name: str) -> str:
    try:
        return str(UUID(told[name]))
    except (KeyError, ValueError, TypeError, AttributeError):
        raise _malformed() from None


def _refused(code: str, sentence: str) -> NotPermitted:
    return NotPermitted(
        sentence, code=f"fit_connect.{code}", remedy="Compare the secret here with that in the portal."
    )


def _malformed() -> Invalid:
    return Invalid(
        "The callback does not say what is new in the form that was agreed.",
        code="fit_connect.callback_malformed",
        remedy="What waits is found by polling all the same.",
    )
