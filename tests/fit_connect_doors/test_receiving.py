"""What waits for the office is told of by callback and found by asking, proven, and taken in once (F-05)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from caseway.core.clock import Clock
from caseway.rails.fit_connect.problems import BASE
from caseway.rails.fit_connect.simulator import FitConnectSimulator
from caseway.rails.inbound import Arriving
from caseway.receiving.alarms import raise_due
from tests.fit_connect_doors.town import DATA, SCHEMA, STRICT, Authority, Town, contents, written
from tests.portal_setup.pages import text
from tests.rails.fit_connect.rail.forger import Forged, Zipped, describe, new_id
from tests.rails.fit_connect.rail.kit import World

pytestmark = pytest.mark.mission("F-05")


def listen(town: Town, web: str) -> None:
    """Connect both; the office is called back at the web server."""
    town.service.join()
    town.authority.join()
    town.authority.be_called_at(f"{web}/callbacks/{town.authority.slug}/fit")


def handed_over(town: Town) -> str:
    """Hand an application over, and wait until every callback about it is out."""
    sent = town.service.hand_in()
    town.service.work()
    assert town.platform.platform.caller.idle(20)
    return sent


def answers(platform: FitConnectSimulator) -> list[int]:
    """Return how the door answered each callback."""
    return [one["status"] for one in platform.platform.caller.describe() if one["kind"] == "new-submissions"]


@pytest.mark.parametrize("disturbance", ["", "duplicate_callback", "replayed_callback"])
def test_told_by_callbacks_and_found_by_asking_it_is_taken_in_once(
    town: Town, web: str, disturbance: str
) -> None:
    listen(town, web)
    if disturbance:
        handed_over(town)
        town.work()
        town.fault(disturbance)
    sent = handed_over(town)
    told = [one["foundBy"] for one in town.authority.get("arrivals")["items"]]
    town.work()
    town.work()

    number = 2 if disturbance else 1
    assert ["callback"] * number == told
    assert number == len(town.authority.get("arrivals")["items"])
    assert number == len(town.authority.get("submissions")["items"])
    assert number == town.events().count("accept-submission")
    assert ("delivered", "") == town.service.told(sent)
    assert contents(town.service) == contents(town.authority)
    # The news itself is taken; the same bytes once more are refused as replayed, and change nothing.
    said = answers(town.platform)[-2:]
    assert 204 in said
    assert {204, 403} >= set(said)


@pytest.mark.parametrize("fault", ["callback_bad_hmac", "callback_old_timestamp"])
def test_a_callback_that_is_not_the_platforms_is_refused_and_asking_finds_all_the_same(
    town: Town, web: str, fault: str
) -> None:
    listen(town, web)
    town.fault(fault)
    known = len(answers(town.platform))
    handed_over(town)
    before = town.authority.get("arrivals")["items"]
    town.receive()

    assert ([], {403}) == (before, set(answers(town.platform)[known:]))
    assert ("poll", "taken_in") == (town.authority.arrival()["foundBy"], town.authority.arrival()["state"])


def test_a_door_for_callbacks_tells_nobody_anything(town: Town, web: str) -> None:
    listen(town, web)
    with httpx2.Client(base_url=web, trust_env=False) as http:
        forged = http.post(f"/callbacks/{town.authority.slug}/fit", json={"submissions": []})
        nowhere = http.post("/callbacks/nobody/nothing", json={"submissions": []})

    assert (403, 403) == (forged.status_code, nowhere.status_code)
    assert forged.json()["code"] == nowhere.json()["code"] == "callback.refused"


def tampered(town: Town, room: Path) -> Arriving:
    """Hand something over whose data are not those its metadata speak of."""
    world = World(town.platform, room)
    try:
        return Forged(metadata=describe(b'{"bauvorhaben": {"art": "Villa"}}', {})).hand_over(world)
    finally:
        world.close()


def test_data_of_another_hash_are_held_for_a_person_and_not_taken_in(town: Town, tmp_path: Path) -> None:
    town.authority.join()
    tampered(town, tmp_path)
    town.receive()

    held = town.authority.arrival()
    (problem,) = held["problems"]
    assert ("held", f"{BASE}hash-mismatch", "data") == (held["state"], problem["type"], problem["instance"])
    assert [] == town.authority.get("submissions")["items"]
    assert not {"accept-submission", "reject-submission"} & set(town.events())
    assert "accept" not in held["decisions"]
    assert held["sentence"] in page_of(town.authority, held["id"])


def test_an_attachment_of_another_hash_is_held_too(town: Town, tmp_path: Path) -> None:
    town.authority.join()
    plan = new_id()
    world = World(town.platform, tmp_path)
    Forged(attachments={plan: b"%PDF-1.7 A"}, metadata=describe(DATA, {plan: b"%PDF-1.7 B"})).hand_over(world)
    world.close()
    town.receive()

    held = town.authority.arrival()
    (problem,) = held["problems"]
    assert ("held", f"{BASE}hash-mismatch") == (held["state"], problem["type"])
    assert f"attachment:{plan}" == problem["instance"]
    assert [] == town.authority.get("submissions")["items"]


def test_what_is_not_what_the_platform_confirmed_is_held(town: Town) -> None:
    town.service.join()
    town.authority.join()
    town.service.hand_in()
    town.service.work()
    town.fault("tamper_tag_in_set", event="submit-submission")
    town.receive()

    held = town.authority.arrival()
    assert "held" == held["state"]
    assert {f"{BASE}incorrect-authentication-tag"} == {one["type"] for one in held["problems"]}
    assert [] == town.authority.get("submissions")["items"]


def test_where_the_connection_says_so_proven_faults_are_rejected_at_once(town: Town, tmp_path: Path) -> None:
    town.authority.join(reject_proven_faults="automatic")
    tampered(town, tmp_path)
    town.work()

    assert "rejected" == town.authority.arrival()["state"]
    assert "reject-submission" in town.events()


def test_on_v1_what_old_clients_compress_waits_and_alarms_until_it_is_tolerated(
    town: Town, tmp_path: Path, clock: Clock
) -> None:
    town.authority.version = "v1"
    town.authority.join(reject_proven_faults="automatic")
    world = World(town.platform, tmp_path, "v1")
    Zipped(headers={part: {"zip": "DEF"} for part in ("metadata", "data")}).hand_over(world)
    world.close()
    town.work()
    waits = town.authority.arrival()
    clock.advance(timedelta(days=3))
    raise_due()
    late = [one["id"] for one in town.authority.shell("arrivals", "list", "--late")]

    assert ("found", "fit_connect.old_sender") == (waits["state"], waits["code"])
    assert "Tolerate old senders" in waits["remedy"]
    assert [waits["id"]] == late
    assert "reject-submission" not in town.events()
    town.authority.log_in_again()
    town.authority.change(reject_proven_faults="automatic", tolerates_old_senders=True)
    town.work()
    assert ("taken_in", "") == (town.authority.arrival()["state"], town.authority.arrival()["code"])


@pytest.mark.parametrize("fault", ["truncate_download", "unavailable"])
def test_a_download_that_breaks_off_is_fetched_again_and_held_against_nobody(town: Town, fault: str) -> None:
    town.service.join()
    town.authority.join()
    sent = town.service.hand_in()
    town.service.work()
    town.fault(fault, "get_attachment", times=1)
    town.receive()
    waits = town.authority.arrival()
    town.authority.post(f"arrivals/{waits['id']}/collect")
    town.work()

    assert ("found", 1) == (waits["state"], waits["failures"])
    assert ("delivered", "") == town.service.told(sent)
    assert contents(town.service) == contents(town.authority)


def test_data_that_break_a_registered_schema_are_held(town: Town, tmp_path: Path) -> None:
    town.authority.join()
    town.authority.shell("schemas", "add", SCHEMA, str(written({**STRICT, "required": ["flurstueck"]})))
    world = World(town.platform, tmp_path)
    Forged(data=DATA).hand_over(world)
    world.close()
    town.receive()

    held = town.authority.arrival()
    assert ("held", f"{BASE}schema-violation") == (held["state"], held["problems"][0]["type"])


def page_of(authority: Authority, arrival_id: str) -> str:
    """Return what a person reads about an arrival."""
    return text(authority.person.get(f"/arrivals/{arrival_id}/"))
