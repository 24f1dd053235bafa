"""A sender that keeps to none of the rules: announces, seals and describes whatever it is told."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from caseway.rails.fit_connect.body import Body
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.destinations import Destinations
from caseway.rails.fit_connect.jwk import KeyRules, PublicKey, read_public_jwk
from caseway.rails.fit_connect.submissions import Announcement, Submissions
from caseway.rails.inbound import Arriving
from tests.rails.fit_connect.jose.crafted import craft, deflated
from tests.rails.fit_connect.rail.kit import World
from tests.rails.fit_connect.rail.papers import DATA, JSON_SCHEMA, OURS, SERVICE

URN = f"urn:de:fim:leika:leistung:{SERVICE}"
METADATA = "https://schema.fitko.de/fit-connect/metadata/{}/metadata.schema.json"


@dataclass
class Forged:
    """What is handed over. `headers` are members of the JWE headers, by part; None takes one away."""

    data: bytes = DATA
    attachments: Mapping[str, bytes] = field(default_factory=dict)
    metadata: Mapping[str, Any] | bytes | None = None  # None: as it should be
    service: str = URN
    announced: list[str] | None = None  # beside what is uploaded; None: just that
    headers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    without_data: bool = False
    recipient: PublicKey | None = None

    def hand_over(self, world: World) -> Arriving:
        """Hand it over and return it as the receiver is told of it."""
        client = Client.of(world.sender().link)
        key = self.recipient or published_key(client)
        calls = Submissions(client)
        named = self.announced if self.announced is not None else list(self.attachments)
        created = calls.create(Announcement(OURS, named, self.service, "Baugenehmigung"))
        for name, content in self.attachments.items():
            calls.upload(created.submission_id, name, Body.of(self.sealed(key, name, content)))
        told = self.metadata if self.metadata is not None else describe(self.data, self.attachments)
        text = told if isinstance(told, bytes) else json.dumps(told).encode()
        data = None if self.without_data else self.sealed(key, "data", self.data)
        calls.submit(created.submission_id, self.sealed(key, "metadata", text), data)
        return Arriving("submission", created.submission_id, created.case_id, OURS)

    def sealed(self, key: PublicKey, part: str, content: bytes) -> str:
        header: dict[str, Any] = {"alg": "RSA-OAEP-256", "enc": "A256GCM", "kid": key.kid}
        header |= {"cty": "application/json" if part in ("metadata", "data") else "application/pdf"}
        header |= self.headers.get(part, {})
        return craft(key, content, {name: value for name, value in header.items() if value is not None})


class Zipped(Forged):
    """What is compressed before it is sealed, as clients of v1 in use do it."""

    def sealed(self, key: PublicKey, part: str, content: bytes) -> str:
        return super().sealed(key, part, deflated(content))


def published_key(client: Client) -> PublicKey:
    """Return the key our destination publishes, unchecked."""
    kid = Destinations(client).get(OURS).encryption_kid
    jwk = Destinations(client).key(OURS, kid)
    return read_public_jwk(jwk, "encrypt", KeyRules(certificate_required=False), kid=kid)


def describe(
    data: bytes, attachments: Mapping[str, bytes], version: str = "2.1.0", **members: Any
) -> dict[str, Any]:
    """Return metadata as they should be; `members` replace those of the top."""
    described = [
        {
            "hash": sha512(content),
            "purpose": "attachment",
            "mimeType": "application/pdf",
            "filename": f"Anlage {number}.pdf",
            "attachmentId": name,
        }
        for number, (name, content) in enumerate(attachments.items(), start=1)
    ]
    structure = {
        "data": {
            "hash": sha512(data),
            "submissionSchema": {"schemaUri": JSON_SCHEMA, "mimeType": "application/json"},
        },
        "attachments": described,
    }
    return {"$schema": METADATA.format(version), "contentStructure": structure, **members}


def sha512(content: bytes) -> dict[str, str]:
    """Return the hash of a part as metadata say it."""
    return {"type": "sha512", "content": hashlib.sha512(content).hexdigest()}


def new_id() -> str:
    """Return an id for an attachment."""
    return str(uuid4())
