"""Systems go straight to their address, past what only people need: sessions, languages, forms, sign-in."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import resolve


class StraightToTheApi:
    """Answers `/api/` itself; every view there finds out who asks by the token, and answers its own errors.

    Stands behind the middleware whose headers belong on every answer. It took a tenth of the time of an
    accepted submission to open a session that nobody had (docs/explanation/performance.md).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith("/api/"):
            return self.get_response(request)
        request.get_host()  # refuses a host that is not ours
        request.resolver_match = match = resolve(request.path_info, "caseway.api.urls")
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        if isinstance(response, HttpResponse):
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response
