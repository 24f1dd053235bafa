"""The overview tells the truth: ages, queues, and what was lost or doubled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.core.clock import Clock, now
from caseway.delivery.models import Attempt, Connection, DeliveryState
from caseway.portal.ages import age_words, size_words
from caseway.portal.reading.overview import SPAN, arrivals, connection_cards, spark_path, today
from caseway.portal.reading.states import message_state
from caseway.testing.builders import a_connection, a_delivery, a_submission, nothing_to_send

LONG_AGO = timedelta(days=3)


def test_a_card_is_headed_by_its_oldest_undelivered_thing(
    organisation: Organisation, dms: Connection
) -> None:
    old = a_submission(organisation, received_at=now() - timedelta(hours=7, minutes=42))
    a_delivery(old, dms, DeliveryState.REFUSED)
    a_delivery(a_submission(organisation), dms)
    a_delivery(a_submission(organisation, received_at=now() - LONG_AGO), dms, DeliveryState.DELIVERED)

    with scope(organisation.id):
        (card,) = connection_cards(now(), now() - LONG_AGO)

    assert (old.received_at, 1, 1, 1) == (card.oldest_at, card.waiting, card.stuck, card.delivered_today)


def test_the_connection_that_waits_longest_stands_first(
    organisation: Organisation, dms: Connection, administrator: Client
) -> None:
    late = a_connection(organisation, "archive", name="Zentralarchiv")
    a_delivery(a_submission(organisation, received_at=now() - LONG_AGO), late)
    page = administrator.get("/").content.decode()

    assert page.index("connection=archive") < page.index("connection=dms")


def test_arrivals_are_counted_in_buckets_of_five_minutes(
    organisation: Organisation, dms: Connection, clock: Clock
) -> None:
    for minutes in (1, 2, 11):
        received = now() - timedelta(minutes=minutes)
        a_delivery(a_submission(organisation, received_at=received), dms, DeliveryState.DELIVERED)

    with scope(organisation.id):
        series = arrivals(now())[dms.id]

    assert (144, [1, 0, 2], 3) == (len(series), series[-3:], sum(series))


def test_what_nobody_owes_and_no_rule_excuses_is_lost(organisation: Organisation, dms: Connection) -> None:
    a_submission(organisation)
    nothing_to_send(a_submission(organisation))
    a_delivery(a_submission(organisation), dms)

    with scope(organisation.id):
        assert (3, 1, 0) == (
            today(now() - LONG_AGO).came_in,
            today(now() - LONG_AGO).lost,
            today(now() - LONG_AGO).doubled,
        )


def test_an_effect_confirmed_twice_is_doubled(organisation: Organisation, dms: Connection) -> None:
    delivery = a_delivery(a_submission(organisation), dms, DeliveryState.DELIVERED)
    with scope(organisation.id):
        again = Attempt.objects.filter(delivery_id=delivery.id).earliest("id")
        again.pk = a_submission(organisation).id
        again.save(force_insert=True)

        assert 1 == today(now() - LONG_AGO).doubled


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"delivered", "attention"}, "attention"),
        ({"delivered", "refused", "waiting"}, "refused"),
        ({"delivered", "unknown"}, "unknown"),
        ({"delivered", "waiting"}, "waiting"),
        ({"delivered", "not_applicable"}, "delivered"),
        ({"not_applicable"}, "not_applicable"),
        (set(), "placed"),
    ],
)
def test_a_message_is_as_far_as_its_worst_delivery(states: set[str], expected: str) -> None:
    assert expected == message_state(states)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0 s"), (18, "18 s"), (119, "1 min"), (27720, "7 h 42 min"), (39600, "11 h"), (273600, "3 d 4 h")],
)
def test_ages_are_said_in_their_two_largest_units(seconds: int, words: str) -> None:
    assert words == age_words(timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_940_000, "1.9 MB"), (31_000_000, "31 MB")],
)
def test_sizes_are_said_in_decimal_units(size: int, words: str) -> None:
    assert words == size_words(size)


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=200))
def test_a_sparkline_stays_in_its_box(points: list[int]) -> None:
    pairs = [tuple(map(float, pair.split(","))) for pair in spark_path(points)[1:].split(" L")]

    assert len(points) == len(pairs)
    assert all(0 <= x <= 100 and 0 <= y <= 28 for x, y in pairs)


def test_a_sparkline_spans_half_a_day() -> None:
    assert timedelta(hours=12) == SPAN
