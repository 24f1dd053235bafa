"""From the sender's form to the receiver's acceptance and back, over a simulated FIT-Connect platform."""

from __future__ import annotations

import hashlib
import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from caseway.access.actor import system
from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.cases.models import Case, Rendition
from caseway.core.clock import Clock
from caseway.core.errors import CasewayError
from caseway.delivery import engine as delivering
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.delivery.drain import drain_lane
from caseway.delivery.following import follow_due
from caseway.delivery.keys import import_key, put_in_force
from caseway.delivery.models import Connection, ConnectionKey, Delivery, Lane, RemoteLogEntry, WireExchange
from caseway.intake.data import SubmissionData
from caseway.intake.files import IncomingFile
from caseway.intake.models import Submission
from caseway.intake.receive import receive_submission
from caseway.rails.fit_connect.simulator import FitConnectSimulator
from caseway.rails.keys import Use
from caseway.receiving.collecting import collect_due
from caseway.receiving.deciding import forward_arrival, reject_arrival
from caseway.receiving.finding import poll_due
from caseway.receiving.models import Arrival
from caseway.receiving.reasons import reasons_of
from caseway.testing.builders import a_route

OURS = "5a1f3a52-7a0f-4d0c-9b53-0c6f7d3e1a01"  # the building office of the simulated platform
SERVICE = "0d8f1e0c-4b53-4a0e-9b6b-5f2f0a3c7e11"  # the API client of the online service
LEIKA = "99010003001006"
DATA = b'{"bauvorhaben": {"art": "Carport", "strasse": "Musterweg"}}'
PLAN = b"%PDF-1.7 Lageplan"


@pytest.fixture
def platform() -> Iterator[FitConnectSimulator]:
    with FitConnectSimulator() as simulator:
        yield simulator


@dataclass
class Town:
    """An online service and an authority, in two organisations, on one platform."""

    service: Organisation
    authority: Organisation
    platform: FitConnectSimulator
    clock: Clock

    def hand_in(self, key: str = "one") -> Submission:
        said: dict[str, Any] = {
            "form": {"id": "bau", "name": "Bauantrag"},
            "service": {"id": "bau", "name": "Baugenehmigung", "leikaId": LEIKA},
            "documents": [{"part": "data", "role": "structured"}, {"part": "plan", "role": "attachment"}],
        }
        plan = IncomingFile("plan", "plan.pdf", "application/pdf", [PLAN])
        return accepted(self.service, said, [structured(DATA), plan], key)

    def reply(self, case: Case) -> Submission:
        """The authority answers on its case."""
        said = {
            "kind": "answer",
            "case": {"reference": case.reference},
            "service": {"leikaId": LEIKA, "name": "Baugenehmigung"},
            "message": {"subject": "Bescheid", "direction": "out"},
            "reply": {"channel": "fit_connect"},
            "documents": [{"part": "data", "role": "structured"}],
        }
        return accepted(self.authority, said, [structured(b'{"bescheid": "genehmigt"}')], "reply")

    def work(self, organisation: Organisation) -> None:
        with scope(organisation.id):
            lanes = list(Lane.objects.values_list("id", flat=True))
        for lane in lanes:
            drain_lane(lane, "w1")

    def receive(self) -> None:
        poll_due()
        collect_due()

    def sent(self) -> tuple[str, str]:
        with scope(self.service.id):
            found = Delivery.objects.get()
        return found.state, found.code

    def arrival(self) -> Arrival:
        with scope(self.authority.id):
            return Arrival.objects.select_related("connection", "submission__case", "answer").get()


def structured(content: bytes) -> IncomingFile:
    return IncomingFile("data", "antrag.json", "application/json", [content])


def accepted(
    organisation: Organisation, said: dict[str, Any], files: list[IncomingFile], key: str
) -> Submission:
    data = SubmissionData.model_validate_json(json.dumps(said))
    return receive_submission(system(organisation.id), data, files, key).submission


def a_fit_connection(
    organisation: Organisation, platform: FitConnectSimulator, **settings: Any
) -> Connection:
    at = platform.addresses
    with urllib.request.urlopen(at["rootCertificate"], timeout=20) as answer:
        root = answer.read().decode()
    values = {
        "platform": "custom",
        "api_version": "v2",
        "token_url": at["token"],
        "submission_url": at["submissionBaseUrl"],
        "destination_url": at["destinationBaseUrl"],
        "routing_url": at["routingBaseUrl"],
        "portal_url": at["portal"],
        "roots_pem": root,
        "poll_seconds": 10,
        **settings,
    }
    draft = ConnectionDraft("fit", "FIT-Connect", "fit_connect", "sandbox", values)
    return save_connection(system(organisation.id), draft, paused=True)


