"""Which way an answer will go is said beforehand; the conversation shows how far each came."""

from __future__ import annotations

from datetime import timedelta

import pytest

from caseway.access.actor import Actor
from caseway.access.models import AuditEntry, Organisation, Role
from caseway.access.scope import scope
from caseway.answers import words
from caseway.answers.conversation import Turn, conversation
from caseway.answers.sending import answer_case
from caseway.answers.ways import Ways, ways_of
from caseway.cases.models import Case
from caseway.core.clock import Clock, now
from caseway.core.errors import Conflict, NotFound
from caseway.delivery.models import Connection
from caseway.intake.contents import contents
from caseway.intake.models import Submission
from caseway.testing.builders import a_connection, a_route, a_submission
from tests.answers.conftest import a_file


@pytest.fixture
def mail(organisation: Organisation) -> Connection:
    connection = a_connection(organisation, "mail", rail="email", name="Mail server")
    a_route(connection, "answers by e-mail", kind="answer", channel="email", position=50)
    return connection


@pytest.fixture
def auditor(organisation: Organisation) -> Actor:
    return Actor("user", "2", "Erika Mustermann", organisation.id, role=Role.AUDITOR)


def ways(actor: Actor, case: Case) -> Ways:
    with scope(case.organisation_id):
        return ways_of(actor, case.id)


def said(actor: Actor, case: Case) -> list[Turn]:
    with scope(case.organisation_id):
        return conversation(actor, case.id)


@pytest.mark.mission("F-07")
def test_the_way_the_applicant_chose_is_named_with_its_connection(
    caseworker: Actor, case: Case, application: Submission, mail: Connection
) -> None:
    found = ways(caseworker, case)

    assert found.way is not None
    assert ("email", "erika.mustermann@example.org", "Mail server", "answers by e-mail", False) == (
        found.channel,
        found.address,
        found.way.name,
        found.way.route,
        found.way.fallback,
    )


@pytest.mark.parametrize("channel", ["fink", "elster", "de_mail", "mailbox", "letter", "fit_connect", ""])
def test_what_nothing_connected_leads_to_is_not_connected(
    organisation: Organisation, caseworker: Actor, case: Case, mail: Connection, channel: str
) -> None:
    a_submission(organisation, case, reply={"channel": channel} if channel else {})
    found = ways(caseworker, case)

    assert (channel, False, ["email"]) == (
        found.channel,
        found.connected,
        [one.channel for one in found.others],
    )


def test_a_way_for_everything_else_is_a_fallback(
    organisation: Organisation, caseworker: Actor, case: Case
) -> None:
    a_route(a_connection(organisation, "print", rail="print", name="Printing house"), kind="answer")
    a_submission(organisation, case, reply={"channel": "elster"})
    found = ways(caseworker, case)

    assert found.way is not None
    assert ("Printing house", True, []) == (found.way.name, found.way.fallback, list(found.others))


def test_a_paused_way_is_named_and_said_to_be_at_rest(
    organisation: Organisation, caseworker: Actor, case: Case, application: Submission, mail: Connection
) -> None:
    with scope(organisation.id):
        Connection.objects.filter(id=mail.id).update(paused_at=now())
    found = ways(caseworker, case)

    assert found.way is not None
    assert not found.way.usable


def test_the_newest_application_that_names_a_way_decides(
    organisation: Organisation, caseworker: Actor, case: Case, application: Submission
) -> None:
    a_submission(organisation, case, reply={"channel": "letter"})
    a_submission(organisation, case)

    assert "letter" == ways(caseworker, case).channel


def test_where_the_applicant_is_reached_is_not_for_everybody(
    auditor: Actor, case: Case, application: Submission, mail: Connection
) -> None:
    assert ("email", "") == (ways(auditor, case).channel, ways(auditor, case).address)


def test_a_case_to_which_nothing_came_has_no_way(caseworker: Actor, case: Case) -> None:
    with pytest.raises(Conflict):
        ways(caseworker, case)


