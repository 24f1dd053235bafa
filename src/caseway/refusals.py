"""What is answered where no view came to it: a page for people, a problem (RFC 9457) for systems."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from caseway.access.database import trouble
from caseway.api.problems import problem
from caseway.core.errors import CasewayError, NotFound, NotPermitted
from caseway.portal.doors import Unreadable
from caseway.portal.views import errors as pages


def _answer(page: Callable[..., HttpResponse], error: CasewayError) -> Callable[..., HttpResponse]:
    def refuse(request: HttpRequest, exception: Any = None) -> HttpResponse:
        return problem(error) if request.path.startswith("/api/") else page(request)

    return refuse


bad_request = _answer(
    pages.bad_request,
    Unreadable("The request cannot be read.", remedy="Check the host name, the headers and the body."),
)
forbidden = _answer(
    pages.forbidden,
    NotPermitted("You may not do this.", remedy="Ask an administrator for the scope it needs."),
)
not_found = _answer(pages.not_found, NotFound("There is nothing at this address.", code="request.not_found"))
_broken = _answer(
    pages.broken,
    CasewayError(
        "Something is broken on our side.",
        remedy="Repeat it with the same Idempotency-Key; nothing that was accepted is lost.",
    ),
)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer what nobody caught; Django calls this while it handles the exception."""
    error = trouble(sys.exception())
    return _broken(request) if error is None else _answer(pages.unavailable, error)(request)
