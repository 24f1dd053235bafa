"""A submission over REST: durable, once, and found again."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.cases.models import Case, Document, Event
from caseway.intake.models import Submission
from tests.api.conftest import Sender

DOG = {
    "form": {"id": "hund-an", "name": "Anmeldung eines Hundes", "version": "4"},
    "service": {"id": "hundesteuer", "name": "Hundesteuer anmelden", "leikaId": "99102013104000"},
    "applicant": {"type": "person", "givenName": "Erika", "familyName": "Mustermann"},
    "submittedAt": "2026-11-16T14:03:00+01:00",
    "documents": [{"part": "impfpass", "title": "Impfpass", "fieldKey": "f7"}],
}
XML = ("structured", "antrag.xml", "application/xml", b"<antrag><hund>Rex</hund></antrag>")
PDF = (
    "impfpass",
    "Impfpass.pdf",
    "application/pdf",
    b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n%%EOF\n",
)


def test_a_submission_is_answered_with_what_was_stored(sender: Sender) -> None:
    answer = sender.submit(DOG, [XML, PDF])

    assert 201 == answer.status_code, answer.content
    body = answer.json()
    assert ["structured", "attachment"] == [document["role"] for document in body["documents"]]
    assert [hashlib.sha256(part[3]).hexdigest() for part in (XML, PDF)] == [
        document["sha256"] for document in body["documents"]
    ]
    assert f"/api/v1/submissions/{body['id']}" == answer.headers["Location"]


def test_it_is_found_again_with_everything_that_became_of_it(sender: Sender) -> None:
    accepted = sender.submit(DOG, [XML, PDF]).json()

    found = sender.get(f"submissions/{accepted['id']}").json()

    assert accepted["reference"] == found["reference"]
    assert "Erika" == found["applicant"]["givenName"]
    assert ("Impfpass", "f7") == (found["documents"][1]["title"], found["documents"][1]["fieldKey"])
    kinds = [event["kind"] for event in found["events"]]
    assert {"case.opened", "submission.accepted", "delivery.not_applicable"} == set(kinds)
    assert "2026-11-16T13:03:00Z" == found["submittedAt"]


def test_the_same_request_gets_the_first_answer(sender: Sender) -> None:
    first = sender.submit(DOG, [XML, PDF], key="k-1")
    again = sender.submit(DOG, [XML, PDF], key="k-1")

    assert (201, 200) == (first.status_code, again.status_code)
    assert first.content == again.content
    assert "true" == again.headers["Idempotent-Replay"]
    assert "Idempotent-Replay" not in first.headers


def test_composed_and_decomposed_letters_are_the_same_request(sender: Sender) -> None:
    first = sender.submit({"form": {"name": "Änderung"}}, key="k-1")
    again = sender.submit({"form": {"name": "A\u0308nderung"}}, key="k-1")

    assert first.content == again.content


@pytest.mark.parametrize(
    ("other", "files"),
    [
        (DOG | {"channel": "mail"}, [XML, PDF]),
        (DOG, [(*XML[:3], b"<antrag/>"), PDF]),
        (DOG, [(XML[0], "anders.xml", *XML[2:]), PDF]),
        (DOG, [PDF, XML]),
    ],
    ids=["other words", "other content", "other file name", "other order"],
)
def test_the_same_key_with_other_content_is_a_conflict(sender: Sender, other: Any, files: Any) -> None:
    sender.submit(DOG, [XML, PDF], key="k-1")

    answer = sender.submit(other, files, key="k-1")

    assert (409, "submission.idempotency_conflict") == (answer.status_code, answer.json()["code"])


def test_two_senders_may_use_the_same_key(
    organisation: Organisation, sender_of: Callable[..., Sender]
) -> None:
    answers = [sender_of(organisation).submit(DOG, [PDF], key="k-1") for _ in range(2)]

    assert [201, 201] == [answer.status_code for answer in answers]


def test_of_requests_at_the_same_moment_one_is_stored(sender: Sender, organisation: Organisation) -> None:
    answers = at_once(lambda: sender.submit(DOG, [XML, PDF], key="k-1"), 6)

    assert [200] * 5 + [201] == sorted(answer.status_code for answer in answers)
    assert 1 == len({answer.content for answer in answers})
    with scope(organisation.id):
        assert (1, 1, 2) == (Submission.objects.count(), Case.objects.count(), Document.objects.count())


def test_submissions_at_the_same_moment_open_a_named_case_once(sender: Sender) -> None:
    answers = at_once(lambda: sender.submit({"case": {"reference": "AZ-1"}}), 6)

    assert {201} == {answer.status_code for answer in answers}
    assert 1 == len({answer.json()["caseId"] for answer in answers})


def test_a_later_message_goes_to_the_case_of_the_earlier_application(sender: Sender) -> None:
    first = sender.submit(DOG, [XML, PDF]).json()
    message = {"kind": "message", "message": {"subject": "Nachreichung", "body": "Anbei.\nGruß"}}

    by_id = sender.submit(message | {"continues": first["id"]}).json()
    by_reference = sender.submit(message | {"continues": first["reference"]}).json()
    by_case = sender.submit(message | {"case": {"reference": first["caseReference"]}}).json()

    assert {first["caseId"]} == {answer["caseId"] for answer in (by_id, by_reference, by_case)}


def test_a_submission_of_another_organisation_cannot_be_continued_or_seen(
    sender: Sender, other_organisation: Organisation, sender_of: Callable[..., Sender]
) -> None:
    stranger = sender_of(other_organisation)
    theirs = stranger.submit(DOG, [PDF]).json()

    continued = sender.submit({"continues": theirs["id"]})

    assert (422, "submission.continues_unknown") == (continued.status_code, continued.json()["code"])
    assert 404 == sender.get(f"submissions/{theirs['id']}").status_code
    assert [] == sender.get("submissions").json()["items"]


def test_the_event_and_the_submission_are_one_transaction(sender: Sender, organisation: Organisation) -> None:
    accepted = sender.submit(DOG, [XML, PDF]).json()

    with scope(organisation.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.xmin = e.xmin FROM intake_submission s JOIN cases_event e ON e.submission_id = s.id"
            " WHERE s.id = %s",
            [accepted["id"]],
        )
        assert {(True,)} == set(cursor.fetchall())
        assert 3 == Event.objects.count()


def test_pages_of_submissions_hold_each_once(sender: Sender) -> None:
    sent = [sender.submit({"form": {"id": f"f{n}"}}).json()["id"] for n in range(5)]

    first = sender.get("submissions?limit=3").json()
    second = sender.get(f"submissions?limit=3&after={first['next']}").json()

    listed = [item["id"] for item in first["items"] + second["items"]]
    assert sorted(sent) == sorted(listed)
    assert second["next"] is None


def test_a_list_shows_nothing_of_the_applicant(sender: Sender) -> None:
    sender.submit(DOG, [PDF])

    assert "Erika" not in sender.get("submissions?form=hund-an").content.decode()


def test_a_submission_seen_unchanged_is_not_sent_again(sender: Sender) -> None:
    address = f"submissions/{sender.submit(DOG, [PDF]).json()['id']}"
    tag = sender.get(address).headers["ETag"]

    again = sender.get(address, **{"If-None-Match": tag})

    assert (304, b"") == (again.status_code, again.content)


def at_once(act: Callable[[], Any], times: int) -> list[Any]:
    """Do the same in several threads at the same moment and return what came of it."""
    gate, results = threading.Barrier(times), []

    def run() -> None:
        gate.wait(10)
        try:
            results.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results
