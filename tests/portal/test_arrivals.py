"""What arrived: found in the list, understood on its page, decided by whom may."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
from django.test import Client
from django.urls import reverse

from caseway.access.models import AuditEntry, Organisation
from caseway.access.scope import scope
from caseway.core.clock import Clock, now
from caseway.delivery.models import Connection, Delivery, DeliveryState, Purpose
from caseway.portal.reading.arrivals import ArrivalsChosen, receiving_rows, state_of, view_counts
from caseway.receiving.models import Arrival
from caseway.testing.built_arrivals import (
    a_log_entry,
    a_receiving_connection,
    an_answer,
    an_arrival,
    an_exchange,
)

STATES = Arrival.State


@pytest.fixture
def office(organisation: Organisation) -> Connection:
    """A connection over which submissions come."""
    return a_receiving_connection(organisation)


def page(client: Client, arrival: Arrival, view: str = "") -> str:
    return client.get(reverse("portal:arrival", args=[arrival.id]), {"view": view}).content.decode()


def listed(client: Client, **query: str) -> list[str]:
    """The remote ids on the list, in order."""
    text = client.get("/arrivals/", query).content.decode()
    body = text.partition("<tbody>")[2].partition("</tbody>")[0]
    return [row.partition('mono wrap">')[2].partition("<")[0] for row in body.split("<tr>")[1:]]


def test_the_list_shows_the_newest_first_and_says_what_is_late(
    administrator: Client, office: Connection, clock: Clock
) -> None:
    an_arrival(office, "old", STATES.TAKEN_IN, found_at=now() - timedelta(days=12, hours=1))
    an_arrival(office, "new", STATES.FOUND)
    text = administrator.get("/arrivals/").content.decode()

    assert ["new", "old"] == listed(administrator)
    assert 1 == text.count('<span class="tag bad">late</span>')
    assert ("in 1 d 23 h" in text, "in 13 d 21 h" in text) == (True, True)


@pytest.mark.parametrize(
    ("view", "expected"),
    [("", {"a", "b", "c", "d"}), ("held", {"a"}), ("taken_in", {"b", "d"}), ("found", {"c"}),
     ("person", {"a", "d"}), ("late", {"c"}), ("nonsense", {"a", "b", "c", "d"})],
)  # fmt: skip
def test_the_address_filters_by_view(
    administrator: Client, office: Connection, view: str, expected: set[str]
) -> None:
    an_arrival(office, "a", STATES.HELD)
    an_answer(an_arrival(office, "b", STATES.TAKEN_IN), Purpose.ACCEPT)
    an_arrival(office, "c", STATES.FOUND, alarm_at=now() - timedelta(hours=1))
    an_arrival(office, "d", STATES.TAKEN_IN)

    assert expected == set(listed(administrator, view=view))


def test_one_is_found_by_its_id_or_case_at_the_other_side(
    organisation: Organisation, administrator: Client, office: Connection
) -> None:
    an_arrival(office, "a")
    an_arrival(office, "b")
    an_arrival(a_receiving_connection(organisation, "other", name="Other"), "c")

    assert (["a"], ["b"], ["c"], []) == (
        listed(administrator, q="a"),
        listed(administrator, q="case-b"),
        listed(administrator, connection="other"),
        listed(administrator, q="case-b", connection="other"),
    )


def turn(client: Client, rel: str, query: str) -> str:
    """The query of the link to the next or the previous page."""
    text = client.get(f"/arrivals/?{query}").content.decode()
    return text.partition(f'rel="{rel}" href="?')[2].partition('"')[0]


def test_the_counts_are_those_of_the_filter(organisation: Organisation, office: Connection) -> None:
    an_arrival(office, "a", STATES.HELD)
    an_arrival(office, "b", STATES.TAKEN_IN)
    an_arrival(a_receiving_connection(organisation, "other", name="Other"), "c", STATES.HELD)
    with scope(organisation.id):
        counts = view_counts(ArrivalsChosen(connection="bauamt"))

    assert (1, 1, 2, 0) == (counts["held"], counts["taken_in"], counts["person"], counts["late"])


def test_the_list_goes_on_both_ways(administrator: Client, office: Connection) -> None:
    for number in range(52):
        an_arrival(office, f"n{number:02}")
    older = turn(administrator, "next", "")
    newer = turn(administrator, "prev", older)

    assert ["n01", "n00"] == listed(administrator, **dict(parse_qsl(older)))
    assert "n51" == listed(administrator, **dict(parse_qsl(newer)))[0]


@pytest.mark.parametrize(
    ("state", "purpose", "answer", "shown"),
    [
        (STATES.FOUND, "", "", "found"),
        (STATES.TAKEN_IN, "", "", "taken_in"),
        (STATES.TAKEN_IN, Purpose.FORWARD, DeliveryState.DELIVERED, "forwarded"),
        (STATES.TAKEN_IN, Purpose.ACCEPT, DeliveryState.WAITING, "accepting"),
        (STATES.TAKEN_IN, Purpose.ACCEPT, DeliveryState.DELIVERED, "accepted"),
        (STATES.TAKEN_IN, Purpose.REJECT, DeliveryState.SENT, "rejected"),
        (STATES.HELD, Purpose.REJECT, DeliveryState.TRANSMITTING, "rejecting"),
        (STATES.TAKEN_IN, Purpose.ACCEPT, DeliveryState.REFUSED, "answer_stuck"),
        (STATES.TAKEN_IN, Purpose.ACCEPT, DeliveryState.NOT_APPLICABLE, "closed"),
    ],
)
def test_an_arrival_is_shown_as_its_answer_stands(
    office: Connection, state: str, purpose: str, answer: str, shown: str
) -> None:
    arrival = an_arrival(office, "a", state)
    if purpose:
        an_answer(arrival, purpose, answer)

    assert shown == state_of(arrival)


def test_what_could_not_be_collected_says_so(office: Connection) -> None:
    assert "not_collected" == state_of(an_arrival(office, "a", failures=2))


@pytest.mark.mission("F-06")
def test_why_it_is_held_is_said_in_plain_words_and_in_those_of_the_standard(
    administrator: Client, office: Connection
) -> None:
    text = page(administrator, an_arrival(office, "a", STATES.HELD))

    assert [] == [
        words
        for words in (
            "held, needs a person",
            "Its checksum does not fit the content.",
            "SHA-512 der Fachdaten weicht ab.",
            "About the data of the form",
            "problems/hash-mismatch",
            "Look whether it is the sender&#x27;s fault indeed",
            "until somebody decides",
        )
        if words not in text
    ]


def test_the_wire_shows_how_it_was_collected(administrator: Client, office: Connection) -> None:
    arrival = an_arrival(office, "a", STATES.HELD)
    an_exchange(arrival)
    text = page(administrator, arrival, "wire")

    assert ("getSubmission" in text, "v1/submissions/a" in text) == (True, True)


@pytest.mark.mission("F-04")
def test_the_log_shows_who_said_what_and_whether_it_is_proven(
    administrator: Client, office: Connection
) -> None:
    arrival = an_arrival(office, "a", STATES.HELD)
    a_log_entry(office, "case-a", "submit-submission", now())
    a_log_entry(
        office, "case-a", "accept-submission", now(), verified=False, code="fit_connect.set_signature",
        sentence="The signature does not fit.",
    )  # fmt: skip
    text = page(administrator, arrival, "log")

    assert [] == [
        words
        for words in (
            "Handed over; the delivery service holds it",
            "https://platform.example.org",
            '<span class="tag good">verified</span>',
            '<span class="tag bad">not verified</span>',
            "The signature does not fit.",
            "UCGiqJxhBI3IFVdPalHHvA",
        )
        if words not in text
    ]
    assert 2 == text.count("<summary>Token</summary>")


def decide(client: Client, arrival: Arrival, act: str, reason: str = "") -> int:
    address = reverse("portal:arrival_decide", args=[arrival.id])
    return client.post(address, {"act": act, "reason": reason}).status_code


@pytest.mark.mission("F-06")
def test_accepting_owes_the_acceptance_and_keeps_the_reason(
    organisation: Organisation, administrator: Client, office: Connection
) -> None:
    arrival = an_arrival(office, "a", STATES.TAKEN_IN)

    assert 302 == decide(administrator, arrival, "accept", "geprüft")
    with scope(organisation.id):
        owed = Delivery.objects.get(purpose=Purpose.ACCEPT)
        kept = Arrival.objects.get(id=arrival.id)
    assert (owed.id, "geprüft", "Erika Mustermann") == (kept.answer_id, kept.reason, kept.decided_by)


def test_forwarding_and_collecting_again_are_one_press(
    organisation: Organisation, administrator: Client, office: Connection
) -> None:
    taken, held = an_arrival(office, "a", STATES.TAKEN_IN), an_arrival(office, "b", STATES.HELD)

    assert (302, 302) == (decide(administrator, taken, "forward"), decide(administrator, held, "collect"))
    with scope(organisation.id):
        assert Purpose.FORWARD == Delivery.objects.get().purpose
        assert STATES.FOUND == Arrival.objects.get(id=held.id).state


def test_what_is_decided_is_decided(administrator: Client, office: Connection) -> None:
    arrival = an_arrival(office, "a", STATES.TAKEN_IN)
    decide(administrator, arrival, "accept")

    assert (409, 404) == (decide(administrator, arrival, "accept"), decide(administrator, arrival, "burn"))
    assert "Your decision" not in page(administrator, arrival)


def test_an_answer_that_did_not_go_out_can_be_retried_where_it_is_seen(
    organisation: Organisation, administrator: Client, office: Connection
) -> None:
    arrival = an_arrival(office, "a", STATES.HELD)
    answer = an_answer(arrival, Purpose.REJECT, DeliveryState.REFUSED, code="fit_connect.decided_otherwise",
                       sentence="It was answered before.")  # fmt: skip

    assert reverse("portal:retry", args=[answer.id]) in page(administrator, arrival)
    done = administrator.post(reverse("portal:retry", args=[answer.id]))
    assert reverse("portal:arrival", args=[arrival.id]) == done["Location"]


def test_an_auditor_sees_and_does_not_decide(auditor: Client, office: Connection) -> None:
    arrival = an_arrival(office, "a", STATES.HELD)

    assert "Your decision" not in page(auditor, arrival)
    assert (403, 403) == (
        decide(auditor, arrival, "collect"),
        auditor.get(reverse("portal:arrival_reject", args=[arrival.id])).status_code,
    )


def test_another_organisation_s_arrivals_are_not_there(neighbour: Client, office: Connection) -> None:
    arrival = an_arrival(office, "a", STATES.HELD)

    assert [] == listed(neighbour)
    assert 404 == neighbour.get(reverse("portal:arrival", args=[arrival.id])).status_code


def test_who_looked_is_in_the_trail(
    organisation: Organisation, administrator: Client, office: Connection
) -> None:
    arrival = an_arrival(office, "a", STATES.HELD)
    page(administrator, arrival)
    with scope(organisation.id):
        assert str(arrival.id) == AuditEntry.objects.get(action="arrival.read").subject_id


def test_the_overview_says_what_is_oldest_until_when_and_what_waits_for_a_person(
    organisation: Organisation, administrator: Client, office: Connection
) -> None:
    old = an_arrival(office, "a", STATES.TAKEN_IN, found_at=now() - timedelta(days=5))
    an_arrival(office, "b", STATES.HELD)
    an_answer(an_arrival(office, "c", STATES.TAKEN_IN), Purpose.ACCEPT, DeliveryState.DELIVERED)
    with scope(organisation.id):
        (row,) = receiving_rows()
    text = administrator.get("/").content.decode()

    assert (old.found_at, old.answer_by, 2, 2, 1, "bad") == (
        row.health.oldest,
        row.answer_by,
        row.waiting,
        row.person,
        row.health.late,
        row.tone,
    )
    assert ('<a class="late"' in text, "1 connection needs you." in text) == (True, True)


def test_the_navigation_counts_what_waits_for_a_person(administrator: Client, office: Connection) -> None:
    an_arrival(office, "a", STATES.HELD)
    an_arrival(office, "b", STATES.FOUND)

    assert "arrival waits for a person" in administrator.get("/cases/").content.decode()
