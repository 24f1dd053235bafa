"""The conversation of a case: read in order, answered by the way the applicant chose, or honestly by none."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.cases.models import Case, Document
from caseway.delivery.models import Delivery, DeliveryState
from caseway.intake.models import Submission
from caseway.testing.builders import a_case, a_connection, a_route, a_submission

pytestmark = pytest.mark.mission("F-07")
MAIL = {"channel": "email", "address": "erika.mustermann@example.org"}


@pytest.fixture
def case(organisation: Organisation) -> Case:
    case = a_case(organisation)
    a_submission(organisation, case, reply=MAIL)
    return case


@pytest.fixture
def mail(organisation: Organisation) -> None:
    connection = a_connection(organisation, "mail", rail="email", name="Mail server")
    a_route(connection, "answers by e-mail", kind="answer", channel="email")


def address(case: Case) -> str:
    return reverse("portal:conversation", args=[case.id])


def page(client: Client, case: Case) -> str:
    return client.get(address(case)).content.decode()


def form(client: Client, case: Case, **more: object) -> dict[str, object]:
    """The form as the page gives it, filled in."""
    found = re.search(r'name="key" value="([^"]+)"', page(client, case))
    assert found is not None
    return {"key": found[1], "subject": "Nachfrage", "body": "Welche Rasse?\r\nDanke.", **more}


def answers(organisation: Organisation) -> list[Submission]:
    with scope(organisation.id):
        return list(Submission.objects.filter(kind="answer").order_by("id"))


def test_it_says_beforehand_which_way_the_answer_goes(administrator: Client, case: Case, mail: None) -> None:
    text = page(administrator, case)

    assert "The answer goes by e-mail, over Mail server. To: erika.mustermann@example.org." in text
    assert "Send the answer" in text


def test_where_no_way_is_connected_it_says_so_before_and_after(
    organisation: Organisation, administrator: Client, case: Case
) -> None:
    a_submission(organisation, case, reply={"channel": "fink", "address": "postfach-1"})

    assert "Not connected: FINK" in page(administrator, case)
    administrator.post(address(case), form(administrator, case))
    assert "not connected: FINK" in page(administrator, case)


def test_an_answer_with_a_document_is_owed_once_however_often_the_form_is_sent(
    organisation: Organisation, administrator: Client, case: Case, mail: None
) -> None:
    filled = form(administrator, case)
    for _ in range(2):
        paper = SimpleUploadedFile("bescheid.pdf", b"%PDF-1.7 Bescheid", "application/pdf")
        assert 302 == administrator.post(address(case), {**filled, "files": paper}).status_code
    (made,) = answers(organisation)

    assert "Welche Rasse?\nDanke." == made.message["body"]
    with scope(organisation.id):
        assert ["bescheid.pdf"] == [one.filename for one in Document.objects.filter(submission_id=made.id)]
        assert [made.id] == [one.submission_id for one in Delivery.objects.all()]


def test_what_was_said_stands_in_order_with_how_far_it_has_come(
    organisation: Organisation, administrator: Client, case: Case, mail: None
) -> None:
    administrator.post(address(case), form(administrator, case))
    a_submission(organisation, case, kind="message", message={"subject": "Re", "body": "Ein Dackel."})
    text = page(administrator, case)
    told = ["From the applicant", "waiting to send", "Welche Rasse?", "Ein Dackel."]

    assert sorted(text.index(words) for words in told) == [text.index(words) for words in told]


def test_an_applicant_may_be_answered_elsewhere(
    organisation: Organisation, administrator: Client, case: Case, mail: None
) -> None:
    elsewhere = {"to": "email", "address": "max.mustermann@example.org"}
    administrator.post(address(case), form(administrator, case, **elsewhere))
    (made,) = answers(organisation)

    assert {"channel": "email", "address": "max.mustermann@example.org"} == made.reply


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"subject": ""}, "An answer needs a subject"),
        ({"body": "  "}, "An answer says something"),
        ({"to": "email", "address": "a\nb"}, "This cannot be an address."),
        ({"files": SimpleUploadedFile("leer.pdf", b"", "application/pdf")}, "#files"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    organisation: Organisation, administrator: Client, case: Case, typed: dict[str, object], words: str
) -> None:
    filled = {**form(administrator, case), "subject": "Nachfrage", "body": "Welche Rasse?", **typed}
    answer = administrator.post(address(case), filled)
    text = answer.content.decode()

    assert (422, True, True) == (answer.status_code, words in text, "error-summary" in text)
    assert str(filled["key"]) in text
    assert [] == answers(organisation)


def test_an_auditor_reads_no_words_and_has_no_form(
    organisation: Organisation, administrator: Client, auditor: Client, case: Case, mail: None
) -> None:
    administrator.post(address(case), form(administrator, case))
    text = page(auditor, case)

    assert ("Welche Rasse?" in text, 'name="body"' in text) == (False, False)
    assert "erika.mustermann@example.org" not in text
    assert 403 == auditor.post(address(case), {"subject": "x", "body": "y"}).status_code


def test_another_organisation_s_conversation_is_not_there(neighbour: Client, case: Case) -> None:
    assert 404 == neighbour.get(address(case)).status_code


def test_a_copy_is_read_and_not_answered(organisation: Organisation, administrator: Client) -> None:
    copied = a_case(organisation, source_system="openzaak")
    a_submission(organisation, copied, reply=MAIL)

    assert 'name="body"' not in page(administrator, copied)


def test_why_an_answer_does_not_go_out_stands_with_it(
    organisation: Organisation, administrator: Client, case: Case, mail: None
) -> None:
    administrator.post(address(case), form(administrator, case))
    with scope(organisation.id):
        Delivery.objects.update(
            state=DeliveryState.REFUSED, code="email.refused", sentence="The server does not take this mail."
        )

    assert "The server does not take this mail." in page(administrator, case)


def test_the_page_of_an_answer_says_where_it_goes(
    organisation: Organisation, administrator: Client, case: Case
) -> None:
    a_submission(organisation, case, reply={"channel": "fink", "address": "postfach-1"})
    administrator.post(address(case), form(administrator, case))
    (made,) = answers(organisation)
    text = administrator.get(reverse("portal:message", args=[made.id])).content.decode()

    assert [] == [
        words
        for words in ("Answer written, to go by FINK", "Not connected: FINK", "Goes by", address(case))
        if words not in text
    ]
