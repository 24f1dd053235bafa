"""How a client shows who it is: OAuth 2 client credentials (RFC 6749, section 4.4), Basic and Bearer."""

from __future__ import annotations

import re
import threading
from base64 import b64encode
from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Any, Literal

import httpx2
from pydantic import SecretStr

from caseway.core.clock import now
from caseway.core.errors import CasewayError, NotConfigured, RateLimited, Unavailable
from caseway.core.transport_errors import retry_after
from caseway.core.wire import ACTION, LIMIT, PRELIMINARY


class ClientCredentials(httpx2.Auth):
    """Fetches a token through the same client, keeps it until shortly before its end, renews it once on 401.

    Safe to share between threads; one thread fetches while the others wait. A request whose body cannot be
    read again is not repeated on 401; its token is dropped, so that the next request gets a new one.

    While a token is fetched the request itself has not left. Raised are then `NotConfigured` with
    `oauth.refused` or `oauth.answer_unreadable`, `RateLimited` and `Unavailable` with `oauth.unavailable`.
    """

    requires_response_body = False

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: SecretStr,
        *,
        scope: str = "",
        audience: str = "",
        style: Literal["basic", "form"] = "basic",
        margin: timedelta = timedelta(seconds=30),
    ) -> None:
        self._token_url = token_url
        self._client_id = client_id
        self._client_secret = client_secret
        self._form = {"grant_type": "client_credentials", "scope": scope, "audience": audience}
        self._style = style
        self._margin = margin
        self._lock = threading.Lock()
        self._token: str | None = None
        self._ends = now()

    def sync_auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        token = yield from self._current_token(request)
        request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code != 401:
            return
        self._drop(token)
        if isinstance(request.stream, httpx2.ByteStream):
            token = yield from self._current_token(request)
            request.headers["Authorization"] = f"Bearer {token}"
            yield request

    def _current_token(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, str]:
        with self._lock:
            if self._token is None or now() >= self._ends:
                response = yield self._token_request(request)
                response.read()
                self._token, self._ends = self._read(response)
            return self._token

    def _drop(self, token: str) -> None:
        with self._lock:
            if self._token == token:
                self._token = None

    def _token_request(self, request: httpx2.Request) -> httpx2.Request:
        form = {name: value for name, value in self._form.items() if value}
        headers = {"Accept": "application/json", "User-Agent": request.headers.get("User-Agent", "")}
        secret = self._client_secret.get_secret_value()
        if self._style == "basic":
            headers |= basic(self._client_id, self._client_secret).header()
        else:
            form |= {"client_id": self._client_id, "client_secret": secret}
        kept = {name: request.extensions[name] for name in ("timeout", LIMIT) if name in request.extensions}
        extensions = {**kept, ACTION: "fetchToken", PRELIMINARY: True}
        return httpx2.Request("POST", self._token_url, data=form, headers=headers, extensions=extensions)

    def _read(self, response: httpx2.Response) -> tuple[str, datetime]:
        if not response.is_success:
            raise _refusal(response)
        try:
            answer: Any = response.json()
            token, seconds = str(answer["access_token"]), float(answer.get("expires_in") or 60)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise NotConfigured(
                f"{response.request.url.host} answered without a token.",
                code="oauth.answer_unreadable",
                remedy="Check the address of the token endpoint.",
            ) from error
        return token, now() + max(timedelta(seconds=seconds) - self._margin, timedelta(seconds=1))


class StaticHeader(httpx2.Auth):
    """Sends the same header with every request."""

    def __init__(self, name: str, value: SecretStr) -> None:
        self._name = name
        self._value = value

    def header(self) -> dict[str, str]:
        """Return the header with its value in clear."""
        return {self._name: self._value.get_secret_value()}

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        request.headers.update(self.header())
        yield request


def basic(username: str, password: SecretStr) -> StaticHeader:
    """Return Basic authentication (RFC 7617), in UTF-8."""
    pair = f"{username}:{password.get_secret_value()}".encode()
    return StaticHeader("Authorization", SecretStr(f"Basic {b64encode(pair).decode()}"))


def bearer(token: SecretStr) -> StaticHeader:
    """Return Bearer authentication (RFC 6750)."""
    return StaticHeader("Authorization", SecretStr(f"Bearer {token.get_secret_value()}"))


def _refusal(response: httpx2.Response) -> CasewayError:
    host = response.request.url.host
    if response.status_code == 429:
        return RateLimited(
            f"{host} asked for a pause before it gives a token.",
            code="oauth.unavailable",
            retry_after=retry_after(response.headers),
        )
    if response.status_code >= 500:
        return Unavailable(
            f"{host} cannot give a token now.",
            code="oauth.unavailable",
            retry_after=retry_after(response.headers),
            remote_status=response.status_code,
        )
    return NotConfigured(
        f"{host} refuses our client id or secret.",
        code="oauth.refused",
        remedy="Check client id, client secret and scope of the connection.",
        remote_status=response.status_code,
        oauth_error=_oauth_error(response),
    )


def _oauth_error(response: httpx2.Response) -> str:
    """Return the code of a refusal, such as `invalid_scope` (RFC 6749, section 5.2); empty where none is."""
    try:
        told: Any = response.json()
    except ValueError:
        return ""
    word = told.get("error") if isinstance(told, dict) else None
    return word if isinstance(word, str) and re.fullmatch(r"[a-z_]{1,60}", word) else ""
