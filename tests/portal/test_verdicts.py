"""What the other side judges later: awaited, told, and, where nothing was taken in, still to be found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from caseway.access.actor import system
from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.cases.models import Event
from caseway.core.clock import now
from caseway.delivery.models import Connection, Delivery, DeliveryState, Purpose
from caseway.delivery.queries import DeliveryFilter
from caseway.delivery.replay import plan_replay
from caseway.receiving.models import Arrival
from caseway.testing.builders import a_delivery, a_submission
from caseway.testing.built_arrivals import (
    HASH_MISMATCH,
    a_log_entry,
    a_receiving_connection,
    an_answer,
    an_arrival,
)


@pytest.fixture
def office(organisation: Organisation) -> Connection:
    return a_receiving_connection(organisation)


def message(client: Client, delivery: Delivery, view: str = "") -> str:
    address = reverse("portal:message", args=[delivery.submission_id])
    return client.get(address, {"view": view}).content.decode()


def sent(organisation: Organisation, office: Connection, **fields: object) -> Delivery:
    """A delivery that was handed over two hours ago."""
    return a_delivery(
        a_submission(organisation), office, DeliveryState.SENT, steps=0, remote_case_id="case-1",
        sent_at=now() - timedelta(hours=2), follow_at=now() + timedelta(minutes=29, seconds=30), **fields,
    )  # fmt: skip


@pytest.mark.mission("F-04")
def test_what_was_handed_over_says_since_when_the_verdict_is_awaited(
    organisation: Organisation, administrator: Client, office: Connection
) -> None:
    text = message(administrator, sent(organisation, office))

    assert [] == [
        words
        for words in ("the verdict is awaited since", "2 h", "in 29 min", "Waits for the verdict", "case-1")
        if words not in text
    ]


def test_what_is_being_judged_is_not_offered_to_be_sent_again(
    organisation: Organisation, administrator: Client, office: Connection
) -> None:
    delivery = sent(organisation, office, code="fit_connect.unreachable", sentence="It does not answer.")
    text = message(administrator, delivery)

    assert ("only its verdict could not be asked for" in text, "Try again now" in text) == (True, False)


@pytest.mark.mission("F-04")
def test_a_rejection_by_the_other_side_is_told_with_its_problems(
    organisation: Organisation, administrator: Client, office: Connection
) -> None:
    delivery = a_delivery(
        a_submission(organisation), office, DeliveryState.REFUSED, steps=0, code="fit_connect.rejected",
        sentence="The recipient rejected it.", details={"problems": [HASH_MISMATCH, "nonsense"]},
    )  # fmt: skip
    text = message(administrator, delivery)

    assert ("Its checksum does not fit the content." in text, "SHA-512 der Fachdaten" in text) == (True, True)
    assert "Try again now" in text


@pytest.mark.mission("F-04")
def test_the_log_stands_with_the_message_it_is_about(
    organisation: Organisation, administrator: Client, office: Connection
) -> None:
    delivery = sent(organisation, office)
    a_log_entry(office, "case-1", "reject-submission", now(), facts={"problems": [HASH_MISMATCH]})
    text = message(administrator, delivery, "log")

    assert ("reject-submission" in text, "Die Prüfsumme stimmt nicht überein" in text) == (True, True)


def test_what_came_over_a_connection_shows_its_log_and_leads_to_its_arrival(
    administrator: Client, office: Connection
) -> None:
    arrival = an_arrival(office, "a", Arrival.State.TAKEN_IN)
    a_log_entry(office, "case-a", "submit-submission", now())
    assert arrival.submission is not None
    address = reverse("portal:message", args=[arrival.submission.id])
    text = administrator.get(address, {"view": "log"}).content.decode()

    assert "submit-submission" in text
    assert reverse("portal:arrival", args=[arrival.id]) in text


def test_without_a_log_anywhere_there_is_no_tab(
    organisation: Organisation, administrator: Client, dms: Connection
) -> None:
    assert "?view=log" not in message(administrator, a_delivery(a_submission(organisation), dms))


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("delivery.sent", {}, "its verdict is awaited"),
        ("delivery.voided", {}, "Their steps are sent anew."),
        ("answer.not_connected", {"channel": "fink"}, "Not connected: FINK"),
        ("arrival.decided", {"decision": "accept", "reason": "geprüft"}, "decided: accept"),
    ],
)
def test_the_way_of_a_message_tells_what_only_such_rails_know(
    organisation: Organisation, administrator: Client, office: Connection, kind: str, data: dict[str, str],
    words: str,
) -> None:  # fmt: skip
    delivery = sent(organisation, office)
    with scope(organisation.id):
        Event.objects.create(
            organisation=organisation,
            kind=kind,
            submission_id=delivery.submission_id,
            case_id=delivery.case_id,
            actor="Erika Mustermann",
            data=data,
        )

    assert words in message(administrator, delivery)


@pytest.fixture
def stuck(office: Connection) -> Delivery:
    """A rejection of what was never taken in, that did not go out: it has no message."""
    return an_answer(
        an_arrival(office, "a", Arrival.State.HELD), Purpose.REJECT, DeliveryState.REFUSED,
        code="fit_connect.decided_otherwise", sentence="It was answered before.", next_attempt_at=None,
    )  # fmt: skip


def of(stuck: Delivery) -> str:
    with scope(stuck.organisation_id):
        return reverse("portal:arrival", args=[Arrival.objects.get(answer=stuck).id])


def test_needs_attention_leads_to_the_arrival(administrator: Client, stuck: Delivery) -> None:
    text = administrator.get("/attention/bauamt/fit_connect.decided_otherwise/").content.decode()

    assert (of(stuck) in text, "Rejection" in text) == (True, True)


def test_closing_leads_back_to_the_arrival(administrator: Client, stuck: Delivery) -> None:
    address = reverse("portal:close", args=[stuck.id])

    assert of(stuck) in administrator.get(address).content.decode()
    assert of(stuck) == administrator.post(address, {"reason": "answered by hand"})["Location"]


def test_a_replay_leads_to_the_arrival(
    organisation: Organisation, administrator: Client, stuck: Delivery
) -> None:
    replay = plan_replay(system(organisation.id), DeliveryFilter(ids=(stuck.id,)), "again")

    assert of(stuck) in administrator.get(reverse("portal:replay", args=[replay.id])).content.decode()


def test_the_case_of_a_rejection_can_be_looked_at(administrator: Client, stuck: Delivery) -> None:
    assert 200 == administrator.get(reverse("portal:case", args=[stuck.case_id])).status_code
