"""What the platform does by itself when time has passed."""

from __future__ import annotations

import json

from caseway.rails.fit_connect.simulator import FitConnectSimulator
from tests.rails.fit_connect.simulator.driver import Party, announcement, answer, submitted

DAY = 86400


def test_what_is_not_finished_within_a_day_is_deleted(platform: FitConnectSimulator, sender: Party) -> None:
    made = sender.post("submissions", announcement("v2")).json()
    platform.advance(DAY - 60)
    assert {"incomplete": 1} == platform.counts()["submissions"]
    platform.advance(60)
    sender.login()
    assert ["create-submission", "delete-submission"] == sender.log(made["caseId"])
    assert 404 == sender.put(f"submissions/{made['submissionId']}", {}).status_code


def test_what_nobody_answers_for_fourteen_days_is_rejected(
    platform: FitConnectSimulator, sender: Party, subscriber: Party
) -> None:
    sent = submitted(sender)
    platform.advance(14 * DAY)
    subscriber.login()
    assert "reject-submission" == subscriber.log(sent["caseId"])[-1]
    assert 404 == subscriber.get(f"submissions/{sent['submissionId']}").status_code
    assert 409 == subscriber.event(sent["caseId"], answer(platform, sent, "accept")).status_code


def test_what_is_accepted_is_deleted_a_day_later(
    platform: FitConnectSimulator, sender: Party, subscriber: Party
) -> None:
    sent = submitted(sender)
    subscriber.event(sent["caseId"], answer(platform, sent, "accept"))
    platform.advance(DAY)
    assert {"deleted": 1} == platform.counts()["submissions"]
    assert "delete-submission" == platform.describe()["cases"][0]["events"][-1]["name"]


def test_the_clock_moves_over_the_admin_api(platform: FitConnectSimulator, sender: Party) -> None:
    before = platform.platform.store.clock.seconds()
    found = sender.http.post(f"{platform.addresses['admin']}/clock", json={"advance_seconds": DAY})
    assert 200 == found.status_code
    assert DAY <= platform.platform.store.clock.seconds() - before < DAY + 60
    back = sender.http.post(
        f"{platform.addresses['admin']}/clock", content=json.dumps({"advance_seconds": -1})
    )
    assert 400 == back.status_code
