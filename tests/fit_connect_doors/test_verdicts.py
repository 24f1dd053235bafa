"""What became of what was sent, told over the interface and in the portal: accepted, or rejected and why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from caseway.core.clock import Clock
from caseway.rails.fit_connect.problems import problem
from tests.fit_connect_doors.town import Town
from tests.portal_setup.pages import text

pytestmark = pytest.mark.mission("F-04")

MISSING = problem("missing-data", "data", "Die Flurstücksnummer fehlt.").as_json()


def connect(town: Town, **how: str) -> None:
    town.service.join()
    town.authority.join(**how)


def log_of(town: Town, submission_id: str) -> str:
    """Return what a person reads in the log of a message."""
    return text(town.service.person.get(f"/messages/{submission_id}/?view=log"))


def test_an_acceptance_is_told_over_the_interface_and_in_the_portal(town: Town) -> None:
    connect(town)
    sent = town.service.hand_in()
    town.service.work()
    before = town.service.told(sent)
    town.work()

    assert (("sent", ""), ("delivered", "")) == (before, town.service.told(sent))
    page = log_of(town, sent)
    assert [] == [name for name in ("submit-submission", "accept-submission") if name not in page]


def test_a_rejection_is_told_with_the_problems_it_names(town: Town) -> None:
    connect(town, accept="by_person")
    sent = town.service.hand_in()
    town.work()
    arrival = town.authority.arrival()
    reason = {name: MISSING[name] for name in ("type", "instance", "detail")}
    town.authority.post(f"arrivals/{arrival['id']}/reject", problems=[reason])
    town.work()

    told = town.service.delivery(sent)
    assert ("refused", "fit_connect.rejected") == (told["state"], told["code"])
    assert [MISSING] == told["details"]["problems"]
    assert "Die Flurstücksnummer fehlt." in text(town.service.person.get(f"/messages/{sent}/"))


@pytest.mark.parametrize("forgery", ["wrong_set_signature", "wrong_issuer"])
def test_a_forged_verdict_decides_nothing_and_is_shown_as_not_verified(town: Town, forgery: str) -> None:
    connect(town)
    sent = town.service.hand_in()
    town.service.work()
    town.receive()
    town.authority.work()
    town.fault(forgery, event="accept-submission")
    town.follow()

    assert "sent" == town.service.told(sent)[0]
    assert "not verified" in log_of(town, sent)
    town.platform.faults.clear()
    town.follow()
    assert ("delivered", "") == town.service.told(sent)


def test_an_acceptance_of_another_content_is_no_acceptance(town: Town) -> None:
    connect(town)
    sent = town.service.hand_in()
    town.service.work()
    town.receive()
    town.authority.work()
    town.fault("tamper_tag_in_set", event="accept-submission")
    town.follow()

    assert "delivered" != town.service.told(sent)[0]


def test_what_nobody_answers_is_ended_by_the_platform_and_told(town: Town, clock: Clock) -> None:
    connect(town)
    sent = town.service.hand_in()
    town.service.work()
    clock.advance(timedelta(days=15))  # the platform in this process goes by it too
    town.follow()
    town.service.log_in_again()

    assert ("refused", "fit_connect.rejected") == town.service.told(sent)
