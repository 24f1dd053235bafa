"""What a CMIS server says, in the words of Caseway.

CasewayError
├── Refused
│   ├── ObjectNotFound    404 objectNotFound: an id or path that is not there
│   ├── NameTaken         409 nameConstraintViolation: look, adopt ours, or take the next name
│   ├── UpdateConflict    409 updateConflict: the change token is stale; read again
│   └── ContentExists     409 contentAlreadyExists: compare and adopt
├── Unavailable / RateLimited / OutcomeUnknown / NotConfigured     as in caseway.core.errors

Source: the status table of CMIS 1.1 §5.2.10; 429 and 503 as in OpenCMIS. The name of the exception wins over
the status, because a server may send it with 200; a status without an exception comes from a proxy.
"""

from __future__ import annotations

from collections.abc import Callable
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


class ObjectNotFound(Refused):
    """An id, a path or a type is not there."""

    default_code = "cmis.object_not_found"


class NameTaken(Refused):
    """The folder already holds an object of this name."""

    default_code = "cmis.name_taken"


class UpdateConflict(Refused):
    """Somebody changed the object meanwhile: the change token is stale."""

    default_code = "cmis.update_conflict"


class ContentExists(Refused):
    """The document already has content."""

    default_code = "cmis.content_exists"


_MAPPING = "Correct the mapping and file again; what is filed already stays."
_RIGHTS = "Give the service user the right in the DMS, then resume the connection."
_LIMIT = "Raise the limit of the DMS or its proxy, or set a chunk size in the connection."

_REFUSED: dict[str, tuple[type[Refused], str, str, str]] = {
    "invalidArgument": (Refused, "cmis.invalid_argument", "The DMS found the request malformed.", _MAPPING),
    "filterNotValid": (Refused, "cmis.invalid_argument", "The DMS found the request malformed.", _MAPPING),
    "constraint": (Refused, "cmis.constraint", "A rule of the DMS forbids these values.", _MAPPING),
    "streamNotSupported": (
        Refused,
        "cmis.content_forbidden",
        "The document type takes no content.",
        "Choose another document type in the mapping.",
    ),
    "notSupported": (
        Refused,
        "cmis.not_supported",
        "The DMS does not support this action.",
        "Test the connection; switch the option off.",
    ),
    "objectNotFound": (
        ObjectNotFound,
        "cmis.object_not_found",
        "The DMS does not know this folder, object or type.",
        "Check the parent folder and the type in the mapping.",
    ),
    "nameConstraintViolation": (
        NameTaken,
        "cmis.name_taken",
        "Another object in the folder has this name.",
        "Rename one of the two, or let the mapping add the key to the name.",
    ),
    "contentAlreadyExists": (
        ContentExists,
        "cmis.content_exists",
        "The document in the DMS already has content.",
        "Compare the two documents.",
    ),
    "updateConflict": (
        UpdateConflict,
        "cmis.update_conflict",
        "The object was changed in the DMS meanwhile.",
        "Try again; it is read anew.",
    ),
}


def from_exception(
    name: str, message: str, status: int, *, effect: bool, retry_after: timedelta | None = None
) -> CasewayError:
    """Return the error for a CMIS exception; the words of the DMS are kept under `details["remote"]`.

    `effect` says whether the call was to change something; then a 5xx leaves the outcome open.
    """
    told: dict[str, Any] = {"remote": message, "exception": name, "status": status}
    if name in _REFUSED:
        kind, code, sentence, remedy = _REFUSED[name]
        return kind(sentence, code=code, remedy=remedy, **told)
    if name == "permissionDenied":
        return _forbidden(told)
    if name == "versioning":
        return Unavailable("The document is checked out by somebody.", code="cmis.checked_out", **told)
    if name == "tooManyRequests":
        return _slow_down(retry_after, told)
    if name == "serviceUnavailable":
        return _away(retry_after, told)
    if name == "storage":
        return _broken("cmis.storage", "The DMS could not store or read.", effect, retry_after, told)
    if name == "runtime" and 400 <= status < 500:  # a status of its own says more, such as 413
        return from_status(status, message, effect=effect, retry_after=retry_after, exception=name)
    if name == "runtime" or status >= 500:
        return _broken("cmis.server_error", "The DMS had an internal error.", effect, retry_after, told)
    return from_status(status, message, effect=effect, retry_after=retry_after, exception=name)


def from_status(
    status: int, words: str, *, effect: bool, retry_after: timedelta | None = None, exception: str = ""
) -> CasewayError:
    """Return the error for an answer that names no CMIS exception: a proxy, a gateway, a login page."""
    told: dict[str, Any] = {"remote": words[:2000], "exception": exception, "status": status}
    if status in _BY_STATUS:
        return _BY_STATUS[status](retry_after, told)
    if 300 <= status < 400:
        return NotConfigured(
            "The DMS sends us to another address; redirects are not followed.",
            code="cmis.redirected",
            remedy="Enter the final address of the Browser binding; a login page means wrong credentials.",
            **told,
        )
    if status >= 500:
        return _broken("cmis.gateway_error", "A server before the DMS failed.", effect, retry_after, told)
    if status >= 400:
        return Refused("The DMS refused the request.", code="cmis.refused", remedy=_MAPPING, **told)
    return not_cmis(words, status, effect=effect)


def not_cmis(words: str, status: int, *, effect: bool) -> CasewayError:
    """Return the error for a success that is no CMIS answer: an HTML page, cut JSON, an empty body."""
    told: dict[str, Any] = {"remote": words[:2000], "status": status}
    return _broken("cmis.not_cmis", "The answer is not one of a CMIS server.", effect, None, told)


def _unauthorized(told: dict[str, Any]) -> NotConfigured:
    return NotConfigured(
        "The DMS does not accept our credentials.",
        code="cmis.unauthorized",
        remedy="Renew the credentials of the connection, test it, then resume it.",
        **told,
    )


def _forbidden(told: dict[str, Any]) -> NotConfigured:
    return NotConfigured(
        "The DMS denies the service user this action.", code="cmis.permission_denied", remedy=_RIGHTS, **told
    )


def _no_such_address(told: dict[str, Any]) -> NotConfigured:
    return NotConfigured(
        "There is no CMIS service at this address.",
        code="cmis.wrong_address",
        remedy="Check the service URL of the connection.",
        **told,
    )


def _too_large(told: dict[str, Any]) -> Refused:
    return Refused(
        "The document is too large for the DMS or its proxy.", code="cmis.too_large", remedy=_LIMIT, **told
    )


def _slow_down(retry_after: timedelta | None, told: dict[str, Any]) -> RateLimited:
    return RateLimited("The DMS asks for a pause.", code="cmis.rate_limited", retry_after=retry_after, **told)


def _away(retry_after: timedelta | None, told: dict[str, Any]) -> Unavailable:
    return Unavailable(
        "The DMS is not available now.", code="cmis.unavailable", retry_after=retry_after, **told
    )


def _broken(
    code: str, sentence: str, effect: bool, retry_after: timedelta | None, told: dict[str, Any]
) -> CasewayError:
    kind = OutcomeUnknown if effect else Unavailable
    return kind(sentence, code=code, retry_after=retry_after, **told)


_BY_STATUS: dict[int, Callable[[timedelta | None, dict[str, Any]], CasewayError]] = {
    401: lambda _pause, told: _unauthorized(told),
    403: lambda _pause, told: _forbidden(told),
    404: lambda _pause, told: _no_such_address(told),
    407: lambda _pause, told: _unauthorized(told),
    408: _away,
    413: lambda _pause, told: _too_large(told),
    429: _slow_down,
    503: _away,
}
