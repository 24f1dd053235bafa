"""What the platform says, in the words of Caseway.

CasewayError
├── Refused
│   ├── NotThere          404, 410 with a problem: a destination, key, submission, case or reply
│   ├── StateConflict     409: the submission or reply is not in the state for this
│   └── Unprocessable     422: understood, and wrong in its content
├── Unavailable / RateLimited / OutcomeUnknown / NotConfigured     as in caseway.core.errors

Source: status tables of the Submission API 1.1.3 and the Routing API 2.0.0; problems are RFC 9457 objects
with `type` below https://schema.fitko.de/fit-connect/submission-api/problems/. A 404 without a typed problem
comes from a gateway or a wrong address: it never means that something is not there, for a second submission
may hang on it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from caseway.core.errors import (
    CasewayError,
    NotConfigured,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from caseway.rails.fit_connect.refusals import NOT_THERE, UNPROCESSABLE


class NotThere(Refused):
    """What is named is not there, or not for us, or not any more."""

    default_code = "fit_connect.not_there"


class StateConflict(Refused):
    """The submission or reply is not in the state for this: perhaps it is done already."""

    default_code = "fit_connect.state_conflict"


class Unprocessable(Refused):
    """The platform understood and found the content wrong."""

    default_code = "fit_connect.unprocessable"


@dataclass(frozen=True)
class Call:
    """What a request is for: its name in the wire log, what it is about, and whether it changes anything.

    `subject` is what a 404 speaks of: destination, key, submission, attachment, case, reply or service.
    `signed`: our token goes along, where the address is one that may see it.
    """

    action: str
    subject: str = "service"
    object_id: str | None = None
    effect: bool = False
    signed: bool = True


@dataclass(frozen=True)
class RemoteProblem:
    """The problem object of an answer (RFC 9457), as far as it is one."""

    type: str
    title: str
    detail: str

    @property
    def slug(self) -> str:
        """Return the last part of the type, such as `submission-not-found`; empty where it is no name."""
        last = self.type.rstrip("/").rpartition("/")[2]
        return last if _SLUG.fullmatch(last) else ""

    @property
    def typed(self) -> bool:
        """Say whether the problem says more than its status does (RFC 9457 §4.2.1)."""
        return self.type not in ("", "about:blank")


_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+){0,12}")
_MISSING = re.compile(r"(destination|key|submission|attachment|case|reply)-not-found")

_BY_STATUS: dict[int, tuple[type[CasewayError], str, str, str]] = {
    400: (
        Refused,
        "fit_connect.malformed",
        "The platform found the request malformed.",
        "Check the API version of the connection, and the ids in it.",
    ),
    401: (
        NotConfigured,
        "fit_connect.unauthorized",
        "The platform does not accept our access token, not even a fresh one.",
        "Check that token address and Submission API belong to the same platform, then resume.",
    ),
    403: (
        NotConfigured,
        "fit_connect.forbidden",
        "The platform forbids the API client this action.",
        "Connect client and destination in the portal; look whether the client's role fits.",
    ),
    409: (
        StateConflict,
        "fit_connect.state_conflict",
        "The submission is not in the state for this.",
        "Read its event log: it may be answered already.",
    ),
    413: (
        Refused,
        "fit_connect.too_large",
        "This is too large for the platform.",
        "Set a smaller fragment size, or send fewer attachments.",
    ),
    415: (
        Refused,
        "fit_connect.media_type",
        "The platform does not take this media type.",
        "Check the API version of the connection.",
    ),
}
_WRONG_ADDRESS = (
    NotConfigured,
    "fit_connect.wrong_address",
    "There is no FIT-Connect service at this address.",
    "Check platform, API version and addresses of the connection.",
)
_BY_STATUS |= {404: _WRONG_ADDRESS, 405: _WRONG_ADDRESS, 410: _WRONG_ADDRESS, 407: _BY_STATUS[401]}


def problem_of(body: bytes) -> RemoteProblem | None:
    """Return the problem an answer tells, or None when it is no problem object."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or not ("title" in told or "type" in told):
        return None
    words = {
        name: told[name] if isinstance(told.get(name), str) else "" for name in RemoteProblem.__annotations__
    }
    return RemoteProblem(**words)


def pause_of(headers: Mapping[str, str], retry_after: timedelta | None, now: float) -> timedelta | None:
    """Return how long to wait: `Retry-After`, else `RateLimit-Reset` (Routing API 2.0.0) in seconds.

    The reset is described as a moment in seconds: a small number is read as a distance, a large one as Unix
    time. `now` is Unix time.
    """
    value = headers.get("ratelimit-reset", "").strip()
    if retry_after is not None or not (value.isascii() and value.isdigit()):
        return retry_after
    seconds = float(value[:15])
    distance = seconds - now if seconds > 1_000_000_000 else seconds
    return timedelta(seconds=min(max(distance, 0.0), 86400.0))


