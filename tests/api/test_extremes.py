"""Every GET of the interface, with the worst a caller can write into each parameter: never a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from caseway.access.models import Organisation
from caseway.access.permissions import SCOPES
from caseway.testing.tokens import issue_token
from tests.api.conftest import Sender
from tests.api.test_description import DESCRIPTION
from tests.api.test_error_shape import check

MOMENTS = [
    f"{day}{clock}{zone}"
    for day in ("0001-01-01", "0000-01-01", "1582-10-10", "9999-12-31", "10000-01-01", "2026-02-30")
    for clock in ("T00:00:00", "T23:59:59.999999", "T24:00:00", "T23:59:60")
    for zone in ("Z", "+23:59", "-23:59", "+24:00", "")
]
NUMBERS = [
    *("0", "-1", "-0", "1.5", "1e3", "1e400", "nan", "inf", "-inf", "0x10", "٣", "1_000", "+7"),
    *(str(2**bits) for bits in (31, 32, 63, 64, 128)),
    *(str(-(2**bits) - 1) for bits in (31, 63)),
    "9" * 400,
    "9" * 5000,
]
TEXTS = [
    *("", " ", "null", "undefined", "[]", "{}", "'", '"', "\\", "%", "%%", "_", "../..", "a\r\nb: c"),
    *("\0", "a\0b", "\u202e", "\ufeff", "\uffff", "\U0010ffff", "e\u0301" * 100, "🐕" * 50, "x" * 7000),
    *("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff", "{01a2}"),
]
ANYWHERE = ["%00", "%ff", "%C0%80", "%ED%A0%80", "%", "%zz", "+", "", quote("\0"), "9" * 400, "null", "%27"]


def addresses() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Yield every GET with its parameters."""
    for path, methods in DESCRIPTION["paths"].items():
        if "get" in methods:
            yield path, methods["get"].get("parameters", [])


def worst(parameter: dict[str, Any]) -> list[str]:
    """Return the values to try on a parameter, quoted: hard for its kind, and hard anywhere."""
    kind = json.dumps(parameter["schema"])
    hard = MOMENTS if "date-time" in kind else NUMBERS if "integer" in kind else TEXTS
    return [*map(quote, hard), *ANYWHERE]


ADDRESSES = dict(addresses())
ID = "01a20000-0000-7000-8000-000000000000"


def filled(path: str, **values: str) -> str:
    """Return the address with its place-holders filled."""
    for one in ADDRESSES[path]:
        if one["in"] == "path":
            stands = "1" if one["schema"].get("type") == "integer" else ID
            path = path.replace(f"{{{one['name']}}}", values.get(one["name"], stands))
    return path


def ask(sender: Sender, address: str) -> None:
    answer = sender.get(address)

    assert answer.status_code < 500, (address, answer.content)
    if answer.status_code >= 400:
        check(answer, answer.status_code)


@pytest.fixture
def sender(organisation: Organisation) -> Sender:
    """A system that may read everything."""
    return Sender(issue_token(organisation, [scope for scope in SCOPES if ":" in scope]))


@pytest.mark.parametrize("path", ADDRESSES)
def test_no_value_of_a_query_brings_an_address_down(sender: Sender, path: str) -> None:
    named = [one for one in ADDRESSES[path] if one["in"] == "query"]

    for one in named:
        for value in worst(one):
            ask(sender, f"{filled(path)}?{one['name']}={value}")
    names = [one["name"] for one in named]
    for value in ANYWHERE:
        ask(sender, f"{filled(path)}?" + "&".join(f"{name}={value}" for name in ["unheard", *names]))


@pytest.mark.parametrize("path", [path for path in ADDRESSES if "{" in path])
def test_no_value_in_a_path_brings_an_address_down(sender: Sender, path: str) -> None:
    for one in [one for one in ADDRESSES[path] if one["in"] == "path"]:
        for value in worst(one):
            ask(sender, filled(path, **{one["name"]: value.replace("/", "%2F") or "%20"}))


def test_the_worst_is_tried_on_every_address_that_filters_by_time() -> None:
    timed = {path for path, of in ADDRESSES.items() if any("date-time" in str(one) for one in of)}

    assert {"/api/v1/deliveries", "/api/v1/submissions"} <= timed
