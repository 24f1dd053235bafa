"""What the office answers: accepted, rejected, forwarded (F-06); and what both say to each other (F-07)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import html

from caseway.access.scope import scope
from caseway.core.errors import Conflict
from caseway.delivery.models import ConnectionKey
from caseway.delivery.routes import RouteDraft, save_route
from caseway.rails.fit_connect.problems import problem
from tests.answers.test_doors import post as answered
from tests.fit_connect_doors.town import OFFICE, SCHEMA, Party, Town
from tests.portal_setup.pages import text

REASON = problem("missing-attachment", "metadata").as_json()
WORDS = "Der Lageplan fehlt."
CLIENT = "7d0f4b58-0a3c-4f1e-9d52-5e0c0f5a7c11"  # the API client of the online service


def arrived(town: Town, version: str = "v2") -> tuple[str, dict[str, Any]]:
    """Send an application to an office whose people decide; return its id here and its arrival there."""
    town.service.version = town.authority.version = version
    town.service.join()
    town.authority.join(accept="by_person")
    sent = town.service.hand_in()
    town.work()
    return sent, town.authority.arrival()


@pytest.mark.mission("F-06")
@pytest.mark.parametrize("door", ["api", "shell", "portal"])
def test_accepted_at_any_door_it_is_delivered_at_the_sender(town: Town, door: str) -> None:
    sent, arrival = arrived(town)
    assert ("taken_in", None) == (arrival["state"], arrival["answer"])
    accept(town.authority, arrival["id"], door)
    town.work()

    assert ("delivered", "") == town.service.told(sent)
    assert ("accept", "delivered") == tuple(
        town.authority.arrival()["answer"][name] for name in ("purpose", "state")
    )


def accept(authority: Party, arrival_id: str, door: str) -> None:
    if door == "api":
        authority.post(f"arrivals/{arrival_id}/accept", reason="vollständig")
    elif door == "shell":
        authority.shell("arrivals", "accept", arrival_id)
    else:
        page = authority.person.post(f"/arrivals/{arrival_id}/decide/", {"act": "accept"})
        assert page.status_code == 302, page.content


@pytest.mark.mission("F-06")
@pytest.mark.parametrize("door", ["api", "shell", "portal"])
def test_a_rejection_is_understood_by_its_sender(town: Town, door: str) -> None:
    sent, arrival = arrived(town)
    reject(town.authority, arrival["id"], door)
    town.work()

    told = town.service.delivery(sent)
    assert ("refused", "fit_connect.rejected") == (told["state"], told["code"])
    assert [{**REASON, "detail": WORDS}] == told["details"]["problems"]
    page = text(town.service.person.get(f"/messages/{sent}/"))
    assert WORDS in page


def reject(authority: Party, arrival_id: str, door: str) -> None:
    if door == "api":
        reason = {"type": REASON["type"], "instance": REASON["instance"], "detail": WORDS}
        authority.post(f"arrivals/{arrival_id}/reject", problems=[reason])
    elif door == "shell":
        chosen = f"{REASON['type']}={REASON['instance']}"
        authority.shell("arrivals", "reject", arrival_id, "--problem", chosen, "--detail", WORDS)
    else:
        page = html.fromstring(authority.person.get(f"/arrivals/{arrival_id}/reject/").content.decode())
        words = "An attachment is missing"
        (key,) = page.xpath("//label[contains(., $words)]/input/@value", words=words)
        said = {"problem": [key], f"detail-{key}": WORDS, "step": "reject"}
        done = authority.person.post(f"/arrivals/{arrival_id}/reject/", said)
        assert done.status_code == 302, done.content


@pytest.mark.mission("F-06")
def test_a_reason_that_is_not_of_the_standard_and_a_second_decision_are_refused(town: Town) -> None:
    _, arrival = arrived(town)
    path = f"arrivals/{arrival['id']}/reject"
    odd = json.dumps({"problems": [{"type": "https://example.org/odd", "instance": "data"}]}).encode()
    unknown = town.authority.api.call("POST", path, odd)
    town.authority.post(f"arrivals/{arrival['id']}/accept")
    late = town.authority.api.call("POST", path, b"{}")

    assert (422, "arrival.problem_unknown") == (unknown.status_code, unknown.json()["code"])
    assert (409, "arrival.already_decided") == (late.status_code, late.json()["code"])
    with pytest.raises(Conflict):
        town.authority.shell("arrivals", "accept", arrival["id"])
    town.work()
    assert ["accept-submission"] == town.events()[-1:]


@pytest.mark.mission("F-06")
def test_what_is_forwarded_in_v1_is_still_to_be_answered(town: Town) -> None:
    sent, arrival = arrived(town, "v1")
    offered = town.authority.person.get(f"/arrivals/{arrival['id']}/").content
    assert (True, True) == ("forward" in arrival["decisions"], b'value="forward"' in offered)
    town.authority.post(f"arrivals/{arrival['id']}/forward")
    town.work()
    between = town.service.told(sent)
    town.authority.post(f"arrivals/{arrival['id']}/accept")
    town.work()

    assert (("sent", ""), ("delivered", "")) == (between, town.service.told(sent))
    assert ["forward-submission", "accept-submission"] == town.events()[-2:]


@pytest.mark.mission("F-06")
def test_in_v2_there_is_no_forwarding_and_no_door_offers_it(town: Town) -> None:
    _, arrival = arrived(town)
    page = town.authority.person.get(f"/arrivals/{arrival['id']}/").content
    refused = town.authority.api.call("POST", f"arrivals/{arrival['id']}/forward", b"{}")

    assert "fit_connect.forward_not_in_v2" == refused.json()["code"]
    assert (b'value="accept"' in page, b'value="forward"' in page) == (True, False)
    assert ["accept", "reject"] == town.authority.arrival()["decisions"]


@pytest.fixture
def talking(town: Town) -> Town:
    """A service that may be answered over FIT-Connect, and an office that answers that way."""
    platform = town.platform
    who = {"client_id": CLIENT, "client_secret": "geheim-genug"}
    platform.add_client(id=CLIENT, secret="geheim-genug")
    town.service.join(**who, reply_channel="fit_connect", reply_standards=[SCHEMA])
    town.service.hold(platform.private_keys(OFFICE))  # keys of its own would take long to make
    with scope(town.service.organisation.id):
        signing = ConnectionKey.objects.get(use="sign").public
    platform.add_client(id=CLIENT, secret="geheim-genug", keys=[signing])
    town.authority.join()
    save_route(town.authority.actor, RouteDraft(name="Antworten", connection="fit", kind="answer"))
    return town


ANSWER = {
    "subject": "Bescheid",
    "body": "Der Carport ist genehmigt.",
    "documents": [{"part": "data", "role": "structured"}, {"part": "bescheid", "role": "attachment"}],
}
ANSWER_FILES = [
    ("data", "bescheid.json", "application/json", b'{"bescheid": "genehmigt"}'),
    ("bescheid", "bescheid.pdf", "application/pdf", b"%PDF-1.7 Bescheid"),
]


@pytest.mark.mission("F-07")
def test_an_answer_comes_back_on_the_case_it_was_asked_in_and_a_message_goes_after_it(talking: Town) -> None:
    service, authority = talking.service, talking.authority
    sent = service.hand_in()
    talking.work()
    case = authority.arrival()["caseId"]
    made = answered(authority.api, case, ANSWER, ANSWER_FILES)
    assert made.status_code == 201, made.content
    authority.work()
    talking.receive()
    service.work()
    talking.follow()

    asked = service.get(f"submissions/{sent}")["case"]["id"]
    turns = service.get(f"cases/{asked}/conversation")["items"]
    assert ["bescheid.pdf"] == [
        one["filename"] for one in turns[-1]["documents"] if one["role"] == "attachment"
    ]
    assert ("in", "fit_connect") == (turns[-1]["direction"], turns[-1]["channel"])
    assert "submit-reply" in talking.events()
    assert "accept-reply" in talking.events(), service.get("arrivals")

    again = service.hand_in(
        kind="message",
        case={"reference": service.get(f"cases/{asked}")["reference"]},
        message={"subject": "Rückfrage", "direction": "out"},
    )
    talking.work()
    assert ("delivered", "") == service.told(again)
    assert {case} == {one["caseId"] for one in authority.get("arrivals")["items"]}


@pytest.mark.mission("F-07")
def test_who_did_not_offer_to_be_answered_this_way_is_not_answered_this_way(town: Town) -> None:
    town.service.join()
    town.authority.join()
    save_route(town.authority.actor, RouteDraft(name="Antworten", connection="fit", kind="answer"))
    town.service.hand_in()
    town.work()
    case = town.authority.arrival()["caseId"]
    made = answered(town.authority.api, case, ANSWER, ANSWER_FILES)
    town.authority.work()

    assert [] == town.authority.get(f"submissions/{made.json()['id']}")["deliveries"]
    conversation = town.authority.get(f"cases/{case}/conversation")
    assert ("not_connected", None) == (conversation["items"][-1]["state"], conversation["ways"]["way"])
