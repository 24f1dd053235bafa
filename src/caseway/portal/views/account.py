"""What a person sets for themselves: language, and which organisation they act for."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from caseway.access.models import User
from caseway.portal.doors import back, identifier, membership_of, screen


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Change the language of the pages, for this browser and, signed in, for this person."""
    code = request.POST.get("language", "")
    response = HttpResponseRedirect(back(request, "/"))
    if code in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=365 * 86400,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
        )
        if request.user.is_authenticated:
            User.objects.filter(pk=request.user.pk).update(language=code)
    return response


@require_POST
@screen("cases.read")
def organisation(request: HttpRequest) -> HttpResponse:
    """Act for another organisation the person belongs to."""
    chosen = identifier(request.POST.get("organisation", ""))
    if chosen and membership_of(request).user.memberships.filter(organisation_id=chosen).exists():
        request.session["organisation"] = str(chosen)
    return HttpResponseRedirect(reverse("portal:overview"))
