"""From one environment to the next, each with its proof (F-08), and what is to be settled first (F-09)."""

from __future__ import annotations

from typing import Any

import pytest

from caseway.core.errors import CasewayError, Conflict, NotFound
from caseway.rails.fit_connect.simulator import FitConnectSimulator
from tests.fit_connect_doors.town import OFFICE, SERVICE, Authority, Service, Town, written
from tests.portal_setup.pages import text

FIXED = {"addressing": "fixed", "destination_id": OFFICE, "service_identifier": SERVICE}
VERIFY = ("verify", "fit", "--large-mb", "0.05", "--patience", "30")


def move(service: Service, environment: str, **changes: str) -> str:
    """Move the connection on with credentials of that environment."""
    who = {"client_id": f"sender-{environment}", "client_secret": f"geheim-{environment}"}
    said = {**service.settings(**who, **FIXED, roles="send", region=""), **changes}
    words = ("connections", "promote", "fit", "--environment", environment)
    return str(service.shell(*words, "--settings", str(written(said)))["environment"])


def refused(service: Service, environment: str) -> str:
    with pytest.raises(Conflict) as refusal:
        move(service, environment)
    return refusal.value.code


@pytest.fixture
def clients(platform: FitConnectSimulator) -> None:
    """A client of the service in each environment."""
    for environment in ("test", "reference", "production"):
        platform.add_client(id=f"sender-{environment}", secret=f"geheim-{environment}")


@pytest.mark.mission("F-08")
def test_from_the_sandbox_to_production_with_a_run_and_credentials_in_each_environment(
    town: Town, clients: None
) -> None:
    town.service.join(**FIXED, region="")
    town.authority.join()
    codes, runs, at = [], [], []
    with town.at_work():
        for environment in ("test", "reference", "production"):
            codes.append(refused(town.service, environment))
            place = ("--place", OFFICE) if environment == "production" else ()  # the run is in the reference
            runs.append(town.service.shell(*VERIFY, *place)["run"])
            at.append(move(town.service, environment))

    assert ["connection.conformance_missing"] * 3 == codes
    assert ["test", "reference", "production"] == at
    assert [("sandbox", True), ("test", True), ("reference", True)] == [
        (one["environment"], one["passed"]) for one in runs
    ]
    assert "sender-production" in town.service.person.get("/connections/fit/").content.decode()
    authors = {one.author for one in town.platform.platform.store.parcels.values()}
    assert {"demo-sender", "sender-test", "sender-reference"} == authors


@pytest.mark.mission("F-08")
def test_no_secret_of_an_environment_goes_on_to_the_next(town: Town, clients: None) -> None:
    town.service.join(**FIXED, region="")
    town.authority.join()
    with town.at_work():
        assert town.service.shell(*VERIFY)["run"]["passed"]

    with pytest.raises(CasewayError) as refusal:
        move(town.service, "test", client_secret="")
    assert "sandbox" == town.service.shell("connections", "list")[0]["environment"]
    assert refusal.value.code in ("connection.settings_invalid", "connection.check_failed")


@pytest.mark.mission("F-08")
def test_a_run_in_which_the_platform_is_not_as_it_must_be_moves_nothing(town: Town) -> None:
    town.service.join(**FIXED, region="")
    town.authority.join()
    town.fault("wrong_set_signature", event="submit-submission")
    failed = town.service.shell("verify", "fit", "--large-mb", "0.05", "--patience", "1", status=1)
    shown = town.service.get("connections/fit/conformance")["items"]

    assert ("sandbox", False) == (failed["run"]["environment"], failed["run"]["passed"])
    assert "fit_connect.conform.sent" in {one["code"] for one in failed["run"]["findings"] if not one["ok"]}
    assert ["failed"] == [one["state"] for one in shown]
    assert "connection.conformance_missing" == refused(town.service, "test")


@pytest.mark.mission("F-08")
def test_with_other_settings_a_run_proves_nothing(town: Town) -> None:
    town.service.join(**FIXED, region="")
    town.authority.join()
    with town.at_work():
        town.service.shell(*VERIFY)
    town.service.join(**FIXED, region="", fragment_bytes=1000)

    assert "connection.conformance_missing" == refused(town.service, "test")


def questions(party: Service | Authority, status: int = 1) -> dict[str, dict[str, Any]]:
    """Return the checklist at the shell, by code."""
    return {one["code"]: one for one in party.shell("onboarding", "list", "fit", status=status)}


@pytest.mark.mission("F-09")
def test_the_checklist_says_what_is_open_and_who_answers(authority: Authority) -> None:
    authority.join()
    asked = questions(authority)
    officer = [code for code, one in asked.items() if one["who"] == "responsible_officer"]

    six = ["service", "service_key", "authority_reachable", "subject_schema", "way_of_answering", "re_use"]
    assert six == officer
    assert {"open"} == {asked[code]["state"] for code in six}
    assert ("satisfied", "open") == (asked["keys"]["state"], asked["conformance"]["state"])


@pytest.mark.mission("F-09")
def test_a_question_is_put_to_somebody_and_answered(authority: Authority) -> None:
    authority.join()
    authority.run("onboarding", "ask", "fit", "service_key", "--of", "Landesredaktion")
    waits = questions(authority)["service_key"]
    words = authority.run("onboarding", "request", "fit", "--who", "responsible_officer", "--language", "de")
    authority.run("onboarding", "answer", "fit", "service_key", "99010003001006")
    page = text(authority.person.get("/connections/fit/checklist/"))

    assert ("asked", "Landesredaktion") == (waits["state"], waits["asked_of"])
    assert "Leistungsschlüssel" in words.output or "LeiKa" in words.output
    assert "answered" == questions(authority)["service_key"]["state"]
    assert "99010003001006" in page


@pytest.mark.mission("F-09")
def test_the_checklist_ends_when_everything_is_settled(authority: Authority) -> None:
    authority.join()
    for code, one in questions(authority).items():
        if one["state"] == "open":
            authority.run("onboarding", "answer", "fit", code, "geklärt")

    assert not {one["state"] for one in questions(authority, status=0).values()} & {"open", "asked"}


@pytest.mark.mission("F-09")
def test_there_is_no_answer_to_a_question_that_nobody_asks(authority: Authority) -> None:
    authority.join()

    with pytest.raises(NotFound):
        authority.run("onboarding", "answer", "fit", "favourite_colour", "blue")
