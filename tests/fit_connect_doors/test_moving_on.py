"""From one environment to the next, each with its proof (F-08), and what is to be settled first (F-09)."""

from __future__ import annotations

from typing import Any

import pytest

from caseway.core.errors import Conflict, NotFound
from tests.fit_connect_doors.town import OFFICE, SERVICE, Authority, Service, Town, written
from tests.portal_setup.pages import text

FIXED = {"addressing": "fixed", "destination_id": OFFICE, "service_identifier": SERVICE}
VERIFY = ("verify", "fit", "--large-mb", "0.05", "--patience", "30")


def move(service: Service, environment: str) -> str:
    """Move the connection on with the settings it has; secrets are entered anew."""
    who = {"client_id": "demo-sender", "client_secret": "demo-sender-secret", "roles": "send", "region": ""}
    file = written({**service.settings(**who, **FIXED)})
    words = ("connections", "promote", "fit", "--environment", environment, "--settings", str(file))
    return str(service.shell(*words)["environment"])


def refused(service: Service, environment: str) -> str:
    with pytest.raises(Conflict) as refusal:
        move(service, environment)
    return refusal.value.code


@pytest.mark.mission("F-08")
def test_from_the_sandbox_to_the_reference_with_a_run_in_each_environment(town: Town) -> None:
    town.service.join(**FIXED, region="")
    town.authority.join()
    codes = [refused(town.service, "test")]
    with town.at_work():
        runs = [town.service.shell(*VERIFY)]
        at = [move(town.service, "test")]
        codes.append(refused(town.service, "reference"))
        runs.append(town.service.shell(*VERIFY))
        at.append(move(town.service, "reference"))

    assert ["connection.conformance_missing"] * 2 == codes
    assert ["test", "reference"] == at
    assert [("sandbox", True), ("test", True)] == [
        (one["run"]["environment"], one["run"]["passed"]) for one in runs
    ]


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
