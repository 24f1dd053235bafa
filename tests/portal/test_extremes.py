"""Every page of the portal, with the worst a person can write into the address: never a 500."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, reverse
from tests.api.test_extremes import ANYWHERE, MOMENTS, NUMBERS, TEXTS

from caseway.portal import urls as portal
from caseway.portal.setup import urls as setup

DAYS = ("0001-01-01", "1800-01-01", "9999-12-31", "10000-01-01", "2026-02-30")
NAMES = (
    *("after", "before", "actor", "action", "channel", "code", "connection", "decision", "form", "from"),
    *("id", "late", "media_type", "person", "q", "reference", "service", "service_id", "since", "state"),
    *("subject_id", "subject_type", "text", "to", "until", "uri", "use", "view"),
)


def addresses() -> Iterator[str]:
    """Yield the address of every page that needs nothing in its path."""
    for space, patterns in (("portal", portal.urlpatterns), ("setup", setup.urlpatterns)):
        for one in patterns:
            if isinstance(one, URLPattern) and not one.pattern.converters and one.name:
                yield reverse(f"{space}:{one.name}")


def test_a_character_that_is_none_is_refused_in_a_form_too(administrator: Client) -> None:
    administrator.raise_request_exception = False

    answer = administrator.post("/messages/plan/", {"reason": "a\0b"})

    assert (400, True) == (answer.status_code, b"request.unreadable" in answer.content)


@pytest.mark.parametrize("address", list(addresses()))
def test_no_value_in_an_address_brings_a_page_down(administrator: Client, address: str) -> None:
    administrator.raise_request_exception = False
    for value in (*DAYS, *MOMENTS[::20], *NUMBERS[::2], *TEXTS):
        answer = administrator.get(address, dict.fromkeys(NAMES, value))
        assert answer.status_code < 500, value
    for value in ANYWHERE:
        answer = administrator.get(f"{address}?{'&'.join(f'{name}={value}' for name in NAMES)}")
        assert answer.status_code < 500, value
