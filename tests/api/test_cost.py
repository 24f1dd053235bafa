"""What an accepted submission costs in trips to the database: counted, so that nobody adds one unseen."""

from __future__ import annotations

import pytest

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.delivery.models import Connection, Delivery, Lane, Route
from caseway.testing.trips import trips
from tests.api.conftest import Sender
from tests.api.test_submissions import DOG, PDF, XML

TRIPS = 4
"""BEGIN with the scope, the routes, everything that was sent and what follows from it, COMMIT."""


@pytest.fixture(autouse=True)
def plans_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forgetting plans, which happens every few seconds, is a trip of its own."""
    monkeypatch.setattr("caseway.access.prepared.PLANS_HOLD", 3600.0)


@pytest.fixture
def route(organisation: Organisation) -> Route:
    """A route to a connection that is busy: so jobs that end look for more, and accepting writes none."""
    with scope(organisation.id):
        connection = Connection.objects.create(
            organisation=organisation, slug="dms", name="DMS", rail="cmis", concurrency=0
        )
        return Route.objects.create(organisation=organisation, name="dms", connection=connection)


def test_an_accepted_submission_is_one_transaction_of_few_trips(sender: Sender) -> None:
    sender.submit(DOG, [XML, PDF])

    with trips() as seen:
        answer = sender.submit(DOG, [XML, PDF])

    assert 201 == answer.status_code
    assert (1, TRIPS) == (seen.transactions(), seen.answers)


def test_its_statements_are_not_parsed_again(sender: Sender) -> None:
    sender.submit(DOG, [XML, PDF])

    with trips() as seen:
        sender.submit(DOG, [XML, PDF])

    assert ["BEGIN;", 'COMMIT"'] == sorted(text.split()[0] for text in seen)


def test_what_is_owed_because_of_it_costs_no_trip_more(sender: Sender, route: Route) -> None:
    sender.submit(DOG, [XML, PDF])

    with trips() as seen:
        sender.submit(DOG, [XML, PDF])

    assert TRIPS == seen.answers
    with scope(route.organisation_id):
        assert (2, 2) == (Lane.objects.count(), Delivery.objects.count())


def test_a_repeat_is_looked_up_in_a_second_transaction(sender: Sender, route: Route) -> None:
    sender.submit(DOG, [XML, PDF], key="k-1")

    with trips() as seen:
        answer = sender.submit(DOG, [XML, PDF], key="k-1")

    assert (200, 2) == (answer.status_code, seen.transactions())
    with scope(route.organisation_id):
        assert (1, 1) == (Lane.objects.count(), Delivery.objects.count())
