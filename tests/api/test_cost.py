"""What an accepted submission costs in trips to the database: counted, so that nobody adds one unseen."""

from __future__ import annotations

from caseway.testing.trips import trips
from tests.api.conftest import Sender
from tests.api.test_submissions import DOG, PDF, XML

# BEGIN, the scope, everything that was sent, the routes, that none matches, COMMIT.
TRIPS = 6


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

    assert ['BEGIN"', 'COMMIT"'] == sorted(seen)


def test_a_repeat_costs_no_more(sender: Sender) -> None:
    sender.submit(DOG, [XML, PDF], key="k-1")
    sender.submit(DOG, [XML, PDF], key="k-1")

    with trips() as seen:
        answer = sender.submit(DOG, [XML, PDF], key="k-1")

    assert 200 == answer.status_code
    assert seen.answers <= TRIPS
