"""What allauth's provider asks us: who we are, with which key we sign, what we say about a person."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, Literal

from allauth.idp.oidc.adapter import DefaultOIDCAdapter
from allauth.idp.oidc.models import Client, PrivateKey
from django.utils.translation import gettext_lazy as _

from caseway import embedded
from caseway.access.models import ApiClient, Membership, User
from caseway.configuration import configuration


class Provider(DefaultOIDCAdapter):  # type: ignore[misc]
    """Caseway as a provider."""

    scope_display = {
        "openid": _("Know that it is you"),
        "profile": _("See your name, your organisation and your role"),
        "email": _("See your e-mail address"),
        "submissions:write": _("Hand in applications in your name"),
        "submissions:read": _("Read applications, cases and documents that you may read"),
        "deliveries:read": _("See deliveries and connections"),
        "deliveries:write": _("Have deliveries tried again"),
        "mappings:read": _("Read mappings"),
        "arrivals:read": _("See what arrived over connections"),
        "arrivals:write": _("Accept or reject what arrived"),
        "answers:write": _("Answer applicants in your name"),
        "remit": _("Send answers to cases"),
    }

    def get_issuer(self) -> str:
        """Return our one address, whatever host name a request used."""
        return configuration().public_url.rstrip("/")

    def list_private_keys(
        self, *, did_activate: Literal[True] | None = None, is_active: Literal[True] | None = None
    ) -> list[PrivateKey]:
        """Return the one key that signs; it has no dates."""
        return [PrivateKey(pem=_pem())]

    def get_claims(
        self,
        purpose: Literal["id_token", "userinfo"],
        user: User,
        client: Client,
        scopes: Iterable[str],
        email: str | None = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Return what the scopes say about a person (OpenID Connect Core 1.0, section 5.4)."""
        claims: dict[str, Any] = {"sub": str(user.id)}
        if "email" in scopes:
            claims["email"] = user.email
        if "profile" in scopes:
            claims |= {"name": user.name, **_role(user, client)}
        return claims

    def get_user_sub(self, client: Client, user: User) -> str:
        """Return the person's id."""
        return str(user.id)


def _role(user: User, client: Client) -> dict[str, str]:
    organisation = ApiClient.objects.filter(client_id=client.id).values("organisation")
    membership = Membership.objects.filter(user=user, organisation__in=organisation).first()
    if membership is None:
        return {}
    return {"caseway_organisation": membership.organisation.slug, "caseway_role": membership.role}


@cache
def _pem() -> str:
    return embedded.signing_key(configuration())
