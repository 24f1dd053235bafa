"""Our rail against the Nimbus participant, over the simulated platform: each sends what the other takes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from caseway.rails.contract import Document
from caseway.rails.fit_connect import rail
from caseway.rails.fit_connect.problems import problem
from caseway.rails.fit_connect.simulator import FitConnectSimulator
from caseway.rails.following import LogEntry
from caseway.rails.inbound import Arriving, Collected, IncomingFile, Rejectable
from caseway.testing.contract import Filing
from caseway.testing.fit_peer import NimbusPeer
from tests.peers.fit_connect.desk import DESTINATION, PROBLEM, REPLY_SCHEMA, Desk, digest, offer, pdf
from tests.peers.fit_connect.keyring import Pair, make
from tests.rails.fit_connect.rail.kit import Held, World
from tests.rails.fit_connect.rail.papers import APPLICATION, DATA, PLAN, data, occasion, paper

FRAGMENT = 400_000
LARGE = 220_000_000  # above what chunking is advised for
FILM = paper("attachment", "Größenplan.bin", Random(5).randbytes(1_000_000), "application/octet-stream", 3)
ASKING: dict[str, Any] = {
    "client_id": "7d0f4b58-0a3c-4f1e-9d52-5e0c0f5a7c12",
    "client_secret": "asking-sender-secret",
}


@pytest.fixture(scope="module")
def running() -> Iterator[FitConnectSimulator]:
    with FitConnectSimulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def decrypting() -> Pair:
    return make("asking-decryption-1", "decrypt")


@pytest.fixture(scope="module")
def signing() -> Pair:
    return make("asking-signing-1", "sign")


@pytest.fixture
def world(running: FitConnectSimulator, signing: Pair, tmp_path: Path) -> Iterator[World]:
    """The platform as new, with a sender that has a key of its own to answer replies."""
    running.reset()
    running.add_client(
        id=ASKING["client_id"], secret=ASKING["client_secret"], kind="sender", keys=[signing.public]
    )
    made = World(running, tmp_path)
    yield made
    made.close()


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world.platform, world.room)


def log(nimbus: NimbusPeer, at: dict[str, Any], case_id: str) -> list[dict[str, Any]]:
    """Return the log as the participant reads it: it checks every signature."""
    events: list[dict[str, Any]] = nimbus.run("events", at, {"caseId": case_id})["events"]
    return events


def sent_by(sent: Mapping[str, Any]) -> dict[str, Any]:
    """Return the tags of what the participant sent."""
    return {"metadata": sent["metadataTag"], "data": sent["dataTag"], "attachments": sent["attachmentTags"]}


def digests(collected: Collected) -> dict[str, str]:
    return {one.filename: hashed(one) for one in collected.files}


def ids_of(desk: Filing) -> dict[str, str]:
    """Return what the participant is told of a submission or reply of ours."""
    held = next(receipt for key, receipt in desk.receipts.items() if key.startswith("submit:"))
    return {f"{held.facts['what']}Id": held.remote_id, "caseId": held.facts["remote_case_id"]}


def content(path: str) -> bytes:
    return Path(path).read_bytes()


def test_what_it_sends_is_collected_whole_and_it_sees_that_we_accept(
    nimbus: NimbusPeer, world: World, desk: Desk
) -> None:
    plan, photo = desk.large("plan", 1_000_000), desk.written("photo", b"")
    task = desk.application(pdf(plan, fragment=FRAGMENT), pdf(photo, "Foto.pdf"))
    sent = nimbus.run("send", desk.sender(), task)
    link = world.receiver()
    (arriving,) = world.waiting(link)
    collected = world.collect(link, arriving)
    world.answer(link, "accept", arriving, tags=collected.origin["tags"])
    last = log(nimbus, desk.sender(), sent["caseId"])[-1]

    assert Arriving("submission", sent["submissionId"], sent["caseId"], DESTINATION) == arriving
    assert {
        "data.json": digest(task["data"]["path"]), "Lageplan.pdf": digest(plan), "Foto.pdf": digest(photo)
    } == digests(collected)  # fmt: skip
    assert 3 + 1 == len(sent["attachmentTags"])
    assert ("accept-submission", DESTINATION) == (last["event"], last["iss"])
    assert sent_by(sent) == last["payload"]["authenticationTags"]
    assert [] == world.waiting(link)


@pytest.mark.slow
def test_220_mb_it_sends_are_collected_whole(nimbus: NimbusPeer, world: World, desk: Desk) -> None:
    path = desk.large("film", LARGE)
    replace(nimbus, heap=3072).run("send", desk.sender(), desk.application(pdf(path, "Film.pdf")))

    assert digest(path) == digests(world.collect(world.receiver()))["Film.pdf"]


def test_it_reads_the_problems_we_reject_with(nimbus: NimbusPeer, world: World, desk: Desk) -> None:
    sent = nimbus.run("send", desk.sender(), desk.application())
    link = world.receiver()
    (arriving,) = world.waiting(link)
    told = [problem("schema-violation", "data", "Das Feld Bauort fehlt.").as_json(),
            problem("missing-attachment", "metadata", "Der Lageplan fehlt.").as_json()]  # fmt: skip
    world.answer(link, "reject", arriving, problems=told)
    last = log(nimbus, desk.sender(), sent["caseId"])[-1]

    assert ("reject-submission", told) == (last["event"], last["payload"]["problems"])
    assert [] == world.waiting(link)


def test_it_reads_the_problems_we_proved(nimbus: NimbusPeer, world: World, desk: Desk) -> None:
    task = desk.application()
    task["data"]["schemaUri"] = "urn:de:beispiel:anderes"
    sent = nimbus.run("send", desk.sender(), task)
    link = world.receiver()
    (arriving,) = world.waiting(link)
    with pytest.raises(Rejectable) as caught:
        world.collect(link, arriving)
    proven = [one.as_json() for one in caught.value.problems]
    world.answer(link, "reject", arriving, problems=proven)
    last = log(nimbus, desk.sender(), sent["caseId"])[-1]

    assert "fit_connect.data_schema_unsupported" == caught.value.code
    assert proven == last["payload"]["problems"]
    assert ["unsupported-schema"] == [one["type"].rpartition("/")[2] for one in proven]


def test_it_takes_what_we_send_and_we_see_that_it_accepts(
    nimbus: NimbusPeer, world: World, desk: Desk, shared: Path
) -> None:
    ours, what = world.sender(fragment_bytes=FRAGMENT), occasion([data(), APPLICATION, PLAN, FILM])
    ours.all(what)
    ids = ids_of(ours)
    (listed,) = nimbus.run("waiting", desk.subscriber())["submissions"]
    got = nimbus.run("receive", desk.subscriber(), ids | {"room": desk.folder("received")})
    waiting = world.follow(ours, what)
    nimbus.run("accept", desk.subscriber(), ids | {"payload": {"authenticationTags": got["tags"]}})
    followed = world.follow(ours, what)

    assert ids.items() <= listed.items()
    assert [] == broken(got["metadata"], shared)
    assert (DATA, "application/json") == (content(got["data"]), got["dataType"])
    assert [("Bauantrag.pdf", 1), ("Lageplan.pdf", 1), ("Größenplan.bin", 3)] == [
        (one["filename"], one["fragments"]) for one in got["attachments"]
    ]
    assert digests_of(APPLICATION, PLAN, FILM) == [digest(one["path"]) for one in got["attachments"]]
    assert waiting.verdict is None
    assert followed.verdict is not None
    assert followed.verdict.accepted
    assert (True, "accept-submission", DESTINATION) == told(followed.log[-1])
    assert got["tags"] == followed.verdict.facts["authenticationTags"]


def test_we_read_the_problems_it_rejects_with(nimbus: NimbusPeer, world: World, desk: Desk) -> None:
    ours, what = world.sender(), occasion([data()])
    ours.all(what)
    nimbus.run("reject", desk.subscriber(), ids_of(ours) | {"payload": {"problems": [PROBLEM]}})
    verdict = world.follow(ours, what).verdict

    assert verdict is not None
    assert (False, "fit_connect.rejected", [PROBLEM]) == (
        verdict.accepted, verdict.code, list(verdict.problems)
    )  # fmt: skip


def test_an_accept_of_old_without_tags_counts(nimbus: NimbusPeer, world: World, desk: Desk) -> None:
    ours, what = world.sender(), occasion([data()])
    ours.all(what)
    nimbus.run("accept", desk.subscriber(), ids_of(ours) | {"payload": {}})
    verdict = world.follow(ours, what).verdict

    assert verdict is not None
    assert verdict.accepted


def test_its_reply_is_collected_and_it_sees_that_we_accept(
    nimbus: NimbusPeer, world: World, desk: Desk, decrypting: Pair, signing: Pair, shared: Path
) -> None:
    keys, offered = Held([decrypting.key, signing.key]), (REPLY_SCHEMA,)
    ours = world.sender(keys=keys, reply_channel="fit_connect", reply_standards=offered, **ASKING)
    what = occasion([data()])
    ours.all(what)
    ids = ids_of(ours)
    got = nimbus.run("receive", desk.subscriber(), ids | {"room": desk.folder("received")})
    nimbus.run("accept", desk.subscriber(), ids | {"payload": {"authenticationTags": got["tags"]}})
    channel = got["metadata"]["replyChannel"]["fitConnect"]
    ruling = desk.large("ruling", 900_000)
    reply = desk.application(pdf(ruling, "Bescheid.pdf", fragment=FRAGMENT))
    reply["data"]["schemaUri"] = channel["processStandards"][0]
    back = {"caseId": ids["caseId"], "key": channel["encryptionPublicKey"]}
    replied = nimbus.run("reply", desk.subscriber(), reply | back)
    (arriving,) = world.waiting(ours.link)
    collected = world.collect(ours.link, arriving)
    world.answer(ours.link, "accept", arriving, tags=collected.origin["tags"])
    reading = desk.subscriber(signers={ASKING["client_id"]: signing.public})
    last = log(nimbus, reading, ids["caseId"])[-1]

    assert [] == broken(got["metadata"], shared)
    assert ("reply", replied["replyId"], ids["caseId"]) == (
        arriving.kind, arriving.remote_id, arriving.remote_case_id
    )  # fmt: skip
    assert {"data.json": digest(reply["data"]["path"]), "Bescheid.pdf": digest(ruling)} == digests(collected)
    assert ("accept-reply", ASKING["client_id"]) == (last["event"], last["iss"])
    assert sent_by(replied) == last["payload"]["authenticationTags"]
    assert [] == world.waiting(ours.link)


def test_our_reply_is_taken_and_we_see_that_it_is_there(
    nimbus: NimbusPeer, world: World, desk: Desk, decrypting: Pair, signing: Pair, shared: Path
) -> None:
    asker = desk.sender(
        clientId=ASKING["client_id"], clientSecret=ASKING["client_secret"],
        decryptionKeys=[decrypting.private], signingKey=signing.private,
        signers={ASKING["client_id"]: signing.public},
    )  # fmt: skip
    nimbus.run("send", asker, desk.application(metadata=offer(decrypting)))
    link = world.receiver(fragment_bytes=FRAGMENT)
    (arriving,) = world.waiting(link)
    collected = world.collect(link, arriving)
    world.answer(link, "accept", arriving, tags=collected.origin["tags"])
    answering = Filing(rail, link)
    origin = {**collected.origin, "reply": dict(collected.reply)}
    what = occasion([data(), FILM], name="reply", kind="answer", origin=origin)
    answering.all(what)
    ids = ids_of(answering)
    (listed,) = nimbus.run("replies", asker)["replies"]
    got = nimbus.run("receive-reply", asker, ids | {"room": desk.folder("replied")})
    payload = {"issuer": ASKING["client_id"], "payload": {"authenticationTags": got["tags"]}}
    nimbus.run("accept-reply", asker, ids | payload)
    followed = world.follow(answering, what)

    assert (arriving.remote_case_id, ids["replyId"]) == (ids["caseId"], listed["replyId"])
    assert [] == broken(got["metadata"], shared)
    assert REPLY_SCHEMA == got["metadata"]["contentStructure"]["data"]["submissionSchema"]["schemaUri"]
    assert (DATA, 3) == (content(got["data"]), got["attachments"][0]["fragments"])
    assert digests_of(FILM) == [digest(got["attachments"][0]["path"])]
    assert followed.verdict is not None
    assert followed.verdict.accepted
    # Nobody publishes the key of who asked: what it signed is shown, and decides nothing.
    assert (False, "accept-reply", ASKING["client_id"]) == told(followed.log[-1])


def broken(metadata: dict[str, Any], shared: Path) -> list[str]:
    """Return what breaks the official schema of metadata 2.1.0."""
    schema = json.loads((shared / "specs/fit-connect/metadata-2.1.0.schema.json").read_text("utf-8"))
    assert schema["$id"] == metadata["$schema"]
    return [one.message for one in Draft202012Validator(schema).iter_errors(metadata)]


def digests_of(*documents: Document) -> list[str]:
    return [hashed(one) for one in documents]


def hashed(file: Document | IncomingFile) -> str:
    found = hashlib.sha512()
    with file.open() as stream:
        for piece in iter(lambda: stream.read(1_000_000), b""):
            found.update(piece)
    return found.hexdigest()


def told(entry: LogEntry) -> tuple[bool, str, str]:
    return entry.verified, entry.what, entry.issuer
