"""What is believed: keys whose chain leads to a trusted root, and routes the portal vouches for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from cryptography import x509

from caseway.core.errors import NotConfigured
from caseway.rails.contract import Link
from caseway.rails.fit_connect.addresses import PLATFORMS
from caseway.rails.fit_connect.chain import Trust, check_chain, read_roots
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.config import FitConnectSettings
from caseway.rails.fit_connect.destination_data import Vouched, verify_destination_data
from caseway.rails.fit_connect.destinations import Destinations
from caseway.rails.fit_connect.errors import NotThere
from caseway.rails.fit_connect.jwk import KeyRules, PublicKey, read_public_jwk
from caseway.rails.fit_connect.regions import comparable
from caseway.rails.fit_connect.revocation import fetch_over
from caseway.rails.fit_connect.routing import Route


def require(key: PublicKey, link: Link) -> tuple[str, ...]:
    """Raise unless the chain of a key is complete, in force, not revoked, and ends at a trusted root.

    In a test environment with the switch for it, a key without a chain or with a self-signed one will do.
    Returns the codes of what could not be told, where the settings allow that.
    """
    trust = trust_of(link)
    if not key.chain and trust.self_signed:
        return ("fit_connect.certificate_self_signed",)
    return check_chain(key, trust, fetch_over(link.client)).warnings


def trust_of(link: Link) -> Trust:
    """Return whom a connection trusts. Raises `NotConfigured` (`fit_connect.roots_unreadable`)."""
    settings: FitConnectSettings = link.settings
    return Trust(
        roots=_roots(settings.roots_pem or ""),
        revocation=settings.revocation,
        self_signed=settings.self_signed_allowed(link.environment),
    )


@lru_cache(maxsize=16)
def _roots(pem: str) -> tuple[x509.Certificate, ...]:
    return read_roots(pem) if pem else ()


@dataclass(frozen=True)
class Portal:
    """The Self-Service-Portal of a connection, whose keys are asked for once."""

    link: Link

    def vouch(self, route: Route, service: str, kind: str, place: str) -> None:
        """Raise unless the portal vouches, signed, for this destination, service and place.

        `kind` is how the place is named (ars, ags, area_id); an area's id is the routing service's own, and
        nobody signs it.
        """
        wanted = Vouched(
            destination_id=route.destination_id,
            service=service,
            region=comparable(kind, place),
            portal=self.link.settings.addresses().portal,
            submissions=self._submissions(),
        )
        verify_destination_data(route.signature, wanted, self._key)

    def _submissions(self) -> tuple[str, ...]:
        """The delivery service of this connection: of a platform we know, v1 and v2 are one, on two hosts."""
        known = PLATFORMS[self.link.settings.platform]
        bases = (self.link.settings.addresses().submission, known.submission_v1, known.submission_v2)
        return tuple(base for base in bases if base)

    def _key(self, kid: str) -> PublicKey:
        jwk = self._keys.get(kid)
        if jwk is None:
            raise NotThere(
                "The portal does not publish the key the destination data name.",
                code="fit_connect.portal_key_unknown",
                remedy="Do not send there; tell the operator of the routing service.",
            )
        return read_public_jwk(jwk, "verify", KeyRules(certificate_required=False), kid=kid)

    @cached_property
    def _keys(self) -> Mapping[str, Mapping[str, Any]]:
        if not self.link.settings.addresses().portal:
            raise NotConfigured(
                "The portal that signs destination data is not known.",
                code="fit_connect.no_portal",
                remedy="Enter its address in the connection.",
            )
        found = Destinations(Client.of(self.link)).portal_keys()
        return {str(jwk.get("kid")): jwk for jwk in found}
