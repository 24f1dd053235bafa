"""Sets the stage: an organisation with people, a system that hands in, a DMS, mappings, routes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from django.db import transaction

from caseway.access.actor import Actor
from caseway.access.clients import register_client
from caseway.access.models import Membership, Organisation, Role, User
from caseway.access.scope import scope
from caseway.core.clock import now
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.delivery.models import Connection
from caseway.delivery.routes import RouteDraft, save_route
from caseway.demo import carried
from caseway.mapping.document import load
from caseway.mapping.models import MappingVersion
from caseway.mapping.publishing import bind, publish, save_draft

PEOPLE = {
    "admin@beispielhausen.example": ("Alex Amtmann", Role.ADMINISTRATOR),
    "fachadmin@beispielhausen.example": ("Frida Fachfrau", Role.FUNCTIONAL_ADMINISTRATOR),
    "sachbearbeitung@beispielhausen.example": ("Sami Sachbearbeiter", Role.CASEWORKER),
    "revision@beispielhausen.example": ("Renate Revisorin", Role.AUDITOR),
}
BINDINGS = {"hundesteuer": "hundesteuer", "gewerbe": "gewerbe", "": "onlinevorgang"}
QUICK = {"delays": [1, 2, 3, 5, 8], "then_every": 10, "window": 5 * 24 * 3600, "jitter": 0.1}


@dataclass(frozen=True)
class Stage:
    """What the players need: who they are and how they sign in."""

    organisation_id: str
    client_id: str
    client_secret: str
    password: str
    email: str = "fachadmin@beispielhausen.example"


def set_the_stage(simulator_url: str, platform_url: str) -> Stage:
    """Make everything through the use cases a person would use. Runs once on an empty installation."""
    organisation = Organisation.objects.create(
        slug="beispielhausen", name="Stadt Beispielhausen", country="DE"
    )
    password = secrets.token_urlsafe(12)
    with transaction.atomic():
        for email, (name, role) in PEOPLE.items():
            user = User.objects.create_user(email, password, name)
            Membership.objects.create(user=user, organisation=organisation, role=role)
    admin = Actor("user", "admin@beispielhausen.example", "Alex Amtmann", organisation.id, Role.ADMINISTRATOR)
    client, secret = register_client(
        admin, "Formularportal", ["client_credentials"], [], ["submissions:write", "submissions:read"]
    )
    connection = _connection(admin, simulator_url)
    with scope(organisation.id):
        _mappings(admin, connection)
    save_route(admin, RouteDraft(name="Alle Onlineanträge in das DMS", connection=connection.slug))
    carried.connect(admin, platform_url, QUICK)
    return Stage(str(organisation.id), client.client_id, secret, password)


def _connection(admin: Actor, url: str) -> Connection:
    draft = ConnectionDraft(
        slug="dms",
        name="d.velop documents (simulated)",
        rail="cmis",
        environment="sandbox",
        settings={
            "service_url": f"{url}/cmis/browser",
            "login": "basic",
            "username": "caseway",
            "password": "caseway",
            "required_types": ["DPORT", "DBEGLEIT", "DNACHRICHT"],
        },
    )
    connection = save_connection(admin, draft)
    with scope(admin.organisation_id):
        connection.retry = QUICK  # a day in a minute: the demo cannot wait half an hour
        connection.save(update_fields=["retry"])
    return connection


def _mappings(admin: Actor, connection: Connection) -> None:
    published: dict[str, MappingVersion] = {}
    for name in ("onlinevorgang", "hundesteuer", "gewerbe"):
        save_draft(admin, document(name))
        published[name] = publish(admin, name)
    for form, name in BINDINGS.items():
        bind(admin, published[name], form_id=form, connection_slug=connection.slug, valid_from=now())


def document(name: str) -> Mapping[str, Any]:
    """Return a mapping of the demo as written."""
    return load((files("caseway.demo") / "mappings" / f"{name}.yaml").read_text(encoding="utf-8"))
