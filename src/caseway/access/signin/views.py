"""Sign-in and sign-out with address and password, and the first password of who was invited.

Nothing tells whether an address is known here: the words and the work are the same for a wrong password and
for nobody, and the limit counts both (django-axes, per account and address).
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from caseway.configuration import configuration


class SignInForm(forms.Form):
    """Who somebody says they are."""

    username = forms.EmailField(max_length=254)
    password = forms.CharField(max_length=500, strip=False)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the form; sign in who knows the password, under a new session key."""
    target = _target(request)
    if request.method == "GET":
        if request.user.is_authenticated and "again" not in request.GET:
            return HttpResponseRedirect(target)
        return page(request)
    form = SignInForm(request.POST)
    user = authenticate(request, **form.cleaned_data) if form.is_valid() else None
    if user is None:
        return page(request, _("The e-mail address or the password is not right."), status=422)
    login(request, user)
    return HttpResponseRedirect(target)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return HttpResponseRedirect(reverse("account_login"))


def account_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return by which name tries are counted: the address typed, whatever its case."""
    return str((credentials or request.POST).get("username", "")).strip().lower()[:254]


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """Return what somebody sees after too many tries, whoever they are or are not."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    sentence = _("Too many tries from here for this address. Try again in %(minutes)s minutes.")
    answer = page(request, sentence % {"minutes": minutes}, status=429)
    answer["Retry-After"] = str(minutes * 60)
    return answer


def page(request: HttpRequest, problem: str = "", *, status: int = 200) -> HttpResponse:
    """Return the sign-in page, with what went wrong."""
    c = configuration()
    staff = reverse("openid_connect_login", args=["staff"]) if c.oidc_url else ""
    target = _target(request)
    context = {
        "problem": problem,
        "next": target,
        "email": request.POST.get("username", ""),
        "staff_url": f"{staff}?{urlencode({'process': 'login', 'next': target})}" if staff else "",
        "staff_name": c.oidc_name or _("your organisation's login"),
    }
    return render(request, "signin/sign_in.html", context, status=status)


class Welcome(PasswordResetConfirmView):
    """The page behind the link of an invitation: the link works once, for three days."""

    template_name = "signin/welcome.html"
    success_url = reverse_lazy("account_login")


def _target(request: HttpRequest) -> str:
    target = request.POST.get("next") or request.GET.get("next") or ""
    own = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if own else str(settings.LOGIN_REDIRECT_URL)
