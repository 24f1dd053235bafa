"""Documents, cases, events, connections, health and metrics over REST."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from caseway.access.models import AuditEntry, Organisation
from caseway.access.scope import scope
from caseway.cases import events
from tests.api.conftest import Sender

CONTENT = b"%PDF-1.4\n" + bytes(range(256)) * 5000


@pytest.fixture
def document(sender: Sender) -> dict[str, Any]:
    accepted = sender.submit({}, [("a", "Führung.pdf", "application/pdf", CONTENT)]).json()
    found: dict[str, Any] = sender.get(f"documents/{accepted['documents'][0]['id']}").json()
    return found


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_a_content_comes_back_as_it_was_sent(sender: Sender, document: dict[str, Any]) -> None:
    answer = sender.get(document["content"])

    assert (200, CONTENT) == (answer.status_code, body(answer))
    disposition = answer.headers["Content-Disposition"]
    assert "attachment; filename=\"F_hrung.pdf\"; filename*=UTF-8''F%C3%BChrung.pdf" == disposition
    assert "nosniff" == answer.headers["X-Content-Type-Options"]


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=5-", 5, len(CONTENT) - 1),
        ("bytes=-7", len(CONTENT) - 7, len(CONTENT) - 1),
    ],
)
def test_a_range_of_a_content(
    sender: Sender, document: dict[str, Any], asked: str, first: int, last: int
) -> None:
    answer = sender.get(document["content"], Range=asked)

    assert (206, CONTENT[first : last + 1]) == (answer.status_code, body(answer))
    assert f"bytes {first}-{last}/{len(CONTENT)}" == answer.headers["Content-Range"]


def test_a_range_behind_the_end_is_refused(sender: Sender, document: dict[str, Any]) -> None:
    answer = sender.get(document["content"], Range=f"bytes={len(CONTENT)}-")

    assert (416, "request.range") == (answer.status_code, answer.json()["code"])


def test_who_read_a_content_is_in_the_trail(
    sender: Sender, document: dict[str, Any], organisation: Organisation
) -> None:
    body(sender.get(document["content"]))

    with scope(organisation.id):
        assert AuditEntry.objects.filter(action="document.content", subject_id=document["id"]).exists()


def test_a_case_shows_what_came_for_it(sender: Sender) -> None:
    accepted = sender.submit({"case": {"reference": "AZ-1"}}).json()

    found = sender.get(f"cases/{accepted['caseId']}").json()

    assert ("AZ-1", [accepted["id"]]) == (found["reference"], [one["id"] for one in found["submissions"]])


def test_who_follows_the_cursor_gets_every_event_once(sender: Sender) -> None:
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        sender.submit()
        page = sender.get(f"events?after={cursor}").json()
        seen += [event["id"] for event in page["items"]]
        cursor = page["next"]

    assert len(seen) == len(set(seen))
    assert seen == [event["id"] for event in sender.get("events").json()["items"]]


def test_an_event_that_is_committed_late_is_not_missed(sender: Sender, organisation: Organisation) -> None:
    written, commit = threading.Event(), threading.Event()

    def slowly() -> None:
        with scope(organisation.id):
            events.record("case.opened", organisation.id, note="late")
            written.set()
            commit.wait(20)
        connection.close()

    late = threading.Thread(target=slowly)
    late.start()
    written.wait(20)
    sender.submit()
    early = sender.get("events").json()
    commit.set()
    late.join(20)
    then = sender.get(f"events?after={early['next']}").json()

    assert [] == early["items"]
    assert {"note": "late"} in [event["data"] for event in then["items"]]


def test_a_wrong_cursor_is_refused(sender: Sender) -> None:
    assert "event.cursor_invalid" == sender.get("events?after=x").json()["code"]


def test_health_and_metrics_need_no_login_on_the_machine_itself(db: None) -> None:
    nobody = Sender("")

    assert {"status": "ok"} == nobody.get("/health/live").json()
    assert "ok" == nobody.get("/health/ready").json()["checks"]["database"]
    assert b"caseway_oldest_undelivered_seconds" in nobody.get("/metrics").content


def test_metrics_are_refused_through_a_proxy(db: None) -> None:
    assert 401 == Sender("").get("/metrics", **{"X-Forwarded-For": "203.0.113.9"}).status_code
