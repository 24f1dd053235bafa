"""An answer travels back over the simulated FIT-Connect platform, into the case it is about."""

from __future__ import annotations

from datetime import timedelta

import pytest

from caseway.access.actor import system
from caseway.access.scope import scope
from caseway.answers.conversation import Turn, conversation
from caseway.answers.sending import answer_case
from caseway.answers.ways import ways_of
from caseway.cases.models import Case
from caseway.delivery.following import follow_due
from caseway.testing.builders import a_route
from tests.answers.conftest import a_file
from tests.receiving.test_over_a_platform import Town, platform, town

__all__ = ["platform", "town"]

pytestmark = pytest.mark.mission("F-07")


@pytest.fixture(autouse=True)
def ways() -> None:
    """The rails as they are installed."""


@pytest.fixture
def case(town: Town) -> Case:
    """The authority's case of an application that came over the platform."""
    town.hand_in()
    town.work(town.service)
    town.receive()
    town.work(town.authority)
    follow_due()
    arrival = town.arrival()
    assert arrival.submission is not None
    a_route(arrival.connection, name="answers", kind="answer", channel="fit_connect")
    return arrival.submission.case


def said(case: Case) -> list[Turn]:
    with scope(case.organisation_id):
        return conversation(system(case.organisation_id), case.id)


def test_an_answer_with_a_document_arrives_at_who_sent_the_application(town: Town, case: Case) -> None:
    actor = system(town.authority.id)
    with scope(town.authority.id):
        way = ways_of(actor, case.id).way
    answer_case(actor, case.id, "Bescheid", "Ihr Carport ist genehmigt.", [a_file()], "k1")
    town.work(town.authority)
    town.clock.advance(timedelta(minutes=1))
    town.receive()
    town.work(town.service)
    follow_due()

    assert way is not None
    assert ("FIT-Connect", "delivered") == (way.name, said(case)[-1].state)
    with scope(town.service.id):
        theirs = Case.objects.get()
    came = said(theirs)[-1]
    assert ("in", "message", "Bescheid", "Ihr Carport ist genehmigt.") == (
        came.direction,
        came.kind,
        came.subject,
        came.body,
    )
    assert "bescheid.pdf" in [one.filename for one in came.documents]
