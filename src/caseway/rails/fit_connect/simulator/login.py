"""The token endpoint and the tokens: OAuth 2.0 client credentials, client_secret_post only (facts 1.3)."""

from __future__ import annotations

import hmac
import secrets
import threading
from urllib.parse import parse_qs

from caseway.rails.fit_connect.simulator.model import SCOPES, Client
from caseway.rails.fit_connect.simulator.options import Options
from caseway.rails.fit_connect.simulator.problem import unauthorized
from caseway.rails.fit_connect.simulator.store import Store
from caseway.testing.simulator import Request, Response, json_response

_LIMIT = 1 << 16
_FORM = "application/x-www-form-urlencoded"


class Login:
    """Gives tokens and knows whose they are. Tokens end with the platform's clock and with the process."""

    def __init__(self, store: Store, options: Options) -> None:
        self._store = store
        self._options = options
        self._tokens: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()
        self.issued = 0

    def token(self, request: Request) -> Response:
        """Answer POST /token."""
        if request.headers.get("authorization"):
            return _refused(401, "invalid_client", "Only client_secret_post is supported.")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
            return _refused(400, "invalid_request", f"Send {_FORM}.")
        form = {
            name: values[0]
            for name, values in parse_qs(request.read_all(_LIMIT).decode(errors="replace")).items()
        }
        if form.get("grant_type") != "client_credentials":
            return _refused(400, "unsupported_grant_type", "Only client_credentials is supported.")
        client = self._store.clients.get(form.get("client_id", ""))
        if client is None or not hmac.compare_digest(
            client.secret.encode(), form.get("client_secret", "").encode()
        ):
            return _refused(401, "invalid_client", "The client is unknown or its secret is wrong.")
        return self._give(client, form.get("scope", "").split())

    def client(self, request: Request) -> Client:
        """Return the client whose token a request carries. Raises 401."""
        token = _bearer(request)
        with self._lock:
            name, end = self._tokens.get(token, ("", 0.0))
        client = self._store.clients.get(name)
        if client is None or self._store.clock.seconds() >= end:
            raise unauthorized()
        return client

    def visitor(self, request: Request) -> Client | None:
        """Return the client if the request carries a token at all. Raises 401 for a bad one."""
        return self.client(request) if request.headers.get("authorization") else None

    def revoke(self, request: Request | None = None) -> None:
        """Make the token of a request worthless, or all of them."""
        with self._lock:
            if request is None:
                self._tokens.clear()
            else:
                self._tokens.pop(_bearer(request), None)

    def _give(self, client: Client, wanted: list[str]) -> Response:
        if client.kind == "subscriber" and not client.destinations and not client.may_create:
            return _refused(400, "invalid_scope", "No destination is assigned to this client.")
        if any(scope.startswith(SCOPES) and scope not in client.scopes for scope in wanted):
            return _refused(400, "invalid_scope", "The client may not have this scope.")
        token = secrets.token_urlsafe(32)
        moment = self._store.clock.seconds()
        with self._lock:
            self._tokens = {key: value for key, value in self._tokens.items() if value[1] > moment}
            self._tokens[token] = (client.id, moment + self._options.token_seconds)
            self.issued += 1
        answer = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int(self._options.token_seconds),
            "scope": " ".join(client.scopes),
        }
        return json_response(answer, 200, [("Cache-Control", "no-store")])


def _bearer(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def _refused(status: int, error: str, description: str) -> Response:
    headers = [("WWW-Authenticate", 'Basic realm="fit-connect"')] if status == 401 else []
    return json_response({"error": error, "error_description": description}, status, headers)
