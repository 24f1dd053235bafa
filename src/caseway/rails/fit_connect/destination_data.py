"""Signed destination data: what the portal vouches for, so that the routing service need not be believed.

A JWS of the portal (PS512, `typ: jwt`) that names destination, services, regions and the delivery service.
The keys come from the portal's configured address, never from `iss`.

Codes (`fit_connect.…`), all `TokenRefused`, beside those of `jws_checks`:
- `destination_data_claims`: a claim is missing or of another type
- `destination_data_issuer`: not issued by the configured portal
- `destination_data_other`: about another destination than the route names
- `destination_data_service`, `destination_data_region`: not vouched for this service, or not for this region
- `destination_data_host`: names another delivery service than this connection speaks with
- `destination_data_time`: issued in the future
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from caseway.core.clock import now
from caseway.rails.fit_connect.jwk import PublicKey
from caseway.rails.fit_connect.jws_checks import TokenRefused, check_signature, read_jws
from caseway.rails.fit_connect.regions import overlap

TYPE = "jwt"
SKEW = timedelta(minutes=5)
LEIKA = "urn:de:fim:leika:leistung:"
_REGION = re.compile(r"urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:rs:([0-9]{2,12})")
_REMEDY = "Do not send there; tell the operator of the routing service."


@dataclass(frozen=True)
class Vouched:
    """What was asked, and what the data must say. `region` is an ARS; empty: asked by another key."""

    destination_id: str
    service: str  # 14 digits or URN
    region: str
    portal: str  # base address of the portal
    submissions: Collection[str]  # base addresses of the delivery service


def verify_destination_data(
    token: str, wanted: Vouched, find_key: Callable[[str], PublicKey]
) -> Mapping[str, Any]:
    """Return the claims after every check; `find_key` finds a key of the portal. Raises `TokenRefused`."""
    jws = read_jws(token, TYPE)
    check_signature(jws, find_key(jws.kid))
    claims = jws.claims
    _check_shape(claims)
    if claims["iss"].rstrip("/") != wanted.portal.rstrip("/"):
        raise _refused("issuer", "The destination data were not issued by the configured portal.")
    if claims["destinationId"].lower() != wanted.destination_id.lower():
        raise _refused("other", "The destination data are about another destination.")
    if datetime.fromtimestamp(claims["iat"], UTC) > now() + SKEW:
        raise _refused("time", "The destination data were issued in the future.")
    if not any(_same_host(claims["submissionHost"], base) for base in wanted.submissions):
        raise _refused(
            "host", "The destination is served by another delivery service than this connection's."
        )
    _check_service(claims["services"], wanted)
    return claims


def _check_service(services: list[Mapping[str, Any]], wanted: Vouched) -> None:
    service = wanted.service if wanted.service.startswith("urn:") else LEIKA + wanted.service
    offering = [one for one in services if service in _texts(one, "leistungIDs")]
    if not offering:
        raise _refused("service", "The portal does not vouch for this service at this destination.")
    regions = [region for one in offering for region in _texts(one, "gebietIDs")]
    if wanted.region and not any(_vouches(region, wanted.region) for region in regions):
        raise _refused("region", "The portal does not vouch for this region at this destination.")


def _vouches(vouched: str, wanted: str) -> bool:
    found = _REGION.fullmatch(vouched)
    return found is not None and overlap(found[1], wanted)


def _check_shape(claims: Mapping[str, Any]) -> None:
    texts = all(isinstance(claims.get(name), str) for name in ("iss", "destinationId", "submissionHost"))
    services = claims.get("services")
    listed = isinstance(services, list) and all(isinstance(one, dict) for one in services)
    moment = claims.get("iat")
    if not texts or not listed or type(moment) is not int or not 0 < moment < 1 << 33:
        raise _refused("claims", "The destination data do not say all they must.")


def _texts(told: Mapping[str, Any], name: str) -> Iterator[str]:
    found = told.get(name)
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, str))


def _same_host(host: str, submission: str) -> bool:
    """The data name a host only; a port is compared where they name one."""
    there, here = urlsplit(f"//{host.split('/')[0]}"), urlsplit(submission)
    if there.hostname is None or there.hostname.lower() != (here.hostname or "").lower():
        return False
    return there.port is None or there.port == here.port


def _refused(code: str, sentence: str) -> TokenRefused:
    return TokenRefused(sentence, code=f"fit_connect.destination_data_{code}", remedy=_REMEDY)
