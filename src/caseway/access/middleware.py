"""Every signed-in request runs in the scope of one organisation, in the person's language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils import translation

from caseway.access.actor import Actor
from caseway.access.models import Membership
from caseway.access.scope import scope
from caseway.core.errors import NotPermitted


class NotSignedIn(NotPermitted):
    """Nobody is signed in, or in no organisation."""

    default_code = "access.not_signed_in"
    status = 401


class OrganisationMiddleware:
    """Sets `request.membership` and `request.actor`, and runs the view as one transaction behind the fence.

    Both are None for who is not signed in or belongs to no organisation. The organisation is the one chosen
    in the session, or the first by name. A view with the attribute `outside_scope` opens its scope itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.membership = request.actor = None  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        membership = _membership(request)
        if membership is None:
            return None
        request.membership = membership  # type: ignore[attr-defined]
        request.actor = _actor(membership)  # type: ignore[attr-defined]
        _speak(request, membership.user.language)
        if getattr(view, "outside_scope", False):
            return None
        with scope(membership.organisation_id):
            response = view(request, *args, **kwargs)
            if isinstance(response, SimpleTemplateResponse):
                response.render()
            return response


def actor_of_request(request: HttpRequest) -> Actor:
    """Return the signed-in person as an actor of the organisation they have chosen. Raises `NotSignedIn`."""
    actor = getattr(request, "actor", None)
    if not isinstance(actor, Actor):
        raise NotSignedIn("Nobody is signed in.", remedy="Sign in and try again.")
    return actor


def _membership(request: HttpRequest) -> Membership | None:
    """Return the membership the request acts under. Django gives no user for who is not active any more."""
    if not request.user.is_authenticated:
        return None
    mine = Membership.objects.filter(user=request.user.pk).select_related("organisation", "user")
    memberships = {str(row.organisation_id): row for row in mine.order_by("organisation__name")}
    chosen = memberships.get(str(request.session.get("organisation", "")))
    return chosen or next(iter(memberships.values()), None)


def _actor(membership: Membership) -> Actor:
    user = membership.user
    return Actor("user", str(user.id), user.name, membership.organisation_id, role=membership.role)


def _speak(request: HttpRequest, language: str) -> None:
    """A person's own choice wins over the browser's."""
    if language in dict(settings.LANGUAGES):
        translation.activate(language)
        request.LANGUAGE_CODE = language
