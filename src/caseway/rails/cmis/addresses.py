"""Addresses of the Browser binding: by path, by id, with selectors, and never on another host.

A server builds `repositoryUrl` and `rootFolderUrl` from the Host header it saw; behind a VPN or proxy they
may name a host that is wrong or not ours to talk to. So path and query are kept, and scheme, host and port
are those the administrator entered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urlsplit, urlunsplit

from caseway.core.errors import NotConfigured


@dataclass(frozen=True)
class Endpoints:
    """The two addresses of a repository."""

    repository: str
    root: str


def at_home(told: str, service_url: str, *, rewrite: bool) -> str:
    """Return `told` on the scheme, host and port of `service_url`.

    Without `rewrite` an address elsewhere raises `NotConfigured` (`cmis.foreign_host`); it is never followed.
    """
    home, away = urlsplit(service_url), urlsplit(told)
    if (away.scheme, away.netloc) not in {("", ""), (home.scheme, home.netloc)} and not rewrite:
        raise NotConfigured(
            "The DMS names an address on another host.",
            code="cmis.foreign_host",
            remedy="Switch on the rewriting of addresses, or correct the DMS's own base address.",
            told=f"{away.scheme}://{away.netloc}",
        )
    return urlunsplit((home.scheme, home.netloc, away.path, away.query, ""))


def with_selector(address: str, parameters: Mapping[str, str], path: str = "") -> str:
    """Return the address of an object by path, with parameters added to those it already has."""
    parts = urlsplit(address)
    added = urlencode(parameters, quote_via=quote, safe="")
    query = "&".join(part for part in (parts.query, added) if part)
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/") + quoted_path(path), query, ""))


def quoted_path(path: str) -> str:
    """Percent-encode each segment of a path; dots alone are encoded too, so that nobody resolves them."""
    segments = (quote(segment, safe="") for segment in path.split("/") if segment)
    return "".join("/" + (s.replace(".", "%2E") if set(s) == {"."} else s) for s in segments)
