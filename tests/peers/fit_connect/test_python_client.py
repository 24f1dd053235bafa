"""fitconnect-client 0.1.3 against the simulated platform: a sender for API v1 that others wrote and use.

Its habits are cases of interoperability: `zip: DEF`, `cty: application/json` for everything, the thumbprint
as `kid`, no subject data, and metadata without the hash that schema 1.0.0 demands. All of it is opened with
our own code, which must tolerate in v1 what v2 forbids.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from caseway.core.errors import CasewayError, NotConfigured
from caseway.core.jwk import thumbprint
from caseway.rails.contract import Link
from caseway.rails.fit_connect import rail
from caseway.rails.fit_connect.jwe_header import JweRefused, Reading
from caseway.rails.fit_connect.jwe_opening import Opened, open_text
from caseway.rails.fit_connect.jwk import private_key
from caseway.rails.fit_connect.simulator import FitConnectSimulator
from caseway.rails.inbound import Rejectable
from caseway.testing.fit_peer import PeerFailed, PythonClient
from tests.peers.fit_connect.desk import SCHEMA, SERVICE
from tests.peers.fit_connect.keyring import Pair, make
from tests.rails.fit_connect.rail.kit import Held, World, contents

DESTINATION = "5a1f3a52-7a0f-4d0c-9b53-0c6f7d3e1a03"
METADATA = "https://schema.fitko.de/fit-connect/metadata/1.5.0/metadata.schema.json"
READING = Reading(1_000_000, {"application/json"}, tolerant=True)


@pytest.fixture(scope="module")
def pair() -> Pair:
    return make("v1-encryption-1", "decrypt")


@pytest.fixture(scope="module")
def signing() -> Pair:
    return make("v1-signing-1", "sign")


@pytest.fixture
def simulator(pair: Pair, signing: Pair) -> Iterator[FitConnectSimulator]:
    with FitConnectSimulator() as running:
        offered = [{"schemaUri": SCHEMA, "mimeType": "application/json"}]
        service = {"identifier": SERVICE["identifier"], "regions": ["DE990010001001"]}
        running.add_destination(
            id=DESTINATION, name="Stadt Musterlingen, Bauamt",
            services=[service | {"submissionSchemas": offered}], metadataVersions=["1.5.0"],
            keys=[pair.public, signing.public], encryptionKid=pair.public["kid"], clients=["demo-subscriber"],
        )  # fmt: skip
        yield running


def task(simulator: FitConnectSimulator, *attachments: Path, **more: Any) -> dict[str, Any]:
    addresses = simulator.addresses
    return {
        "token": addresses["token"],
        "api": addresses["submissionV1"],
        "clientId": "demo-sender",
        "clientSecret": "demo-sender-secret",
        "destinationId": DESTINATION,
        "service": [SERVICE["identifier"], SERVICE["name"]],
        "metadata": ["2026-02-03", "B-2026-17", SCHEMA, METADATA, "erika@beispiel.example"],
        "attachments": [str(path) for path in attachments],
    } | more


def asked(url: str, **headers: str) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
        return answer.read()


def token(simulator: FitConnectSimulator) -> str:
    form = "grant_type=client_credentials&client_id=demo-subscriber&client_secret=demo-subscriber-secret"
    with urllib.request.urlopen(simulator.addresses["token"], form.encode(), timeout=10) as answer:
        return str(json.load(answer)["access_token"])


def fetched(simulator: FitConnectSimulator, path: str) -> bytes:
    found: bytes = asked(
        f"{simulator.addresses['submissionV1']}/submissions/{path}",
        Authorization=f"Bearer {token(simulator)}",
        Accept="*/*",
    )
    return found


def opened(text: str | bytes, pair: Pair) -> tuple[bytes, Opened]:
    return open_text(text, [pair.key], READING)


def test_what_it_sends_is_opened_by_us(
    fitconnect_client: PythonClient, simulator: FitConnectSimulator, pair: Pair, tmp_path: Path
) -> None:
    plan = tmp_path / "Lageplan Größenhausen.pdf"
    plan.write_bytes(b"%PDF-1.7 " + bytes(range(256)) * 2000)
    sent = fitconnect_client.run(task(simulator, plan))

    submission = json.loads(fetched(simulator, sent["submissionId"]))
    metadata, about = opened(submission["encryptedMetadata"], pair)
    attachment_id = sent["attachments"][plan.name]
    attachment, piece = opened(
        fetched(simulator, f"{sent['submissionId']}/attachments/{attachment_id}"), pair
    )
    structure = json.loads(metadata)["contentStructure"]
    assert sent["metadata"] == json.loads(metadata)
    assert plan.read_bytes() == attachment
    assert structure["attachments"][0]["hash"]["content"] == piece.sha512
    assert [attachment_id] == submission["attachments"]
    assert "encryptedData" not in submission
    assert (True, "application/json") == (about.header.deflated, piece.header.content_type)


def test_the_thumbprint_it_sends_as_kid_names_our_key(
    fitconnect_client: PythonClient, simulator: FitConnectSimulator, pair: Pair
) -> None:
    sent = fitconnect_client.run(task(simulator))
    submission = json.loads(fetched(simulator, sent["submissionId"]))
    _, about = opened(submission["encryptedMetadata"], pair)

    assert thumbprint(private_key(pair.key).public_key()) == about.header.kid
    assert pair.public["kid"] != about.header.kid


def test_what_it_seals_is_refused_where_v2_is_spoken(
    fitconnect_client: PythonClient, simulator: FitConnectSimulator, pair: Pair
) -> None:
    sent = fitconnect_client.run(task(simulator))
    submission = json.loads(fetched(simulator, sent["submissionId"]))

    with pytest.raises(JweRefused) as refused:
        open_text(submission["encryptedMetadata"], [pair.key], Reading(1_000_000, {"application/json"}))
    assert "fit_connect.jwe_compression_refused" == refused.value.code


def test_its_way_through_the_api_is_the_one_that_is_known(
    fitconnect_client: PythonClient, simulator: FitConnectSimulator, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    fitconnect_client.run(task(simulator, tmp_path / "a.pdf"))

    assert [
        "token", "create_submission", "get_destination", "get_key", "put_attachment", "submit"
    ] == [entry.action for entry in simulator.log.entries()]  # fmt: skip


def test_it_is_told_when_the_service_refuses(
    fitconnect_client: PythonClient, simulator: FitConnectSimulator
) -> None:
    with pytest.raises(PeerFailed, match="Failed to obtain access token"):
        fitconnect_client.run(task(simulator, clientSecret="wrong"))
    with pytest.raises(PeerFailed, match="service-not-offered"):
        fitconnect_client.run(task(simulator, service=["urn:de:fim:leika:leistung:99000000000000", "?"]))


@pytest.fixture
def world(simulator: FitConnectSimulator, tmp_path: Path) -> Iterator[World]:
    made = World(simulator, tmp_path, "v1")
    yield made
    made.close()


def receiver(world: World, *pairs: Pair, tolerant: bool) -> Link:
    keys = Held([pair.key for pair in pairs])
    return world.receiver(keys=keys, receive_destinations=(DESTINATION,), tolerates_old_senders=tolerant)


@pytest.mark.parametrize(
    ("tolerant", "kind", "code"),
    [
        (False, NotConfigured, "fit_connect.old_sender"),  # that it compresses is held against nobody on v1
        (True, Rejectable, "fit_connect.metadata_violates"),
    ],
)
def test_what_it_leaves_out_keeps_it_waiting_with_a_reason(
    fitconnect_client: PythonClient,
    world: World,
    pair: Pair,
    tolerant: bool,
    kind: type[CasewayError],
    code: str,
) -> None:
    fitconnect_client.run(task(world.platform))
    link = receiver(world, pair, tolerant=tolerant)
    (arriving,) = world.waiting(link)

    with pytest.raises(kind) as caught:
        world.collect(link, arriving)
    assert code == caught.value.code
    assert "by_person" == rail.manners(link.settings).reject_proven_faults
    assert [arriving] == world.waiting(link)
    assert {"accept-submission", "reject-submission"}.isdisjoint(world.platform.counts()["events"])


def test_what_it_seals_is_taken_over_where_old_senders_are_tolerated(
    fitconnect_client: PythonClient, world: World, pair: Pair, signing: Pair, tmp_path: Path
) -> None:
    plan = tmp_path / "Lageplan.pdf"
    plan.write_bytes(b"%PDF-1.7 Lageplan")
    fitconnect_client.run(task(world.platform, plan, data={"antrag": {"ort": "Größenhausen"}}))
    link = receiver(world, pair, signing, tolerant=True)
    (arriving,) = world.waiting(link)
    collected = world.collect(link, arriving)
    world.answer(link, "accept", arriving, tags=collected.origin["tags"])

    found = contents(collected)
    assert {"antrag": {"ort": "Größenhausen"}} == json.loads(found["structured:data.json"])
    assert plan.read_bytes() == found["attachment:Lageplan.pdf"]
    assert ("email", "erika@beispiel.example") == (collected.reply["channel"], collected.reply["address"])
    assert 1 == world.platform.counts()["events"]["accept-submission"]
