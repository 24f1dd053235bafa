"""Values on the wire: exact, or refused before anything is sent; and quotes that nothing breaks out of."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseway.core.errors import Invalid
from caseway.rails.cmis.query import ids_where, ids_where_aspect, literal
from caseway.rails.cmis.values import Kind, controls, wire_text

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(timezones=zones))
def test_a_moment_becomes_its_milliseconds_in_every_zone(moment: datetime) -> None:
    text = wire_text("datetime", moment.isoformat())

    assert moment - timedelta(milliseconds=1) < datetime(1970, 1, 1, tzinfo=UTC) + timedelta(
        milliseconds=int(text)
    )
    assert datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(text)) <= moment


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_a_decimal_keeps_every_digit_and_has_a_point(number: Decimal) -> None:
    text = wire_text("decimal", number)

    assert number == Decimal(text)
    assert re.fullmatch(r"-?\d+(\.\d+)?", text)


@given(st.integers())
def test_an_integer_is_digits(number: int) -> None:
    assert str(number) == wire_text("integer", number)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("boolean", "ja"),
        ("boolean", "true"),
        ("boolean", 1),
        ("integer", "12,5"),
        ("integer", True),
        ("integer", 1.0),
        ("decimal", "12,50"),
        ("decimal", 12.5),
        ("decimal", "NaN"),
        ("decimal", "1e5"),
        ("datetime", "2026-11-16"),
        ("datetime", "16.11.2026"),
        ("datetime", "2026-11-16T12:00:00"),
        ("string", 5),
        ("string", "\ud800"),
        ("money", "1"),
    ],
)
def test_what_is_not_of_the_type_is_refused_before_it_is_sent(kind: Kind, value: Any) -> None:
    with pytest.raises(Invalid) as error:
        wire_text(kind, value)

    assert error.value.code == "cmis.value_unfit"


def test_a_property_that_does_not_fit_is_named() -> None:
    with pytest.raises(Invalid) as error:
        controls({"312": {"type": "boolean", "multi": False, "value": "ja"}})

    assert error.value.details["property"] == "312"


def test_not_set_sends_the_id_alone_and_indices_have_no_gaps() -> None:
    sent = controls(
        {
            "1": {"type": "string", "multi": False, "value": None},
            "2": {"type": "string", "multi": True, "value": []},
            "3": {"type": "string", "multi": True, "value": ["a", "b"]},
        }
    )

    assert sent == [
        ("propertyId[0]", "1"),
        ("propertyId[1]", "2"),
        ("propertyId[2]", "3"),
        ("propertyValue[2][0]", "a"),
        ("propertyValue[2][1]", "b"),
    ]


def unquote(text: str) -> tuple[str, str]:
    """Read one literal as the grammar says: (its value, what follows it)."""
    assert text[0] == "'"
    value, position = "", 1
    while text[position] != "'":
        position += text[position] == "\\"
        value += text[position]
        position += 1
    return value, text[position + 1 :]


@given(st.text())
def test_no_value_breaks_out_of_its_quotes(value: str) -> None:
    assert (value, "") == unquote(literal(value))


@given(st.text())
def test_a_statement_ends_with_its_one_value(value: str) -> None:
    statement = ids_where("D_AKTE", "p355", value)

    head, _, tail = statement.partition(" = ")
    assert head == "SELECT cmis:objectId, cmis:name FROM D_AKTE WHERE p355"
    assert (value, "") == unquote(tail)


def test_the_name_o_neill_is_quoted_as_recorded() -> None:
    assert literal("O'Neill") == "'O\\'Neill'"


@pytest.mark.parametrize("name", ["p355 OR 1=1", "a'b", "", "a;b", "x\ny"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        ids_where("D_AKTE", name, "1")
    with pytest.raises(Invalid):
        ids_where_aspect("D_AKTE", name, "hub:key", "1")
