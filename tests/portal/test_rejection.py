"""A rejection is chosen, seen as the sender will read it, and only then said."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.delivery.models import Connection, Delivery, Purpose
from caseway.receiving.models import Arrival
from caseway.testing.built_arrivals import HASH_MISMATCH, a_receiving_connection, an_arrival

pytestmark = pytest.mark.mission("F-06")


@pytest.fixture
def office(organisation: Organisation) -> Connection:
    return a_receiving_connection(organisation)


def address(arrival: Arrival) -> str:
    return reverse("portal:arrival_reject", args=[arrival.id])


def keys(client: Client, arrival: Arrival) -> list[str]:
    """The names of the reasons on the form, in order."""
    return re.findall(r'name="problem" value="(\w+)"', client.get(address(arrival)).content.decode())


def owed(organisation: Organisation) -> list[dict[str, str]]:
    with scope(organisation.id):
        return [one for delivery in Delivery.objects.all() for one in delivery.brief["problems"]]


def test_what_was_proven_stands_first_and_is_ticked(administrator: Client, office: Connection) -> None:
    text = administrator.get(address(an_arrival(office, "a", Arrival.State.HELD))).content.decode()

    assert 1 == len(re.findall(r'name="problem" value="\w+" checked', text))
    assert text.index("Its checksum does not fit the content.") < text.index("It cannot be decrypted")


def test_a_rejection_without_a_reason_is_not_one(
    organisation: Organisation, administrator: Client, office: Connection
) -> None:
    arrival = an_arrival(office, "a", Arrival.State.HELD)
    for step in ("preview", "reject"):
        answer = administrator.post(address(arrival), {"step": step})

        assert (422, True) == (answer.status_code, b"at least one reason" in answer.content)
    assert [] == owed(organisation)


def test_the_preview_shows_what_the_sender_reads_and_sends_nothing(
    organisation: Organisation, administrator: Client, office: Connection
) -> None:
    arrival = an_arrival(office, "a", Arrival.State.HELD)
    proven, other = keys(administrator, arrival)[:2]
    said = {
        "problem": [proven, other],
        f"detail-{proven}": "Bitte senden Sie den Antrag erneut.",
        "reason": "mit der Leitung besprochen",
        "step": "preview",
    }
    text = administrator.post(address(arrival), said).content.decode()
    read, kept = text.split("What stays here")

    assert ("Die Prüfsumme stimmt nicht überein" in read, "Bitte senden Sie" in read) == (True, True)
    assert ("mit der Leitung besprochen" in read, "mit der Leitung besprochen" in kept) == (False, True)
    assert [] == owed(organisation)


def test_what_was_previewed_is_what_is_sent(
    organisation: Organisation, administrator: Client, office: Connection
) -> None:
    arrival = an_arrival(office, "a", Arrival.State.HELD)
    proven = keys(administrator, arrival)[0]
    said = {"problem": [proven], f"detail-{proven}": "Bitte erneut senden.", "reason": "besprochen"}
    answer = administrator.post(address(arrival), {**said, "step": "reject"})

    assert reverse("portal:arrival", args=[arrival.id]) == answer["Location"]
    assert [{**HASH_MISMATCH, "detail": "Bitte erneut senden."}] == owed(organisation)
    with scope(organisation.id):
        kept = Arrival.objects.select_related("answer").get(id=arrival.id)
    assert (Arrival.State.REJECTED, "besprochen") == (kept.state, kept.reason)
    assert kept.answer is not None
    assert Purpose.REJECT == kept.answer.purpose


def test_one_may_go_back_and_change_without_losing_words(administrator: Client, office: Connection) -> None:
    arrival = an_arrival(office, "a", Arrival.State.HELD)
    other = keys(administrator, arrival)[3]
    said = {"problem": [other], f"detail-{other}": "Bitte erneut senden.", "reason": "r", "step": "change"}
    text = administrator.post(address(arrival), said).content.decode()

    assert [other] == re.findall(r'name="problem" value="(\w+)" checked', text)
    assert "Bitte erneut senden.</textarea>" in text


def test_a_reason_that_is_not_on_the_list_is_none(administrator: Client, office: Connection) -> None:
    arrival = an_arrival(office, "a", Arrival.State.HELD)

    assert 422 == administrator.post(address(arrival), {"problem": ["0"], "step": "reject"}).status_code


def test_what_was_never_looked_at_cannot_be_rejected(administrator: Client, office: Connection) -> None:
    answer = administrator.get(address(an_arrival(office, "a")))

    assert (409, True) == (answer.status_code, b"arrival.not_rejectable" in answer.content)
