"""What allauth asks us while the staff login provider signs somebody in."""

from __future__ import annotations

from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.http import HttpRequest
from django.utils.translation import gettext as _

from caseway.access.addresses import client_address
from caseway.access.models import User
from caseway.access.signin.roles import follow, known, roles_of
from caseway.access.signin.views import page
from caseway.configuration import configuration


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """No sign-up, no messages of allauth's own."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are invited or come with a role; nobody signs up."""
        return False

    def add_message(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Signing in is no news."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address that all our limits count by."""
        return client_address(request)


class StaffLogin(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Signs in who comes with a role, and lets the memberships follow it."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find or make the person, or turn them away."""
        claims = _claims(sociallogin)
        roles = roles_of(claims.get(configuration().oidc_role_claim))
        if sociallogin.state.get("process", "login") != "login" or not claims.get("email"):
            _turn_away(request, _("The login did not say who you are."))
        if claims.get("email_verified") is False:
            _turn_away(request, _("The login does not vouch for your e-mail address."))
        user = _person(sociallogin, claims, welcome=bool(known(roles)))
        if user is None or not user.is_active or not follow(user, roles):
            _turn_away(request, _("You have no role here. Ask an administrator of your organisation."))
        if not sociallogin.is_existing:
            sociallogin.connect(request, user)

    def on_authentication_error(self, request: HttpRequest, *args: Any, **kwargs: Any) -> NoReturn:
        """Return to the sign-in page, whatever went wrong on the way."""
        _turn_away(request, _("The login with your organisation did not work. Try again."))


def _claims(sociallogin: SocialLogin) -> dict[str, Any]:
    told = sociallogin.account.extra_data
    return {**(told.get("id_token") or {}), **(told.get("userinfo") or {})}


def _person(sociallogin: SocialLogin, claims: dict[str, Any], *, welcome: bool) -> User | None:
    """Return who it is, by the provider's id or by address; make them where they are new and welcome."""
    if sociallogin.is_existing:
        present: User | None = sociallogin.user
        return present
    email, name = str(claims["email"]), str(claims.get("name") or "")[:200]
    present = User.objects.filter(email=email.strip().lower()).first()
    return present or (User.objects.create_user(email, name=name) if welcome else None)


def _turn_away(request: HttpRequest, sentence: str) -> NoReturn:
    raise ImmediateHttpResponse(page(request, sentence, status=403))
