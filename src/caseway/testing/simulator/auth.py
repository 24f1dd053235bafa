"""Who may call a simulator: anybody, Basic, Bearer, or OAuth 2.0 client credentials."""

from __future__ import annotations

import base64
import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qs

from caseway.core.errors import Invalid
from caseway.testing.simulator.messages import Request, Response, json_response


class Auth(Protocol):
    """How a simulator knows its callers."""

    challenge: str

    def principal(self, request: Request) -> str | None:
        """Return the name of the caller, or None when the credentials are missing or wrong."""


@dataclass
class NoAuth:
    """Everybody may call; the name of Basic credentials is believed (as the lab server does, w81)."""

    challenge: str = ""

    def principal(self, request: Request) -> str | None:
        """Return the name in the Basic credentials, or `anonymous`."""
        return (_basic(request) or ("anonymous", ""))[0]


@dataclass
class BasicAuth:
    """RFC 7617."""

    user: str
    password: str = field(repr=False)
    challenge: str = 'Basic realm="simulator"'

    def principal(self, request: Request) -> str | None:
        """Return the user when name and password are right."""
        given = _basic(request)
        right = given is not None and _same(given[0], self.user) and _same(given[1], self.password)
        return self.user if right else None


@dataclass
class BearerAuth:
    """RFC 6750 with fixed tokens."""

    tokens: frozenset[str] = field(repr=False)
    challenge: str = 'Bearer realm="simulator"'

    def principal(self, request: Request) -> str | None:
        """Return `bearer` when the token is one of ours."""
        given = _bearer(request)
        return "bearer" if any(_same(given, token) for token in self.tokens) else None


@dataclass
class OAuth2:
    """RFC 6749, 4.4: client credentials. Tokens live `seconds` and are given at POST /oauth/token."""

    client_id: str
    client_secret: str = field(repr=False)
    seconds: float = 3600
    scope: str = ""
    challenge: str = 'Bearer realm="simulator", error="invalid_token"'
    _tokens: dict[str, float] = field(default_factory=dict, repr=False)

    def principal(self, request: Request) -> str | None:
        """Return the client when its token is known and fresh."""
        end = self._tokens.get(_bearer(request))
        return self.client_id if end is not None and time.monotonic() < end else None

    def revoke(self) -> None:
        """Make every token given so far worthless."""
        self._tokens.clear()

    def token(self, request: Request) -> Response:
        """Answer a token request; the client authenticates by Basic or in the form."""
        form = {name: values[0] for name, values in parse_qs(request.read_all(65536).decode()).items()}
        given = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
        if form.get("grant_type") != "client_credentials":
            return json_response({"error": "unsupported_grant_type"}, 400)
        if not (_same(given[0], self.client_id) and _same(given[1], self.client_secret)):
            return json_response({"error": "invalid_client"}, 401, [("WWW-Authenticate", "Basic")])
        token = secrets.token_urlsafe(24)
        self._tokens[token] = time.monotonic() + self.seconds
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": int(self.seconds)}
        return json_response(answer, 200, [("Cache-Control", "no-store")])


def parse_auth(text: str) -> Auth:
    """Read `none`, `basic:user:password`, `bearer:token` or `oauth2:client:secret`. Raises `Invalid`."""
    kind, _, rest = text.partition(":")
    first, _, second = rest.partition(":")
    if kind == "none":
        return NoAuth()
    if kind == "basic" and second:
        return BasicAuth(first, second)
    if kind == "bearer" and rest:
        return BearerAuth(frozenset(rest.split(",")))
    if kind == "oauth2" and second:
        return OAuth2(first, second)
    raise Invalid(
        "Write none, basic:user:password, bearer:token or oauth2:client:secret.", code="simulator.bad_auth"
    )


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return None
    return user, password


def _bearer(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
