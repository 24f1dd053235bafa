"""Every error as a problem of RFC 9457: one shape, for people and programs, without personal data.

`type` (urn:caseway:problem:<code>), `title` (the kind of error), `status`, `detail` (a sentence), `code`
(stable), `remedy` (what helps), `instance` (names this one occurrence, as the log does), and where there are
any `errors` (a list of {pointer, code, detail}) and `facts` (machine-readable).
"""

from __future__ import annotations

import json
import math
import traceback
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as NinjaValidationError
from pydantic import ValidationError

from caseway.access.database import trouble
from caseway.api.multipart import BadRequest
from caseway.core.errors import (
    CasewayError,
    Conflict,
    Invalid,
    NotConfigured,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TooLarge,
    Unavailable,
)
from caseway.core.ids import uuid7
from caseway.core.log import get_logger
from caseway.core.redaction import redact_json

MEDIA_TYPE = "application/problem+json"
log = get_logger("caseway.api")

_TITLES: tuple[tuple[type[CasewayError], str], ...] = (
    (BadRequest, "The request cannot be read"),
    (Conflict, "This contradicts what is stored"),
    (TooLarge, "A limit is passed"),
    (NotFound, "This does not exist"),
    (Invalid, "The input is wrong"),
    (Refused, "The other side said no"),
    (RateLimited, "Too many requests"),
    (Unavailable, "Not possible right now"),
    (OutcomeUnknown, "The outcome is not known"),
    (NotConfigured, "A setting is missing"),
    (NotPermitted, "Not permitted"),
    (CasewayError, "An error"),
)


class Unauthenticated(NotPermitted):
    """Nobody knows who asks."""

    default_code = "access.token_missing"
    status = 401


class InvalidFields(Invalid):
    """Fields of the request are wrong; `errors` says which and why, without what stood there."""

    default_code = "request.invalid"

    def __init__(self, cause: NinjaValidationError | ValidationError) -> None:
        super().__init__(
            "The request does not have the form this address asks for.",
            remedy="See `errors` for the places, and /api/v1/openapi.json for the form.",
        )
        self.errors = pointers(cause)


class MethodNotAllowed(Invalid):
    """This address knows other methods."""

    default_code = "request.method_not_allowed"
    status = 405


class RangeNotSatisfiable(Invalid):
    """No byte of the range asked for exists (RFC 9110, 15.5.17)."""

    default_code = "request.range"
    status = 416


class Unexpected(CasewayError):
    """A fault of Caseway itself."""

    default_code = "caseway.unexpected"
    status = 500


def problem(error: CasewayError) -> HttpResponse:
    """Return the answer for an error of the tree."""
    body = _body(error, f"urn:uuid:{uuid7()}")
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False).encode(), content_type=MEDIA_TYPE, status=error.status
    )
    response["Cache-Control"] = "no-store"
    if error.status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="caseway"'
    if isinstance(retry_after := getattr(error, "retry_after", None), timedelta):
        response["Retry-After"] = str(math.ceil(retry_after.total_seconds()))
    return response


def problem_of(request: HttpRequest, exception: Exception | type[Exception]) -> HttpResponse:
    """Return the answer for whatever was raised; what nobody foresaw is logged without its message."""
    if isinstance(exception, type):
        exception = exception()
    error = _known(exception)
    if error is None:
        error = Unexpected(
            "Caseway made a mistake. It is written in the log under the instance named here.",
            remedy="Try again; tell the operator the instance when it stays.",
        )
        response = problem(error)
        _report(request, exception, json.loads(response.content)["instance"])
        return response
    return problem(error)


def pointers(exception: NinjaValidationError | ValidationError) -> list[dict[str, str]]:
    """Return where the input is wrong, as JSON Pointers (RFC 6901), without the input itself."""
    raw = exception.errors if isinstance(exception, NinjaValidationError) else _errors(exception)
    return [
        {
            "pointer": "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in item["loc"]),
            "code": str(item["type"]),
            "detail": str(item["msg"]),
        }
        for item in raw
    ]


def _errors(exception: ValidationError) -> list[Any]:
    return list(exception.errors(include_url=False, include_context=False, include_input=False))


def _body(error: CasewayError, instance: str) -> dict[str, Any]:
    body: dict[str, Any] = {
        "type": f"urn:caseway:problem:{error.code}",
        "title": next(title for kind, title in _TITLES if isinstance(error, kind)),
        "status": error.status,
        "detail": error.sentence,
        "code": error.code,
        "remedy": error.remedy,
        "instance": instance,
    }
    if isinstance(error, InvalidFields):
        body["errors"] = error.errors
    # The other side's own words may name a person; they are kept with the delivery, not told here.
    facts = {key: value for key, value in error.details.items() if key != "remote"}
    if facts:
        body["facts"] = redact_json(json.loads(json.dumps(facts, default=str)))
    return body


def _known(exception: Exception) -> CasewayError | None:
    match exception:
        case CasewayError():
            return exception
        case NinjaValidationError():
            return InvalidFields(exception)
        case AuthenticationError():
            return Unauthenticated("This needs a bearer token.", remedy="Send Authorization: Bearer <token>.")
        case Http404():
            return NotFound("There is nothing at this address.", code="request.not_found")
        case UnreadablePostError() | MultiPartParserError():
            return BadRequest("The body is cut short or malformed.")
        case HttpError():
            return BadRequest("The request cannot be read.", remedy="Send JSON in UTF-8.")
    return trouble(exception)


def _report(request: HttpRequest, exception: Exception, instance: str) -> None:
    route = request.resolver_match.route if request.resolver_match else ""
    where = traceback.format_tb(exception.__traceback__)[-6:]
    log.error(
        "request.failed", instance=instance, error=type(exception).__name__, route=route, where="".join(where)
    )
