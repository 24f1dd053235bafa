"""Every answer of v1 and of routing is one that the official specifications declare, field by field."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from caseway.rails.fit_connect.simulator import FitConnectSimulator
from tests.rails.fit_connect.simulator.driver import (
    BUILDING,
    Party,
    announcement,
    answer,
    encrypt,
    submitted,
)
from tests.rails.fit_connect.simulator.oracle import Oracle

SECRET = "a secret of more than thirty-two characters"
CALLBACK = {"url": "https://callback.invalid/", "secret": SECRET}


@pytest.fixture
def oracle(shared: Path) -> Oracle:
    return Oracle.load(shared / "specs/fit-connect/submission-api-1.1.3.yaml", "")


@pytest.fixture
def parties(platform: FitConnectSimulator, oracle: Oracle) -> Iterator[tuple[Party, Party]]:
    with Party(platform, "demo-sender", "v1") as one, Party(platform, "demo-subscriber", "v1") as other:
        for party in (one, other):
            party.http.event_hooks["response"] = [oracle.check]
        yield one, other


Parties = tuple[Party, Party]


def test_sending_and_receiving_answer_as_specified(
    platform: FitConnectSimulator, oracle: Oracle, parties: Parties
) -> None:
    sender, subscriber = parties
    sent = submitted(sender, [b"attachment"], callback=CALLBACK)
    here = f"submissions/{sent['submissionId']}"
    assert "https://callback.invalid/" == subscriber.get(here).json()["callback"]["url"]
    subscriber.get(f"{here}/attachments/{sent['attachments'][0]}")
    subscriber.get("submissions")
    subscriber.get(f"destinations/{BUILDING}")
    sender.get(f"cases/{sent['caseId']}/events")
    subscriber.event(sent["caseId"], answer(platform, sent, "accept"))
    subscriber.event(sent["caseId"], answer(platform, sent, "accept"))
    subscriber.get(here)
    expected = {201, 202, 200, 204, 404, 409}
    assert expected == {status for _, _, status in oracle.seen}


def test_refusals_of_a_sender_are_declared_problems(platform: FitConnectSimulator, parties: Parties) -> None:
    sender, subscriber = parties
    attachment = str(uuid.uuid4())
    made = sender.post("submissions", announcement("v1", [attachment])).json()
    here = f"submissions/{made['submissionId']}"
    statuses = [
        sender.post("submissions", {"destinationId": BUILDING}),
        sender.post("submissions", announcement("v1") | {"destinationId": str(uuid.uuid4())}),
        sender.upload(f"{here}/attachments/{uuid.uuid4()}", encrypt(platform, b"")),
        sender.upload(f"{here}/attachments/{attachment}", "no JWE"),
        sender.put(f"{here}/attachments/{attachment}", {}),
        sender.put(here, {"encryptedMetadata": encrypt(platform, b"{}")}),
        sender.http.put(f"{sender.base}/{here}", content="{}"),
        sender.get("submissions"),
        subscriber.post("submissions", announcement("v1")),
    ]
    assert [400, 404, 422, 422, 415, 422, 415, 403, 403] == [item.status_code for item in statuses]


def test_a_destination_is_managed_as_specified(platform: FitConnectSimulator, parties: Parties) -> None:
    _, subscriber = parties
    known = platform.platform.store.destinations[BUILDING]
    keys = [platform.platform.destination_key(known, kid) for kid in known.keys]
    body = _destination(keys)
    made = subscriber.post("destinations", body).json()
    here = f"destinations/{made['destinationId']}"
    assert "created" == made["status"]
    assert (
        "active"
        == subscriber.http.patch(f"{subscriber.base}/{here}", json={"status": "active"}).json()["status"]
    )
    replaced = subscriber.put(here, {**body, "status": "inactive"}).json()
    assert ("inactive", CALLBACK["url"]) == (replaced["status"], replaced["callback"]["url"])
    assert 400 == subscriber.post(f"{here}/keys", {**keys[0], "alg": "PS256"}).status_code
    assert 201 == subscriber.post(f"{here}/keys", {**keys[0], "kid": "another-key"}).status_code
    assert "another-key" == subscriber.get(f"{here}/keys/another-key").json()["kid"]
    assert 3 == len(subscriber.get("destinations").json()["destinations"])
    assert 204 == subscriber.http.delete(f"{subscriber.base}/{here}").status_code
    assert 404 == subscriber.get(here).status_code


def test_without_a_token_everything_but_keys_is_refused(parties: Parties) -> None:
    sender, _ = parties
    del sender.http.headers["Authorization"]
    key = sender.simulator.platform.store.destinations[BUILDING].encryption_kid
    paths = [f"destinations/{BUILDING}", "submissions", f"cases/{uuid.uuid4()}/events"]
    assert [401, 401, 401] == [sender.get(path).status_code for path in paths]
    assert 200 == sender.get(f"destinations/{BUILDING}/keys/{key}").status_code
    assert 200 == sender.get("info").status_code


def test_the_keys_of_the_platform_are_as_specified(platform: FitConnectSimulator, oracle: Oracle) -> None:
    with httpx2.Client(headers={"User-Agent": "tests/1"}, trust_env=False) as http:
        oracle.check(http.get(platform.addresses["jwksV1"]))


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("routes", {"leikaKey": "99010003001006", "ars": "990010001001"}, 200),
        ("routes", {"leikaKey": "99010003001006", "ags": "99001001"}, 200),
        ("routes", {"leikaKey": "99010003001006", "areaId": "101"}, 200),
        ("routes", {"leikaKey": "99010003001006", "ars": "990010001001", "areaId": "101"}, 400),
        ("routes", {"leikaKey": "99010003001006"}, 400),
        ("routes", {"leikaKey": "10003001006", "ars": "990010001001"}, 400),
        ("areas", {"areaSearchexpression": "Muster*"}, 200),
        ("areas", {}, 400),
        ("areas", {"areaSearchexpression": "99903", "limit": "501"}, 400),
        ("info", {}, 200),
    ],
)
def test_routing_answers_as_specified(
    platform: FitConnectSimulator, shared: Path, path: str, query: dict[str, Any], status: int
) -> None:
    oracle = Oracle.load(shared / "specs/fit-connect/routing-api-2.0.0.yaml", "/routing/v1")
    with httpx2.Client(headers={"User-Agent": "tests/1"}, trust_env=False) as http:
        response = http.get(f"{platform.addresses['routing']}/{path}", params=query)
    oracle.check(response)
    assert status == response.status_code


def _destination(keys: list[dict[str, Any] | None]) -> dict[str, Any]:
    encryption, signing = keys
    assert encryption is not None
    return {
        "contactInformation": {
            "legalName": "Gemeinde Probedorf",
            "address": "Dorfplatz 1, 99904 Probedorf",
            "phone": "+49 999 3000",
            "email": "amt@probedorf.example",
        },
        "services": [
            {
                "identifier": "urn:de:fim:leika:leistung:99010003001006",
                "regions": ["DE990010003003"],
                "submissionSchemas": [
                    {"schemaUri": "https://schema.example/a.json", "mimeType": "application/json"}
                ],
            }
        ],
        "callback": CALLBACK,
        "encryptionKid": encryption["kid"],
        "encryptionPublicKey": encryption,
        "signingPublicKey": signing,
        "metadataVersions": ["1.0.0"],
    }
