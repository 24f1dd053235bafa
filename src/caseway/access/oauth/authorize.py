"""The authorization endpoint (RFC 6749, section 3.1): a person lets a client of their organisation in.

Stricter than what it is built on: the return URL must equal a registered one letter by letter (RFC 9700,
section 4.1.3), a code challenge must be S256 (RFC 9700, 2.1.1), and consent is never silent.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from allauth.idp.oidc.forms import AuthorizationForm
from allauth.idp.oidc.models import Client
from allauth.idp.oidc.views import AuthorizationView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.oauth.members import membership_at

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "form-action 'self' {origin}; frame-ancestors 'none'; base-uri 'none'"
)


class Authorize(AuthorizationView):  # type: ignore[misc]
    """Asks the person, and sends them back with a code or with their refusal."""

    template_name = "oauth/consent.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the question, or say why there is none."""
        client = Client.objects.filter(id=request.GET.get("client_id", "")).first()
        return_to = request.GET.get("redirect_uri", "")
        if client is None or return_to not in client.get_redirect_uris():
            return refusal(request, _("This address does not belong to a system that is registered here."))
        if answer := _settled(request.GET, return_to):
            return answer
        if request.user.is_authenticated and membership_at(client.id, request.user) is None:
            return refusal(request, _("You do not belong to the organisation of this system."), status=403)
        response: HttpResponse = super().get(request, *args, **kwargs)
        response["Content-Security-Policy"] = _POLICY.format(origin=_origin(return_to))
        return response

    def form_valid(self, form: AuthorizationForm) -> HttpResponse:
        """Give the code, and write down who let whom in."""
        client_id = self._request_info["client_id"]
        membership = membership_at(client_id, self.request.user)
        if membership is None:
            message = _("You do not belong to the organisation of this system.")
            return refusal(self.request, message, status=403)
        user = membership.user
        actor = Actor("user", str(user.id), user.name, membership.organisation_id, role=membership.role)
        audit.record(actor, "client.consented", "client", client_id, scopes=form.cleaned_data["scopes"])
        answer: HttpResponse = super().form_valid(form)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add where the person will be sent."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {"return_host": urlsplit(self._request_info["redirect_uri"]).netloc}


def refusal(request: HttpRequest, sentence: str, status: int = 400) -> HttpResponse:
    """Return a page of ours: nobody is sent to an address that is not registered (RFC 6749, 4.1.2.1)."""
    return render(request, "idp/oidc/error.html", {"sentence": sentence}, status=status)


def _settled(asked: QueryDict, return_to: str) -> HttpResponse | None:
    """Return the answer where no question need be put; None where one must."""
    prompts = asked.get("prompt", "").split()
    if "none" in prompts:  # OpenID Connect Core 1.0, section 3.1.2.6
        return _back(return_to, asked, "interaction_required")
    if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
        return _back(return_to, asked, "invalid_request")
    if "login" in prompts:
        remaining = asked.copy()
        remaining.pop("prompt")
        here = f"{reverse('idp:oidc:authorization')}?{remaining.urlencode()}"
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'again': '1', 'next': here})}")
    return None


def _back(return_to: str, asked: QueryDict, error: str) -> HttpResponse:
    parts = urlsplit(return_to)
    state = [("state", asked["state"])] if "state" in asked else []
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), ("error", error), *state])
    return HttpResponseRedirect(urlunsplit(parts._replace(query=query)))


def _origin(uri: str) -> str:
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"
