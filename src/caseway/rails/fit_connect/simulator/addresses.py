"""Where each API of the platform is, and which API a path belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from caseway.rails.fit_connect.simulator.options import Roots

_HEADS = {
    "token": ("token",),
    "submission_v1": ("v1", ".well-known"),
    "submission_v2": ("v2", ".well-known"),
    "destination": ("v2",),
    "routing": ("v1",),
    "portal": (".well-known",),
}


@dataclass(frozen=True)
class Addresses:
    """The addresses below one URL."""

    url: str
    roots: Roots

    def base(self, kind: str) -> str:
        """Return the base address of a kind of API: what a real host name stands for, no slash at the end."""
        prefix = getattr(self.roots, kind)
        return f"{self.url}/{prefix}" if prefix else self.url

    def issuer(self, version: str) -> str:
        """Return the `iss` of the delivery service's tokens for one API version."""
        return self.base(f"submission_{version}")

    def host(self) -> str:
        """Return the `submissionHost` of signed destination data: host and port, without a path."""
        return urlsplit(self.url).netloc

    def describe(self) -> dict[str, str]:
        """Return every address, as a client's settings want them."""
        v1, v2 = self.base("submission_v1"), self.base("submission_v2")
        return {
            "url": self.url,
            "token": f"{self.base('token')}/token",
            "authBaseUrl": self.base("token"),
            "submissionV1": f"{v1}/v1",
            "submissionV2": f"{v2}/v2",
            "submissionBaseUrl": v2,
            "destinationV2": f"{self.base('destination')}/v2",
            "destinationBaseUrl": self.base("destination"),
            "routing": f"{self.base('routing')}/v1",
            "routingBaseUrl": self.base("routing"),
            "portal": self.base("portal"),
            "jwksV1": f"{v1}/.well-known/jwks.json",
            "jwksV2": f"{v2}/.well-known/jwks.json",
            "portalJwks": f"{self.base('portal')}/.well-known/jwks.json",
            "rootCertificate": f"{self.url}/pki/root.pem",
            "admin": f"{self.url}/admin",
            "page": f"{self.url}/",
        }


def belongs(roots: Roots, segments: list[str]) -> tuple[str, list[str]] | None:
    """Return the kind of API a path belongs to and the rest of the path; the longest prefix wins."""
    found: list[tuple[int, str, list[str]]] = []
    for kind, heads in _HEADS.items():
        prefix = [part for part in getattr(roots, kind).split("/") if part]
        rest = segments[len(prefix) :]
        if segments[: len(prefix)] == prefix and rest and rest[0] in heads:
            found.append((len(prefix), kind, rest))
    if not found:
        return None
    _, kind, rest = max(found, key=lambda item: item[0])
    return kind, rest
