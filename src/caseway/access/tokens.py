"""From a bearer token to who acts.

What a token says is remembered in the process for at most `HELD`: at 400 requests a second the database is
asked once. So a revoked token, a removed client or a role taken away has effect within `HELD` everywhere, and
at once in the process that did it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from allauth.idp.oidc.models import Token
from django.db.models import Q

from caseway.access.actor import Actor
from caseway.access.models import ApiClient, Membership
from caseway.core.clock import now
from caseway.core.errors import NotPermitted

HELD = timedelta(seconds=15)
_USED_EVERY = timedelta(minutes=5)
_MOST = 10_000


class InvalidToken(NotPermitted):
    """There is no valid token: unknown, expired, revoked, or of somebody who is gone (RFC 6750, 3.1)."""

    default_code = "access.token_invalid"
    status = 401


@dataclass(frozen=True)
class _Known:
    actor: Actor
    client_id: str
    expires_at: datetime
    looked_up_at: datetime


_known: dict[str, _Known] = {}


def actor_of_token(authorization: str) -> Actor:
    """Return who acts by the value of an `Authorization` header (`Bearer …`, RFC 6750, section 2.1).

    A token of client credentials gives a system; one a person let a system have gives that person, bound by
    their role and by the token's scopes. Raises `InvalidToken` (HTTP 401).
    """
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "bearer" or not value.strip():
        raise InvalidToken(
            "This needs a bearer token.", code="access.token_missing", remedy="Send Authorization: Bearer …"
        )
    key = sha256(value.strip().encode()).hexdigest()
    known = _known.get(key)
    if known is None or now() - known.looked_up_at >= HELD:
        known = _look_up(key)
        _remember(key, known)
    if known.expires_at <= now():
        raise _invalid()
    return known.actor


def forget(client_id: str | None = None) -> None:
    """Ask the database again at the next request: for the tokens of one client, or for all."""
    for key, known in list(_known.items()):
        if client_id in (None, known.client_id):
            _known.pop(key, None)


def sweep_tokens() -> int:
    """Remove what has expired; for a periodic task. Returns how many rows went."""
    return int(Token.objects.filter(expires_at__lte=now()).delete()[0])


def _remember(key: str, known: _Known) -> None:
    if len(_known) >= _MOST:
        _known.clear()
    _known[key] = known


def _look_up(key: str) -> _Known:
    token = (
        Token.objects.filter(type=Token.Type.ACCESS_TOKEN, hash=key).select_related("client", "user").first()
    )
    if token is None or token.client is None or not hmac.compare_digest(token.hash, key):
        raise _invalid()
    client = ApiClient.objects.filter(client_id=token.client.id).first()
    scopes = frozenset(token.get_scopes()) & frozenset(token.client.get_scopes())
    if client is None or not scopes or token.expires_at is None:
        raise _invalid()
    _note_use(client)
    return _Known(_actor(token, client, scopes), client.client_id, token.expires_at, now())


def _actor(token: Token, client: ApiClient, scopes: frozenset[str]) -> Actor:
    if token.user is None:
        return Actor("client", client.client_id, client.name, client.organisation_id, scopes=scopes)
    membership = Membership.objects.filter(
        user=token.user, user__is_active=True, organisation=client.organisation_id
    ).first()
    if membership is None:
        raise _invalid()
    user = token.user
    return Actor("user", str(user.id), user.name, client.organisation_id, role=membership.role, scopes=scopes)


def _note_use(client: ApiClient) -> None:
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now() - _USED_EVERY)
    ApiClient.objects.filter(stale, id=client.id).update(last_used_at=now())


def _invalid() -> InvalidToken:
    return InvalidToken("The token is not valid, or not any more.", remedy="Get a new token and try again.")
