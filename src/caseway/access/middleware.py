"""Every signed-in request runs in the scope of one organisation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse

from caseway.access.models import Membership
from caseway.access.scope import scope


class OrganisationMiddleware:
    """Sets `request.membership` and runs the view as one transaction behind the fence."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.membership = None  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        membership = _membership(request)
        request.membership = membership  # type: ignore[attr-defined]
        if membership is None or getattr(view, "outside_scope", False):
            return None
        with scope(membership.organisation_id):
            response = view(request, *args, **kwargs)
            if isinstance(response, SimpleTemplateResponse):
                response.render()
            return response


def _membership(request: HttpRequest) -> Membership | None:
    if not request.user.is_authenticated:
        return None
    memberships = Membership.objects.filter(user=request.user).select_related("organisation")
    chosen = request.session.get("organisation")
    return (
        memberships.order_by("organisation__name")
        .filter(**({"organisation_id": chosen} if chosen else {}))
        .first()
    )
