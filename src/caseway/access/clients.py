"""Systems that get tokens from us: registered, given a new secret, removed (RFC 6749, section 2)."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from allauth.idp.oidc.models import Client, Token
from django.db import transaction

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.models import ApiClient
from caseway.access.permissions import IDENTITY_SCOPES, SCOPES, require
from caseway.access.scope import within
from caseway.access.tokens import forget
from caseway.core.errors import Invalid, NotFound

GRANTS = ("client_credentials", "authorization_code")
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True)
class ClientTerms:
    """What a client was registered with."""

    grants: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]


def register_client(
    actor: Actor,
    name: str,
    grants: Collection[str],
    redirect_uris: Sequence[str],
    scopes: Collection[str],
) -> tuple[ApiClient, str]:
    """Register a system of the actor's organisation; return it and its secret, which is shown this once.

    With `authorization_code` the client also gets refresh tokens. Raises `NotPermitted`, `Invalid` with
    `clients.…` and the field that is wrong in `details["field"]`.
    """
    require(actor, "clients.edit")
    _check_terms(name, grants, redirect_uris, scopes)
    secret = secrets.token_urlsafe(32)
    with within(actor.organisation_id), transaction.atomic():
        client = Client(id=secrets.token_hex(16), name=name.strip(), redirect_uris="\n".join(redirect_uris))
        client.set_secret(secret)
        client.set_scopes(sorted(scopes))
        client.set_default_scopes(sorted(scopes))
        refresh = ["refresh_token"] if "authorization_code" in grants else []
        client.grant_types = "\n".join([*sorted(grants), *refresh])
        client.save(force_insert=True)
        registered = ApiClient.objects.create(
            organisation_id=actor.organisation_id, client_id=client.id, name=client.name
        )
        _note(actor, "client.registered", registered, grants=sorted(grants), scopes=sorted(scopes))
    return registered, secret


def rotate_secret(actor: Actor, client: UUID) -> tuple[ApiClient, str]:
    """Give a client a new secret, shown this once; the old one and all tokens end. Raises `NotFound`."""
    require(actor, "clients.edit")
    secret = secrets.token_urlsafe(32)
    with within(actor.organisation_id), transaction.atomic():
        found = find_client(actor, client)
        side = Client.objects.select_for_update().get(id=found.client_id)
        side.set_secret(secret)
        side.save(update_fields=["secret"])
        Token.objects.filter(client=side).delete()
        _note(actor, "client.secret_rotated", found)
    forget(found.client_id)
    return found, secret


def remove_client(actor: Actor, client: UUID) -> None:
    """Remove a client and all its tokens. Raises `NotFound`."""
    require(actor, "clients.edit")
    with within(actor.organisation_id), transaction.atomic():
        found = find_client(actor, client)
        Client.objects.filter(id=found.client_id).delete()
        ApiClient.objects.filter(id=found.id).delete()
        _note(actor, "client.removed", found)
    forget(found.client_id)


def find_client(actor: Actor, client: UUID) -> ApiClient:
    """Return a client of the actor's organisation. Raises `NotFound`, also for another organisation's."""
    found = ApiClient.objects.filter(organisation_id=actor.organisation_id, id=client).first()
    if found is None:
        raise NotFound("There is no such client.", code="clients.not_found")
    return found


def clients(actor: Actor) -> list[ApiClient]:
    """Return the clients of the actor's organisation by name. Raises `NotPermitted`."""
    require(actor, "clients.edit")
    return list(ApiClient.objects.filter(organisation_id=actor.organisation_id).order_by("name", "id"))


def terms_of(client: ApiClient) -> ClientTerms:
    """Return what a client was registered with."""
    side = Client.objects.get(id=client.client_id)
    grants = tuple(grant for grant in side.get_grant_types() if grant in GRANTS)
    return ClientTerms(grants, tuple(side.get_redirect_uris()), tuple(side.get_scopes()))


def _note(actor: Actor, action: str, client: ApiClient, **details: Any) -> None:
    audit.record(actor, action, "client", client.client_id, name=client.name, **details)


def _check_terms(
    name: str, grants: Collection[str], redirect_uris: Sequence[str], scopes: Collection[str]
) -> None:
    signs_in = "authorization_code" in grants
    if not 1 <= len(name.strip()) <= 100:
        raise _wrong("name", "A client needs a name of at most 100 characters.")
    if not grants or not set(grants) <= set(GRANTS):
        raise _wrong("grants", f"A client uses one or both of {', '.join(GRANTS)}.")
    if not scopes or not set(scopes) <= set(SCOPES):
        raise _wrong("scopes", f"A client may have scopes out of {', '.join(SCOPES)}.")
    if not signs_in and IDENTITY_SCOPES & set(scopes):
        raise _wrong("scopes", "openid, profile and email are for clients that log people in.")
    if bool(redirect_uris) != signs_in:
        raise _wrong("redirect_uris", "A client that logs people in needs a return URL, another has none.")
    for uri in redirect_uris:
        _check_redirect_uri(uri)


def _check_redirect_uri(uri: str) -> None:
    """Absolute and without fragment (RFC 6749, 3.1.2); by https, or by http locally (RFC 9700, 2.6)."""
    try:
        parts = urlsplit(uri)
        secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        sound = bool(parts.hostname and parts.port != 0) and parts.username is None and not parts.fragment
    except ValueError:
        secure = sound = False
    if not (secure and sound) or not uri.isascii() or not uri.isprintable() or set(uri) & set(" #*\\\"'<>"):
        raise _wrong(
            "redirect_uris", "A return URL is a complete https address without a fragment; http only locally."
        )


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, code=f"clients.{field}", field=field)
