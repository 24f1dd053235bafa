"""What is believed: keys whose chain leads to a trusted root, and routes the portal vouches for."""

from __future__ import annotations

from functools import lru_cache

from cryptography import x509

from caseway.core.errors import NotConfigured
from caseway.rails.contract import Link
from caseway.rails.fit_connect.chain import Trust, check_chain, read_roots
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.config import FitConnectSettings
from caseway.rails.fit_connect.destination_data import Vouched, verify_destination_data
from caseway.rails.fit_connect.destinations import Destinations
from caseway.rails.fit_connect.errors import NotThere
from caseway.rails.fit_connect.jwk import KeyRules, PublicKey, read_public_jwk
from caseway.rails.fit_connect.revocation import fetch_over
from caseway.rails.fit_connect.routing import Route


def require(key: PublicKey, link: Link) -> None:
    """Raise unless the chain of a key is complete, in force, not revoked, and ends at a trusted root.

    In a test environment with the switch for it, a key without a chain or with a self-signed one will do.
    """
    trust = trust_of(link)
    if not key.chain and trust.self_signed:
        return
    check_chain(key, trust, fetch_over(link.client))


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


def require_route(route: Route, service: str, region: str, link: Link) -> None:
    """Raise unless the portal vouches, signed, for this destination, service and region."""
    settings: FitConnectSettings = link.settings
    where = settings.addresses()
    if not where.portal:
        raise NotConfigured(
            "The portal that signs destination data is not known.",
            code="fit_connect.no_portal",
            remedy="Enter its address in the connection.",
        )
    keys = {str(jwk.get("kid")): jwk for jwk in Destinations(Client.of(link)).portal_keys()}

    def find(kid: str) -> PublicKey:
        if kid not in keys:
            raise NotThere(
                "The portal does not publish the key the destination data name.",
                code="fit_connect.portal_key_unknown",
            )
        return read_public_jwk(keys[kid], "verify", KeyRules(certificate_required=False), kid=kid)

    wanted = Vouched(
        destination_id=route.destination_id,
        service=service,
        region=region if settings.region_kind == "ars" else "",
        portal=where.portal,
        submission=where.submission,
    )
    verify_destination_data(route.signature, wanted, find)