@pytest.mark.mission("F-07")
def test_a_conversation_goes_both_ways_in_order(
    organisation: Organisation, caseworker: Actor, case: Case, application: Submission, mail: Connection,
    clock: Clock,
) -> None:  # fmt: skip
    clock.advance(timedelta(hours=1))
    answer_case(caseworker, case.id, "Nachfrage", "Welche Rasse?", [a_file()], "k1")
    clock.advance(timedelta(hours=1))
    a_submission(organisation, case, kind="message", message={"subject": "Re: Nachfrage", "body": "Dackel"})
    turns = said(caseworker, case)

    assert [
        ("in", "application", "received", "Hundesteuer, Anmeldung", ""),
        ("out", "answer", "waiting", "Nachfrage", "Welche Rasse?"),
        ("in", "message", "received", "Re: Nachfrage", "Dackel"),
    ] == [(one.direction, one.kind, one.state, one.subject, one.body) for one in turns]
    assert ["bescheid.pdf"] == [one.filename for one in turns[1].documents]
    assert turns[1].delivery is not None
    assert mail.id == turns[1].delivery.connection_id


def test_an_answer_that_went_nowhere_is_shown_as_such_though_it_was_filed(
    organisation: Organisation, caseworker: Actor, case: Case
) -> None:
    a_route(a_connection(organisation, "dms", rail="dms"), "everything")
    a_submission(organisation, case, reply={"channel": "fink"})
    answer_case(caseworker, case.id, "Nachfrage", "Welche Rasse?", [], "k1")
    turn = said(caseworker, case)[-1]

    assert ("not_connected", "fink", None) == (turn.state, turn.channel, turn.delivery)


def test_who_may_not_read_documents_reads_no_words(
    caseworker: Actor, auditor: Actor, case: Case, application: Submission
) -> None:
    answer_case(caseworker, case.id, "Nachfrage", "Welche Rasse?", [], "k1")

    assert ["", ""] == [one.body for one in said(auditor, case)]


def test_reading_a_conversation_is_in_the_trail(
    organisation: Organisation, caseworker: Actor, case: Case, application: Submission
) -> None:
    said(caseworker, case)
    with scope(organisation.id):
        assert [str(case.id)] == list(
            AuditEntry.objects.filter(action="conversation.read").values_list("subject_id", flat=True)
        )


def test_another_organisation_s_conversation_is_not_there(
    other_organisation: Organisation, case: Case, application: Submission
) -> None:
    stranger = Actor("user", "3", "Lieschen Müller", other_organisation.id, role=Role.ADMINISTRATOR)

    with pytest.raises(NotFound), scope(other_organisation.id):
        conversation(stranger, case.id)


def test_who_sent_it_over_a_connection_and_chose_nothing_gets_a_letter(
    organisation: Organisation, caseworker: Actor, case: Case
) -> None:
    """FIT-Connect metadata 2.1.0, replyChannel."""
    a_submission(organisation, case, origin={"connection": str(case.id), "remote_case_id": "c"})

    assert "letter" == ways(caseworker, case).channel


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b'{"subject": "Bescheid", "body": "Genehmigt."}', ("Bescheid", "Genehmigt.")),
     (b'{"subject": "Bescheid"}', None), (b'["subject"]', None), (b"{", None), (b"\xff", None),
     (b'{"subject": 1, "body": 2}', None), (b"[" * 100_000, None)],
)  # fmt: skip
def test_words_are_read_from_data_only_where_they_are_words(
    content: bytes, expected: tuple[str, str] | None, organisation: Organisation
) -> None:
    blob = contents().write([content])

    assert expected == words.read(blob.sha256, blob.size)


def test_words_that_are_not_here_are_none(organisation: Organisation) -> None:
    assert (None, None) == (words.read("0" * 64, 10), words.read("0" * 64, 10**9))
