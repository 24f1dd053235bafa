"""An answer goes once, by the way the applicant chose; where there is none, it says so."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from caseway.access.actor import Actor
from caseway.access.models import AuditEntry, Organisation, Role
from caseway.access.scope import scope
from caseway.answers.sending import answer_case
from caseway.cases.models import Case, Document, Event
from caseway.core.clock import Clock
from caseway.core.errors import CasewayError, Conflict, Invalid, NotFound, NotPermitted
from caseway.delivery.drain import drain_lane
from caseway.delivery.models import Connection, Delivery, Lane
from caseway.intake.contents import contents
from caseway.intake.data import ReplyWish
from caseway.intake.models import Submission
from caseway.intake.receive import Received
from caseway.testing.builders import a_case, a_connection, a_route, a_submission
from tests.answers.conftest import BY_MAIL, a_file


@pytest.fixture
def mail(organisation: Organisation) -> Connection:
    connection = a_connection(organisation, "mail", rail="email", name="Mail server")
    a_route(connection, "answers by e-mail", kind="answer", channel="email", position=50)
    return connection


@pytest.fixture
def printer(organisation: Organisation) -> Connection:
    connection = a_connection(organisation, "print", rail="print", name="Printing house")
    a_route(connection, "all answers by letter", kind="answer", position=10)
    return connection


def answer(actor: Actor, case: Case, key: str = "k1", **more: Any) -> Received:
    files = more.pop("files", [])
    return answer_case(actor, case.id, "Ihr Antrag", "Bitte senden Sie die Rasse.", files, key, **more)


def owed(organisation: Organisation) -> list[str]:
    with scope(organisation.id):
        return list(Delivery.objects.order_by("id").values_list("connection__slug", flat=True))


@pytest.mark.mission("F-07")
def test_an_answer_goes_by_the_way_the_applicant_chose(
    caseworker: Actor, case: Case, application: Submission, mail: Connection, printer: Connection
) -> None:
    made = answer(caseworker, case, files=[a_file()]).submission

    assert ["mail"] == owed(case.organisation)
    assert ("answer", "email", BY_MAIL, case.id) == (made.kind, made.channel, made.reply, made.case_id)
    assert ("out", "Ihr Antrag") == (made.message["direction"], made.message["subject"])


def test_what_no_way_of_its_own_leads_to_goes_by_the_route_for_all_channels(
    organisation: Organisation, caseworker: Actor, case: Case, mail: Connection, printer: Connection
) -> None:
    a_submission(organisation, case, reply={"channel": "fink", "address": "postfach-1"})
    answer(caseworker, case)

    assert ["print"] == owed(organisation)


@pytest.mark.mission("F-07")
def test_without_a_connected_way_it_stays_on_the_case_and_is_said(
    organisation: Organisation, caseworker: Actor, case: Case, mail: Connection
) -> None:
    a_submission(organisation, case, reply={"channel": "fink", "address": "postfach-1"})
    made = answer(caseworker, case).submission

    assert [] == owed(organisation)
    with scope(organisation.id):
        said = Event.objects.get(kind="answer.not_connected")
    assert (made.id, "fink") == (said.submission_id, said.data["channel"])


def test_a_rail_of_a_channel_carries_no_other_though_its_route_is_for_all(
    organisation: Organisation, caseworker: Actor, case: Case
) -> None:
    a_route(a_connection(organisation, "mail", rail="email"), "everything")
    a_submission(organisation, case, reply={"channel": "letter"})
    answer(caseworker, case)

    assert [] == owed(organisation)


def test_an_answer_is_also_filed_where_a_route_files_everything(
    organisation: Organisation, caseworker: Actor, case: Case, application: Submission, mail: Connection
) -> None:
    a_route(a_connection(organisation, "dms", rail="dms"), "everything")
    answer(caseworker, case)

    assert {"mail", "dms"} == set(owed(organisation))


def test_an_applicant_who_says_so_meanwhile_is_answered_elsewhere(
    organisation: Organisation, caseworker: Actor, case: Case, mail: Connection
) -> None:
    a_submission(organisation, case, reply={"channel": "fink", "address": "postfach-1"})
    to = ReplyWish(channel="email", address="max.mustermann@example.org")
    made = answer(caseworker, case, to=to).submission

    assert (["mail"], {"channel": "email", "address": "max.mustermann@example.org"}) == (
        owed(organisation),
        made.reply,
    )


@pytest.fixture
def came_over(organisation: Organisation, case: Case) -> Connection:
    """A connection over which the application of the case came, to be answered over."""
    connection = a_connection(organisation, "fit", rail="fit_connect", name="FIT-Connect")
    origin = {"connection": str(connection.id), "rail": "fit_connect", "remote_case_id": "case-1"}
    a_submission(organisation, case, reply={"channel": "fit_connect"}, origin=origin)
    a_route(connection, "answers", kind="answer", channel="fit_connect", position=90)
    return connection


@pytest.mark.mission("F-07")
def test_who_sent_it_is_answered_over_the_same_connection_and_no_other(
    organisation: Organisation, caseworker: Actor, case: Case, came_over: Connection
) -> None:
    a_route(a_connection(organisation, "fit-test", rail="fit_connect"), channel="fit_connect", position=1)
    answer(caseworker, case)

    assert ["fit"] == owed(organisation)


def words_of(made: Submission) -> list[tuple[str, Any]]:
    """The structured files of an answer, read."""
    with scope(made.organisation_id):
        found = Document.objects.filter(submission_id=made.id, role="structured")
        read = [(one, one.renditions.get()) for one in found]
    texts = []
    for document, rendition in read:
        with contents().open(rendition.sha256) as stream:
            texts.append((document.filename, json.loads(stream.read())))
    return texts


def test_over_that_connection_the_words_travel_as_data_too(
    caseworker: Actor, case: Case, came_over: Connection
) -> None:
    made = answer(caseworker, case, files=[a_file()]).submission

    expected = [("answer.json", {"subject": "Ihr Antrag", "body": "Bitte senden Sie die Rasse."})]
    assert expected == words_of(made)


def test_data_of_the_person_s_own_go_before(caseworker: Actor, case: Case, came_over: Connection) -> None:
    own = a_file("bescheid.json", part="structured")
    own = type(own)("structured", "bescheid.json", "application/json", [b'{"bescheid": 1}'])
    made = answer(caseworker, case, files=[own]).submission

    assert [("bescheid.json", {"bescheid": 1})] == words_of(made)


def test_elsewhere_no_data_are_added(
    caseworker: Actor, case: Case, application: Submission, mail: Connection
) -> None:
    assert [] == words_of(answer(caseworker, case).submission)


def test_the_same_request_again_is_the_same_answer_however_late(
    organisation: Organisation, caseworker: Actor, case: Case, application: Submission, mail: Connection,
    clock: Clock,
) -> None:  # fmt: skip
    first = answer(caseworker, case, files=[a_file()])
    clock.advance(timedelta(hours=1))
    again = answer(caseworker, case, files=[a_file()])

    assert (True, False, first.submission.id) == (first.created, again.created, again.submission.id)
    assert ["mail"] == owed(organisation)
    assert again.submission.message["sentAt"]


def test_the_same_key_for_other_words_is_refused(
    caseworker: Actor, case: Case, application: Submission
) -> None:
    answer(caseworker, case)

    with pytest.raises(Conflict) as raised:
        answer_case(caseworker, case.id, "Anderes", "Anderes", [], "k1")
    assert "submission.idempotency_conflict" == raised.value.code


def test_what_is_answered_carries_form_service_and_place_on(
    organisation: Organisation, caseworker: Actor, case: Case, application: Submission
) -> None:
    made = answer(caseworker, case).submission

    assert (application.form_id, application.service_id, application.test) == (
        made.form_id,
        made.service_id,
        made.test,
    )


def test_the_rail_sends_it_once(
    organisation: Organisation, caseworker: Actor, case: Case, application: Submission, mail: Connection,
    ways: Any,
) -> None:  # fmt: skip
    made = answer(caseworker, case).submission
    with scope(organisation.id):
        lanes = list(Lane.objects.values_list("id", flat=True))
    for lane in [*lanes, *lanes]:
        drain_lane(lane, "w1")

    assert [(mail.id, f"answer:{made.id}")] == ways["email"].entries


def test_who_sent_it_is_in_the_trail(
    organisation: Organisation, caseworker: Actor, case: Case, application: Submission, mail: Connection
) -> None:
    answer(caseworker, case)
    with scope(organisation.id):
        entry = AuditEntry.objects.get(action="answers.send")

    assert ("1", "email", True) == (entry.actor, entry.details["channel"], entry.details["connected"])


@pytest.mark.parametrize(
    ("subject", "body", "field"),
    [("", "Text", "subject"), ("x" * 301, "Text", "subject"), ("Zeile\r\nBcc: x", "Text", "subject"),
     ("Ihr Antrag", " \n ", "body"), ("Ihr Antrag", "x" * 100_001, "body"), ("Ihr Antrag", "\0", "body")],
)  # fmt: skip
def test_what_cannot_be_said_is_named_by_its_field(
    caseworker: Actor, case: Case, application: Submission, subject: str, body: str, field: str
) -> None:
    with pytest.raises(Invalid) as raised:
        answer_case(caseworker, case.id, subject, body, [], "k1")

    assert ("answer.invalid", [field]) == (raised.value.code, list(raised.value.details["fields"]))


def test_a_case_to_which_nothing_came_cannot_be_answered(caseworker: Actor, case: Case) -> None:
    with pytest.raises(Conflict) as raised:
        answer(caseworker, case)

    assert "answer.nothing_to_answer" == raised.value.code


def test_a_copy_of_another_system_s_case_is_not_answered_here(
    organisation: Organisation, caseworker: Actor
) -> None:
    copied = a_case(organisation, source_system="openzaak")
    a_submission(organisation, copied, reply=BY_MAIL)

    with pytest.raises(Conflict) as raised:
        answer(caseworker, copied)
    assert "case.read_only" == raised.value.code


def test_another_organisation_s_case_is_not_there(
    other_organisation: Organisation, case: Case, application: Submission
) -> None:
    stranger = Actor("user", "2", "Lieschen Müller", other_organisation.id, role=Role.ADMINISTRATOR)

    with pytest.raises(NotFound):
        answer(stranger, case)


@pytest.mark.parametrize(
    "who",
    [Actor("user", "3", "Max", None, role=Role.AUDITOR),  # type: ignore[arg-type]
     Actor("client", "c", "Portal", None, scopes=frozenset({"submissions:write"}))],  # type: ignore[arg-type]
)  # fmt: skip
def test_who_may_not_answer_does_not(who: Actor, case: Case, application: Submission) -> None:
    with pytest.raises(CasewayError) as raised:
        answer(replace(who, organisation_id=case.organisation_id), case)
    assert isinstance(raised.value, NotPermitted)


def test_a_system_with_the_scope_may_answer(case: Case, application: Submission, mail: Connection) -> None:
    system = Actor("client", "c1", "eAkte", case.organisation_id, scopes=frozenset({"answers:write"}))

    assert "c1" == answer(system, case).submission.sender
