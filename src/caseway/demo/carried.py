"""FIT-Connect in the demo: an online service that sends, an office that receives, a platform between them.

The town hands in building applications on the channel `fit-connect`; they travel sealed over the simulated
platform to the town's own building office, are taken in there, accepted with a signed event, and filed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx2

from caseway.access.actor import Actor
from caseway.access.scope import scope
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.delivery.keys import import_key, put_in_force
from caseway.delivery.models import Connection
from caseway.delivery.routes import RouteDraft, save_route
from caseway.demo.day import File, Sent
from caseway.demo.paper import pdf, png
from caseway.rails.keys import Use

CHANNEL = "fit-connect"
OFFICE = "5a1f3a52-7a0f-4d0c-9b53-0c6f7d3e1a01"  # the building office of the simulated platform
SERVICE = ("99010003001006", "Baugenehmigung")
REGION = "990010001001"
APPLICATIONS = 3


def connect(admin: Actor, platform: str, retry: dict[str, Any]) -> None:
    """Make the sender's and the receiver's connection, the office's keys, and the route."""
    with httpx2.Client(base_url=platform, trust_env=False, timeout=60) as http:
        addresses = http.get("/admin/addresses").raise_for_status().json()
        addresses["root"] = http.get(addresses["rootCertificate"]).raise_for_status().text
        keys = http.get(f"/admin/destinations/{OFFICE}/private-keys").raise_for_status().json()
    save_connection(admin, _sender(addresses))
    save_connection(admin, _receiver(addresses))
    for jwk in keys["keys"] if isinstance(keys, dict) else keys:
        use: Use = "sign" if "sign" in jwk["key_ops"] else "decrypt"
        key = import_key(admin, "bauamt-eingang", use, json.dumps(jwk))
        put_in_force(admin, "bauamt-eingang", key.kid)
    with scope(admin.organisation_id):
        Connection.objects.filter(rail="fit_connect").update(retry=retry)
    route = RouteDraft(name="Bauanträge über FIT-Connect", connection="fit-connect", channel=CHANNEL)
    save_route(admin, route)


def building_applications(at: datetime) -> Iterator[Sent]:
    """Yield the applications that travel."""
    for number in range(APPLICATIONS):
        moment = at - timedelta(minutes=number + 1)
        content = {"bauvorhaben": {"art": "Carport", "strasse": "Musterweg", "hausnummer": str(number + 1)}}
        files = (
            File("f1", "Bauantrag.pdf", "application/pdf", pdf(["Bauantrag", "Erika Mustermann", "Carport"])),
            File("f2", "bauantrag.json", "application/json", json.dumps(content).encode()),
            File("f3", "Lageplan.png", "image/png", png(210, 235, 210)),
        )
        yield Sent(f"demo-bau-{number}", _said(moment, files), files)


def _said(at: datetime, files: tuple[File, ...]) -> dict[str, Any]:
    roles = ("application", "structured", "attachment")
    key, name = SERVICE
    return {
        "kind": "application",
        "form": {"id": "bauantrag", "name": "Bauantrag", "version": "1"},
        "service": {"id": key, "name": name, "leikaId": key},
        "applicant": {"type": "person", "givenName": "Erika", "familyName": "Mustermann"},
        "channel": CHANNEL,
        "region": REGION,
        "reply": {"channel": "email", "address": "erika.mustermann@example.de"},
        "submittedAt": at.isoformat(),
        "documents": [
            {"part": file.part, "role": role, "title": file.filename}
            for file, role in zip(files, roles, strict=True)
        ],
    }


def _sender(addresses: dict[str, str]) -> ConnectionDraft:
    settings = _common(addresses) | {
        "client_id": "demo-sender",
        "client_secret": "demo-sender-secret",
        "roles": "send",
        "addressing": "routing",
        "region": REGION,
        "fragment_bytes": 10_000_000,
    }
    return ConnectionDraft("fit-connect", "FIT-Connect (simulated)", "fit_connect", "sandbox", settings)


def _receiver(addresses: dict[str, str]) -> ConnectionDraft:
    settings = _common(addresses) | {
        "client_id": "demo-subscriber",
        "client_secret": "demo-subscriber-secret",
        "roles": "receive",
        "receive_destinations": [OFFICE],
        "poll_seconds": 10,
    }
    return ConnectionDraft("bauamt-eingang", "Bauamt, Eingang", "fit_connect", "sandbox", settings)


def _common(addresses: dict[str, str]) -> dict[str, Any]:
    return {
        "platform": "custom",
        "api_version": "v2",
        "token_url": addresses["token"],
        "submission_url": addresses["submissionV2"],
        "destination_url": addresses["destinationV2"],
        "routing_url": addresses["routing"],
        "portal_url": addresses["portal"],
        "roots_pem": addresses["root"],
    }