def from_answer(call: Call, status: int, body: bytes, pause: timedelta | None) -> CasewayError:
    """Return the error an answer stands for; the words of the platform are kept under `details["remote"]`."""
    problem = problem_of(body)
    told: dict[str, Any] = {
        "remote": _words(problem, body),
        "problem": problem.slug if problem else "",
        "status": status,
        "action": call.action,
    }
    if status in (404, 410) and problem is not None and problem.typed and call.subject in NOT_THERE:
        return _not_there(call, problem, told)
    if status == 422:
        return _unprocessable(call, told)
    if status in _BY_STATUS:
        kind, code, sentence, remedy = _BY_STATUS[status]
        return kind(sentence, code=code, remedy=remedy, **told)
    if status in (408, 429, 503):
        return _pausing(status, pause, told)
    if 300 <= status < 400:
        return _redirected(told)
    if status >= 500:
        return _broken("fit_connect.server_error", "The platform had an internal error.", call, pause, told)
    if status >= 400:
        return Refused("The platform refuses the request.", code="fit_connect.refused", **told)
    return unreadable(call, status, body)


def unreadable(call: Call, status: int, body: bytes) -> CasewayError:
    """Return the error for a success that is not what the API says: a login page, cut JSON, a missing id."""
    told: dict[str, Any] = {"remote": _text(body), "status": status, "action": call.action}
    sentence = "The answer is not one of FIT-Connect."
    return _broken("fit_connect.answer_unreadable", sentence, call, None, told)


def answer_too_large(call: Call, limit: int) -> CasewayError:
    """Return the error for an answer longer than we read."""
    kind = OutcomeUnknown if call.effect else Refused
    return kind(
        f"The answer of the platform is longer than {limit} bytes.",
        code="fit_connect.answer_too_large",
        remedy="Raise the limit of the connection.",
        action=call.action,
        limit=limit,
    )


def refused_token(error: NotConfigured) -> NotConfigured:
    """Return what a refusal of the token endpoint means here (RFC 6749 §5.2)."""
    if error.code == "oauth.refused" and error.details.get("oauth_error") == "invalid_scope":
        return NotConfigured(
            "The API client may not do anything yet.",
            code="fit_connect.client_without_rights",
            remedy="Connect the client with its destination in the portal.",
            **error.details,
        )
    return error


def _not_there(call: Call, problem: RemoteProblem, told: dict[str, Any]) -> NotThere:
    named = _MISSING.fullmatch(problem.slug)
    subject = named[1] if named else call.subject
    return NotThere(
        NOT_THERE[subject],
        code=f"fit_connect.{subject}_unknown",
        remedy="Check the id; an unfinished submission ends after a day, an answered one cannot be read.",
        **told,
    )


def _unprocessable(call: Call, told: dict[str, Any]) -> Unprocessable:
    generic = ("fit_connect.unprocessable", "The platform finds the content wrong.", "Read its words.")
    code, sentence, remedy = UNPROCESSABLE.get(call.action, generic)
    return Unprocessable(sentence, code=code, remedy=remedy, **told)


def _redirected(told: dict[str, Any]) -> NotConfigured:
    return NotConfigured(
        "The platform sends us to another address; redirects are not followed.",
        code="fit_connect.redirected",
        remedy="Enter the final address.",
        **told,
    )


def _pausing(status: int, pause: timedelta | None, told: dict[str, Any]) -> Unavailable:
    if status == 429:
        sentence, code = "The platform asks for a pause.", "fit_connect.rate_limited"
        return RateLimited(sentence, code=code, retry_after=pause, **told)
    sentence, code = "The platform is not available now.", "fit_connect.unavailable"
    return Unavailable(sentence, code=code, retry_after=pause, **told)


def _broken(
    code: str, sentence: str, call: Call, pause: timedelta | None, told: dict[str, Any]
) -> CasewayError:
    kind = OutcomeUnknown if call.effect else Unavailable
    return kind(sentence, code=code, retry_after=pause, **told)


def _words(problem: RemoteProblem | None, body: bytes) -> str:
    told = [words for words in (problem.title, problem.detail) if words] if problem else []
    return ": ".join(told)[:2000] or _text(body)


def _text(body: bytes) -> str:
    return body[:2000].decode("utf-8", errors="replace")
