"""A system with a bearer token, for tests and benches, without the round through the token endpoint."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from datetime import timedelta

from allauth.idp.oidc.models import Client, Token

from caseway.access.actor import system
from caseway.access.clients import register_client
from caseway.access.models import Organisation
from caseway.core.clock import now

ALL_SCOPES = (
    "submissions:write",
    "submissions:read",
    "deliveries:read",
    "deliveries:write",
    "mappings:read",
    "arrivals:read",
    "arrivals:write",
    "answers:write",
)


def issue_token(
    organisation: Organisation, scopes: Collection[str] = ALL_SCOPES, name: str = "Portal"
) -> str:
    """Register a client of an organisation and return an access token that holds for an hour."""
    client, _ = register_client(system(organisation.id), name, ["client_credentials"], [], scopes)
    value = secrets.token_urlsafe(32)
    token = Token(
        type=Token.Type.ACCESS_TOKEN,
        client=Client.objects.get(id=client.client_id),
        hash=hashlib.sha256(value.encode()).hexdigest(),
        expires_at=now() + timedelta(hours=1),
    )
    token.set_scopes(list(scopes))
    token.save()
    return value
