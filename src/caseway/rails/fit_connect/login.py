"""How the platform knows us: a token by client credentials, shown to the two APIs that know it, to no other.

RFC 6749 §4.4 with id and secret in the form; Basic is refused there (facts of the test platform, June 2026).
No scope is asked for: the platform gives what the client may do and renames scopes without notice.
"""

from __future__ import annotations

from collections.abc import Generator

import httpx2
from pydantic import SecretStr

from caseway.core.oauth_client import ClientCredentials
from caseway.rails.fit_connect.addresses import Addresses


class FitConnectLogin(ClientCredentials):
    """Signs requests to the Submission API and the Destination API; lets all others pass unsigned."""

    def __init__(self, addresses: Addresses, client_id: str, client_secret: SecretStr) -> None:
        super().__init__(addresses.token, client_id, client_secret, style="form")
        self._addresses = addresses

    def sync_auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        if self._addresses.takes_token(str(request.url)):
            yield from super().sync_auth_flow(request)
        else:
            yield request
