"""The pages of what goes wrong outside a screen, in our own look."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        400,
        _("The request could not be read"),
        _("Your browser sent something we do not understand."),
        _("Go back, reload the page and try again."),
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        403,
        _("You may not do this"),
        _("Your role does not include what you asked for."),
        _("Ask an administrator of your organisation."),
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Show what a form without a valid token gets; named by the setting `CSRF_FAILURE_VIEW`."""
    return _page(
        request,
        403,
        _("This form is too old"),
        _("Nothing was changed: the form you sent belongs to an earlier visit, or cookies are switched off."),
        _("Go back, reload the page and send it again."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return _page(
        request,
        404,
        _("There is nothing here"),
        _("There is no page at this address, or it is not for you."),
        _("Check the address, or start from the overview."),
    )


def broken(request: HttpRequest) -> HttpResponse:
    return _page(
        request,
        500,
        _("Something is broken on our side"),
        _("What you did may not have been carried out. Nothing that was accepted is lost."),
        _("Try again. If it happens again, tell your administrator when it happened."),
    )


def unavailable(request: HttpRequest) -> HttpResponse:
    """Show that the database cannot serve; what was to be changed is as it was."""
    return _page(
        request,
        503,
        _("Not possible at the moment"),
        _("The database does not answer or takes no changes. Nothing was changed."),
        _("Try again in a minute. If it stays so, tell your administrator."),
    )


def _page(request: HttpRequest, status: int, heading: str, sentence: str, remedy: str) -> HttpResponse:
    context = {"heading": heading, "sentence": sentence, "remedy": remedy, "code": f"http.{status}"}
    return HttpResponse(render_to_string("frame/error.html", context, _bare(request)), status=status)


def _bare(request: HttpRequest) -> HttpRequest:
    """Return the request without its membership, so that an error page asks the database for nothing."""
    request.membership = None  # type: ignore[attr-defined]
    return request
