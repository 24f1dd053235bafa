"""Event tokens of the platform's making and of forgers', put into a log as if it had taken them."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from caseway.core.clock import now
from caseway.rails.contract import Receipt
from caseway.rails.fit_connect.sets import EVENTS, SCHEMA
from caseway.rails.fit_connect.simulator import jose
from caseway.rails.fit_connect.simulator.model import Event
from tests.rails.fit_connect.rail.kit import World
from tests.rails.fit_connect.rail.papers import OURS


def claims(handed_over: Receipt, event: str, payload: dict[str, Any], issuer: str = OURS) -> dict[str, Any]:
    """Return the claims of an event about a submission."""
    return {
        "$schema": SCHEMA,
        "jti": str(uuid4()),
        "iss": issuer,
        "iat": int(now().timestamp()),
        "sub": f"submission:{handed_over.remote_id}",
        "txn": f"case:{handed_over.facts['remote_case_id']}",
        "events": {EVENTS + event: payload},
    }


def put(world: World, handed_over: Receipt, token: str, name: str = "accept-submission") -> None:
    """Put a token into the log of a case, whoever made it."""
    store = world.platform.platform.store
    case = store.cases[handed_over.facts["remote_case_id"]]
    event = Event(name, f"submission:{handed_over.remote_id}", OURS, now().timestamp(), token)
    store.log_event(case, event)


def signed_by_destination(world: World, told: dict[str, Any]) -> str:
    """Return claims signed by the key the destination publishes."""
    platform, kid = world.platform.platform, signing_kid(world)
    key = platform.vault.key(platform.store.destinations[OURS].keys[kid]["made"])
    return jose.sign(told, key, kid, "secevent+jwt")


def signing_kid(world: World) -> str:
    """Return the id of the key a destination signs with."""
    keys = world.platform.platform.store.destinations[OURS].keys
    return next(kid for kid, key in keys.items() if key["operation"] == "verify")


def signed_by_service(world: World, told: dict[str, Any]) -> str:
    """Return claims signed by the delivery service's key."""
    platform = world.platform.platform
    return jose.sign(told, platform.service_key(), platform.service_kid, "secevent+jwt")


def unsigned(world: World, told: dict[str, Any], algorithm: str = "none") -> str:
    """Return claims without a signature, as CVE-2015-9235 did it."""
    header = {"typ": "secevent+jwt", "alg": algorithm, "kid": signing_kid(world)}
    return f"{_segment(header)}.{_segment(told)}."


def signed_with_the_public_key(world: World, told: dict[str, Any]) -> str:
    """Return claims with an HMAC whose secret is the public key everybody knows (RFC 8725 §2.1)."""
    platform, kid = world.platform.platform, signing_kid(world)
    public = platform.vault.key(platform.store.destinations[OURS].keys[kid]["made"]).public_key()
    secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    text = f"{_segment({'typ': 'secevent+jwt', 'alg': 'HS256', 'kid': kid})}.{_segment(told)}"
    return f"{text}.{_base64(hmac.digest(secret, text.encode(), 'sha256'))}"


def _segment(value: dict[str, Any]) -> str:
    return _base64(json.dumps(value).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