@pytest.fixture
def town(
    organisation: Organisation,
    other_organisation: Organisation,
    platform: FitConnectSimulator,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> Town:
    monkeypatch.setattr(delivering.drain, "defer", lambda lanes: None)
    monkeypatch.setattr(delivering.drain, "batch_defer", lambda *jobs: None)
    platform.add_client(id=SERVICE, secret="service-secret")
    sending = a_fit_connection(
        other_organisation,
        platform,
        client_id=SERVICE,
        client_secret="service-secret",
        roles="send",
        addressing="fixed",
        destination_id=OURS,
        reply_channel="fit_connect",
        reply_standards=["urn:example:process:decision"],
    )
    receiving = a_fit_connection(
        organisation,
        platform,
        client_id="demo-subscriber",
        client_secret="demo-subscriber-secret",
        roles="receive",
        receive_destinations=[OURS],
    )
    keys = platform.private_keys(OURS)
    hold(organisation, keys)
    hold(other_organisation, keys)  # a service has keys too: to open replies and to sign what becomes of them
    public = [key_of(other_organisation, "sign")]
    platform.add_client(id=SERVICE, secret="service-secret", keys=public)
    for connection in (sending, receiving):
        with scope(connection.organisation_id):
            Connection.objects.filter(id=connection.id).update(paused_at=None)
    a_route(sending, name="everything")
    return Town(other_organisation, organisation, platform, clock)


def hold(organisation: Organisation, keys: list[dict[str, Any]]) -> None:
    """Import the keys of a destination and put them in force."""
    for key in keys:
        use: Use = "sign" if key["key_ops"] == ["sign"] else "decrypt"
        row = import_key(system(organisation.id), "fit", use, json.dumps(key))
        put_in_force(system(organisation.id), "fit", row.kid)


def key_of(organisation: Organisation, use: Use) -> dict[str, Any]:
    with scope(organisation.id):
        return dict(ConnectionKey.objects.get(use=use, connection__organisation=organisation).public)


def test_what_was_handed_in_is_accepted_and_the_word_comes_back(town: Town) -> None:
    town.hand_in()
    town.work(town.service)
    assert ("sent", "") == town.sent()

    town.receive()
    assert ("taken_in", "") == (town.arrival().state, town.arrival().code)
    town.work(town.authority)
    follow_due()

    assert ("delivered", "") == town.sent()
    assert not town.arrival().unanswered


def test_what_arrives_is_what_was_sent(town: Town) -> None:
    town.hand_in()
    town.work(town.service)
    town.receive()

    arrival = town.arrival()
    kept = arrival.submission
    assert kept is not None
    with scope(town.authority.id):
        shas = set(Rendition.objects.values_list("sha256", flat=True))
        events = set(RemoteLogEntry.objects.filter(verified=True).values_list("what", flat=True))
        exchanges = WireExchange.objects.filter(arrival_id=arrival.id).count()
    assert {hashlib.sha256(one).hexdigest() for one in (DATA, PLAN)} == shas
    assert (f"urn:de:fim:leika:leistung:{LEIKA}", LEIKA) == (kept.service_id, kept.leika_id)
    assert (arrival.remote_case_id, OURS) == (kept.origin["remote_case_id"], kept.origin["destination"])
    assert "submit-submission" in events
    assert exchanges > 2
    assert arrival.answer_by is not None


def test_a_rejection_reaches_its_sender_in_the_words_of_the_standard(town: Town) -> None:
    with scope(town.authority.id):
        Connection.objects.update(settings=by_a_person(Connection.objects.get()))
    town.hand_in()
    town.work(town.service)
    town.receive()
    arrival = town.arrival()
    reason = reasons_of(arrival)[0]
    with pytest.raises(CasewayError) as refusal:
        forward_arrival(system(town.authority.id), arrival.id)
    assert "fit_connect.forward_not_in_v2" == refusal.value.code

    reject_arrival(system(town.authority.id), arrival.id, [{**reason.as_json(), "detail": "Seite 2 fehlt"}])
    town.work(town.authority)
    follow_due()

    assert "refused" == town.sent()[0]
    with scope(town.service.id):
        (problem,) = Delivery.objects.get().details["problems"]
    assert (reason.type, reason.instance, "Seite 2 fehlt") == (
        problem["type"],
        problem["instance"],
        problem["detail"],
    )


def test_a_reply_lands_on_the_case_it_was_asked_in(town: Town) -> None:
    asked = town.hand_in()
    town.work(town.service)
    town.receive()
    town.work(town.authority)
    follow_due()
    arrival = town.arrival()
    assert arrival.submission is not None
    a_route(arrival.connection, name="answers", kind="answer")
    town.reply(arrival.submission.case)
    town.work(town.authority)

    town.clock.advance(timedelta(minutes=1))
    town.receive()
    town.work(town.service)

    with scope(town.service.id):
        came = Arrival.objects.select_related("submission", "answer").get()
    assert ("reply", "taken_in", "") == (came.kind, came.state, came.code)
    assert came.submission is not None
    assert (asked.case_id, "message") == (came.submission.case_id, came.submission.kind)
    assert came.answer is not None
    assert ("accept", "delivered") == (came.answer.purpose, came.answer.state)


def by_a_person(connection: Connection) -> dict[str, Any]:
    return {**connection.settings, "accept": "by_person"}
