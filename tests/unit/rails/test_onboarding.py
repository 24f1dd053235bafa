"""The checklist of a rail is whole, in the languages of the portal, and sorted by who it concerns."""

from __future__ import annotations

from importlib.resources import files
from typing import get_args

import pytest

from caseway.rails.onboarding import Fact, OnboardingItems, Who

pytestmark = pytest.mark.mission("F-09")
FILE = files("caseway.rails.fit_connect") / "onboarding.toml"
CONCEPTUAL = ["service", "service_key", "authority_reachable", "subject_schema", "way_of_answering", "re_use"]


def test_the_six_questions_come_first_and_are_the_officers() -> None:
    items = OnboardingItems.read(FILE).items

    assert CONCEPTUAL == [item.code for item in items[:6]]
    assert CONCEPTUAL == [item.code for item in items if item.who == "responsible_officer"]


def test_every_item_is_said_whole_in_german_and_english() -> None:
    items = OnboardingItems.read(FILE).items

    texts = [text for item in items for text in (item.title, item.question, item.help)]
    assert {("de", "en")} == {tuple(sorted(text)) for text in texts}
    assert all(words.strip() for text in texts for words in text.values())
    assert len(items) == len({item.code for item in items})
    assert {item.who for item in items} <= set(get_args(Who))
    assert {fact for item in items for fact in item.satisfied_by} <= set(get_args(Fact))


def test_a_sender_is_not_asked_for_a_destination() -> None:
    read = OnboardingItems.read(FILE)

    send, receive, both = (
        {item.code for item in read.for_roles(role)} for role in ("send", "receive", "both")
    )
    assert ({"route"}, {"destination", "keys", "certificates", "routing_data"}) == (
        send - receive,
        receive - send,
    )
    assert both == send | receive
