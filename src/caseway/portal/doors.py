"""How a request of a person becomes a call of a use case.

Who acts, whether they may open the screen, and what they see when something is wrong: the web handler's
boundary for the errors we have words for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from caseway.access.actor import Actor
from caseway.access.models import Membership
from caseway.access.permissions import require
from caseway.core.errors import CasewayError, Invalid, NotFound

P = ParamSpec("P")
Row = TypeVar("Row")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class Unreadable(Invalid):
    """A request could not be read at all."""

    default_code = "request.unreadable"
    status = 400


def membership_of(request: HttpRequest) -> Membership:
    """Return the membership the request acts under."""
    membership = getattr(request, "membership", None)
    assert isinstance(membership, Membership)
    return membership


def actor_of(request: HttpRequest) -> Actor:
    """Return the signed-in person as an actor of the organisation they have chosen."""
    membership = membership_of(request)
    user = membership.user
    return Actor("user", str(user.id), user.name, membership.organisation_id, role=membership.role)


def screen(action: str, *, in_transaction: bool = True) -> Callable[[View[P]], View[P]]:
    """Make a view a screen: signed in, of an organisation, allowed the action, never kept by a cache.

    An error of Caseway's tree undoes the request's transaction and becomes a page in our own look. A view
    that streams, or waits for another system, runs outside a transaction and opens scopes of its own.
    """

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            response: HttpResponseBase
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if getattr(request, "membership", None) is None:
                return no_organisation(request)
            try:
                _readable(request)
                require(actor_of(request), action)
                response = view(request, *args, **kwargs)
            except CasewayError as error:
                response = failure(request, error)
                if in_transaction:
                    transaction.set_rollback(True)  # after the page, whose frame still asks the database
            add_never_cache_headers(response)
            return response

        guarded.outside_scope = not in_transaction  # type: ignore[attr-defined]
        return cast(View[P], guarded)

    return decorate


def _readable(request: HttpRequest) -> None:
    """Refuse what no browser sends and no database stores. Raises `Unreadable`."""
    for given in (request.GET, request.POST):
        if any("\0" in value for _, values in given.lists() for value in values):
            raise Unreadable(
                _("Your browser sent something we do not understand."),
                remedy=_("Go back, reload the page and try again."),
            )


def failure(request: HttpRequest, error: CasewayError) -> HttpResponse:
    """Return the page of an error: what happened, what helps, its code."""
    context = {
        "heading": _headings().get(error.status, _("That did not work")),
        "sentence": error.sentence,
        "remedy": error.remedy,
        "code": error.code,
    }
    return render(request, "frame/error.html", context, status=error.status)


def no_organisation(request: HttpRequest) -> HttpResponse:
    """Return the page of a person who is signed in and belongs to no organisation."""
    context = {
        "heading": _("You belong to no organisation yet"),
        "sentence": _("You are signed in, but no organisation has given you a role."),
        "remedy": _("Ask an administrator of your organisation to add you."),
        "code": "access.no_organisation",
    }
    return render(request, "frame/error.html", context, status=403)


def found(row: Row | None, what: str) -> Row:
    """Return the row. Raises `NotFound` when there is none; what is another's is not there either."""
    if row is None:
        raise NotFound(_("There is nothing at this address."), code=f"{what}.not_found")
    return row


def identifier(text: str) -> UUID | None:
    """Return a UUID from an address, or None where it is none."""
    try:
        return UUID(text)
    except ValueError:
        return None


def back(request: HttpRequest, default: str) -> str:
    """Return where a form wants to return to, if that is an address of ours."""
    target = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if own else default


def _headings() -> dict[int, str]:
    return {
        400: _("The request could not be read"),
        403: _("You may not do this"),
        404: _("There is nothing here"),
        409: _("This has changed meanwhile"),
        422: _("This cannot be done as it stands"),
        503: _("Not possible at the moment"),
    }
