"""Where everything lies: the platforms with their base addresses, and the paths of API v1 and v2.

v1: `{host}/v1/…` with its keys at `{host}/.well-known/jwks.json`. v2: `{host}/submission-api/v2/…` with its
keys at `{host}/submission-api/.well-known/jwks.json`. A base address is therefore kept without its version;
one that was entered with `/v1` or `/v2` at its end loses that. The Routing API is always asked under `/v1`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias
from urllib.parse import quote, urlsplit

Version: TypeAlias = Literal["v1", "v2"]

_VERSIONED = re.compile(r"/v[0-9]+/?\Z")


@dataclass(frozen=True)
class Platform:
    """The base addresses of one environment; empty where none is publicly known."""

    token: str = ""
    submission_v1: str = ""
    submission_v2: str = ""
    destination_v2: str = ""
    routing: str = ""
    portal: str = ""


PLATFORMS: dict[str, Platform] = {
    "test": Platform(
        token="https://auth-testing.fit-connect.fitko.dev/token",
        submission_v1="https://submission-api-testing.fit-connect.fitko.dev",
        submission_v2="https://test.fit-connect.fitko.dev/submission-api",
        destination_v2="https://test.fit-connect.fitko.dev/destination-api",
        routing="https://routing-api-testing.fit-connect.fitko.dev",
        portal="https://portal.auth-testing.fit-connect.fitko.dev",
    ),
    "reference": Platform(
        token="https://auth-refz.fit-connect.fitko.net/token",
        submission_v1="https://submission-api-refz.fit-connect.niedersachsen.de",
        submission_v2="https://stage.fit-connect.fitko.net/submission-api",
        destination_v2="https://stage.fit-connect.fitko.net/destination-api",
    ),
    "production": Platform(
        token="https://auth-prod.fit-connect.fitko.net/token",
        submission_v1="https://submission-api-prod.fit-connect.niedersachsen.de",
        submission_v2="https://prod.fit-connect.fitko.net/submission-api",
        destination_v2="https://prod.fit-connect.fitko.net/destination-api",
        routing="https://routing-api-prod.fit-connect.fitko.net",
    ),
    "custom": Platform(),
}


@dataclass(frozen=True)
class Addresses:
    """The addresses of one connection. Bases without version and without a slash at their end."""

    version: Version
    token: str
    submission: str
    destination: str  # the Destination API of v2; on v1 the Submission API itself
    routing: str  # empty: none
    portal: str  # empty: none
    destinations_from: Literal["submission", "destination"] = "submission"

    def submissions(self, *segments: str) -> str:
        """Return the address of the submissions, of one, or of a part of one."""
        return self._submission_api("submissions", *segments)

    def replies(self, *segments: str) -> str:
        """Return the address of the replies, of one, or of a part of one."""
        return self._submission_api("replies", *segments)

    def case_events(self, case_id: str) -> str:
        """Return the address of the event log of a case."""
        return self._submission_api("cases", case_id, "events")

    def info(self) -> str:
        """Return the address where the delivery service tells its version (v1: known; v2: inferred)."""
        return self._submission_api("info")

    def destination_info(self, destination_id: str) -> str:
        """Return the address of what is public of a destination."""
        base = self.destination if self.destinations_from == "destination" else self.submission
        return _below(base, self.version, "destinations", destination_id)

    def destination_key(self, destination_id: str, kid: str) -> str:
        """Return the address of one public key of a destination; two clients found it here on v2 too."""
        return self._submission_api("destinations", destination_id, "keys", kid)

    def destination_keys(self, destination_id: str) -> str:
        """Return the address of all public keys of a destination; only the Destination API of v2 has it."""
        return _below(self.destination, self.version, "destinations", destination_id, "keys")

    def service_keys(self) -> str:
        """Return the address of the delivery service's own keys."""
        return _below(self.submission, ".well-known", "jwks.json")

    def portal_keys(self) -> str:
        """Return the address of the portal's keys, by which destination data is signed (inferred)."""
        return _below(self.portal, ".well-known", "jwks.json")

    def routes(self) -> str:
        """Return the address of the search for destinations."""
        return _below(self.routing, "v1", "routes")

    def areas(self) -> str:
        """Return the address of the search for areas."""
        return _below(self.routing, "v1", "areas")

    def routing_info(self) -> str:
        """Return the address where the routing service tells its version."""
        return _below(self.routing, "v1", "info")

    def takes_token(self, url: str) -> bool:
        """Say whether a request to this address may carry our token: only below the two APIs that know it."""
        bases = (self.submission, self.destination)
        return any(is_below(url, f"{base}/{self.version}") for base in bases if base)

    def hosts(self) -> tuple[str, ...]:
        """Return the bases that are in use, one for each host and port, for the check of certificates."""
        found: dict[str, str] = {}
        for base in (self.submission, self.token, self.destination, self.routing, self.portal):
            if base:
                found.setdefault(urlsplit(base).netloc, base)
        return tuple(found.values())

    def _submission_api(self, *segments: str) -> str:
        return _below(self.submission, self.version, *segments)


def base_of(entered: str) -> str:
    """Return a base address without its version and without a slash at its end."""
    return _VERSIONED.sub("", entered.strip()).rstrip("/")


def is_below(url: str, base: str) -> bool:
    """Say whether an address lies on the scheme, host and port of a base, at or below its path."""
    there, home = urlsplit(url), urlsplit(base)
    same_place = (there.scheme, _port(there.scheme, there.port), there.hostname) == (
        home.scheme,
        _port(home.scheme, home.port),
        home.hostname,
    )
    return same_place and f"{there.path}/".startswith(f"{home.path.rstrip('/')}/")


def _port(scheme: str, port: int | None) -> int | None:
    return port if port is not None else {"https": 443, "http": 80}.get(scheme)


def _below(base: str, *segments: str) -> str:
    return "/".join([base, *(_segment(segment) for segment in segments)])


def _segment(text: str) -> str:
    if not text:
        raise ValueError("an empty part of an address")
    quoted = quote(text, safe="")
    # Dots alone would be resolved away on their way.
    return quoted.replace(".", "%2E") if set(quoted) == {"."} else quoted
