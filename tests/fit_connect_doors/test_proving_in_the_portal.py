"""The conformance run of FIT-Connect from the button on its page to what a person reads there (F-08)."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

from caseway.delivery import tasks
from caseway.delivery.reports import check_report
from tests.fit_connect_doors.town import OFFICE, SERVICE, Town
from tests.portal_setup.pages import text

pytestmark = pytest.mark.mission("F-08")

HOME = "/connections/fit/conformance/"
CLAUSES = 6
FIXED = {"addressing": "fixed", "destination_id": OFFICE, "service_identifier": SERVICE, "region": ""}


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """What was given to the workers."""
    given: list[dict[str, str]] = []
    monkeypatch.setattr(tasks.make_run, "defer", lambda **job: given.append(job))
    return given


def pressed(town: Town, jobs: list[dict[str, str]], patience: int = 30) -> str:
    """Press the button on the page and have a worker make the run; return the address of the run."""
    page = html.fromstring(town.service.person.get(HOME).content.decode())
    (form,) = page.xpath("//form[contains(@action, '/conformance/run/')]")
    said = {**dict(form.form_values()), "large": "1", "patience": str(patience)}
    answer: Any = town.service.person.post(form.get("action"), said)
    tasks.make_run(**jobs.pop())
    return str(answer["Location"])


def test_a_run_from_the_button_to_the_proof_that_moves_the_connection_on(
    town: Town, jobs: list[dict[str, str]]
) -> None:
    town.service.join(**FIXED)
    town.authority.join()
    before = text(town.service.person.get(HOME))
    with town.at_work():
        run = pressed(town, jobs)
    page, home = text(town.service.person.get(run)), text(town.service.person.get(HOME))
    report = check_report(town.service.person.get(f"{run}report/").content.decode())
    form = html.fromstring(town.service.person.get("/connections/fit/move/test/").content.decode())

    assert "There is no passed conformance run" in before
    assert f"{CLAUSES} of {CLAUSES} clauses tried" in page
    assert "Everything is proven" in page
    assert "4 forgeries of a true event were refused." in page
    assert "the way is free" in home
    assert report.passed
    assert ["test"] == form.xpath("//select[@name='environment']/option[@selected]/@value")


def test_a_run_that_fails_says_at_which_clause_why_and_what_to_mend(
    town: Town, jobs: list[dict[str, str]]
) -> None:
    town.service.join(**FIXED)
    town.authority.join()
    town.fault("certificate_revoked")
    run = pressed(town, jobs, patience=1)
    page, home = text(town.service.person.get(run)), text(town.service.person.get(HOME))

    assert "Mend what is named below" in page
    assert "fit_connect.certificate_revoked" in page
    assert "None" not in page
    assert "not yet" in home
    assert 302 == town.service.person.get("/connections/fit/move/test/").status_code


def test_a_platform_that_does_not_let_us_in_ends_the_run_at_its_first_clause(
    town: Town, jobs: list[dict[str, str]]
) -> None:
    town.service.join(**FIXED)
    town.platform.add_client(id="demo-sender", secret="another one by now")
    town.platform.platform.login.revoke()
    run = pressed(town, jobs, patience=1)
    page = text(town.service.person.get(run))

    assert f"1 of {CLAUSES} clauses tried" in page
    assert CLAUSES - 1 == page.count("This was not tried.")
    assert ("oauth.refused" in page, "not passed" in page) == (True, True)


def test_a_receiver_proves_itself_by_its_page_with_what_a_sender_s_run_hands_over(
    town: Town, jobs: list[dict[str, str]]
) -> None:
    town.service.join(**FIXED)
    town.authority.join()
    town.authority.shell("connections", "pause", "fit", "--reason", "Its run answers what waits.")
    sending = town.service.shell("verify", "fit", "--large-mb", "0.05", "--patience", "1", status=1)
    answer: Any = town.authority.person.post(f"{HOME}run/", {"place": "", "large": "1", "patience": "10"})
    tasks.make_run(**jobs.pop())
    page = text(town.authority.person.get(str(answer["Location"])))

    judged = [one["code"] for one in sending["run"]["findings"] if not one["ok"]]
    assert ["fit_connect.conform.judged"] == judged  # nobody looked at it in that second
    assert "Everything is proven" in page
    assert {"accept-submission", "reject-submission"} <= set(town.events())
