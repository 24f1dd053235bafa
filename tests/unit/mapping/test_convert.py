"""Total conversion: what cannot become the type stops the filing, with the place and without the person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.core.errors import Invalid
from caseway.mapping.numbertext import parse_decimal
from caseway.mapping.render import render_what_can
from caseway.mapping.scalars import clean
from tests.unit.mapping.mappings import facts, field, resolved, value


def const(content: Any, kind: str, **convert: Any) -> dict[str, Any]:
    return {"value": {"const": content}, "type": kind, "convert": convert}


YES_NO = {"trueValues": ["ja", "1"], "falseValues": ["nein", "0"]}


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (const("DOC01", "string"), "DOC01"),
        (const(5, "string"), "5"),
        (const(True, "id"), "true"),
        (const("Ja ", "boolean", **YES_NO), True),
        (const("nein", "boolean", **YES_NO), False),
        (const("true", "boolean"), True),
        (const(False, "boolean"), False),
        (const("12", "integer"), 12),
        (const("1.200", "integer", numberLocale="de"), 1200),
        (const("-7.0", "integer"), -7),
        (const("12.50", "decimal"), "12.50"),
        (const("1.234,50", "decimal", numberLocale="nl"), "1234.50"),
        (const("1234,5", "decimal", numberLocale="da"), "1234.5"),
        (const(0.1, "decimal"), "0.1"),
        (const(3, "decimal"), "3"),
        (const("2026-11-16", "datetime"), "2026-11-16T12:00:00+01:00"),
        (const("2026-07-01", "datetime", timeOfDay="08:30"), "2026-07-01T08:30:00+02:00"),
        (const("16.11.2026", "datetime", dateFormat="dd.MM.yyyy"), "2026-11-16T12:00:00+01:00"),
        (const("16.11.2026 9:05", "datetime", dateFormat="dd.MM.yyyy H:mm"), "2026-11-16T09:05:00+01:00"),
        (const("2026-11-16T10:00:00Z", "datetime"), "2026-11-16T11:00:00+01:00"),
        (const("2026-11-16T10:00", "datetime", timezone="UTC"), "2026-11-16T10:00:00+00:00"),
        (const("https://example.org/a", "uri"), "https://example.org/a"),
        (const("urn:x:y", "uri"), "urn:x:y"),
        (const("<p>x</p>", "html"), "<p>x</p>"),
    ],
)
def test_a_value_becomes_its_type(rule: dict[str, Any], expected: object) -> None:
    assert expected == value(rule)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (const("ja", "boolean"), "mapping.not_a_boolean"),
        (const("vielleicht", "boolean", **YES_NO), "mapping.not_a_boolean"),
        (const(1, "boolean"), "mapping.not_a_boolean"),
        (const("12,50", "decimal"), "mapping.not_a_decimal"),
        (const("12.50", "decimal", numberLocale="de"), "mapping.not_a_decimal"),
        (const("1e5", "decimal"), "mapping.not_a_decimal"),
        (const("NaN", "decimal"), "mapping.not_a_decimal"),
        (const("١٢", "integer"), "mapping.not_an_integer"),
        (const("1.5", "integer"), "mapping.not_an_integer"),
        (const("9223372036854775808", "integer"), "mapping.not_an_integer"),
        (const(True, "integer"), "mapping.not_an_integer"),
        (const("16.11.2026", "datetime"), "mapping.not_a_datetime"),
        (const("2026-02-30", "datetime"), "mapping.not_a_datetime"),
        (const("31.02.2026", "datetime", dateFormat="dd.MM.yyyy"), "mapping.not_a_datetime"),
        (const("1.2.2026", "datetime", dateFormat="dd.MM.yyyy"), "mapping.not_a_datetime"),
        (const("2026-11-16", "datetime", dateFormat="dd.MM.yy"), "mapping.date_format"),
        (const(20261116, "datetime"), "mapping.not_a_datetime"),
        (const("example.org", "uri"), "mapping.not_a_uri"),
        (const("http://[", "uri"), "mapping.not_a_uri"),
        (const("https://a b", "uri"), "mapping.not_a_uri"),
        (const("AB", "string", pattern="[0-9]+"), "mapping.pattern_mismatch"),
        (const("AB", "string", pattern="(a+)+"), "mapping.pattern"),
    ],
)
def test_what_is_not_of_the_type_is_refused(rule: dict[str, Any], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        value({**rule, "label": "Feld"})

    details = refused.value.details
    assert (code, "case", "7", "Feld") == (
        refused.value.code,
        details["target"],
        details["property"],
        details["label"],
    )


def failure(rule: dict[str, Any]) -> Invalid:
    with pytest.raises(Invalid) as refused:
        field(rule, of=facts(applicant_familyName="Mustermann"))
    return refused.value


def test_a_value_is_told_only_where_it_is_not_sensitive() -> None:
    plain = failure(const("Musterwort", "integer"))
    marked = failure({**const("Musterwort", "integer"), "sensitive": True})

    assert "Musterwort" == plain.details["value"]
    assert "Musterwort" not in repr(marked.details) + marked.sentence


def test_a_personal_name_is_sensitive_without_being_marked() -> None:
    error = failure({"value": {"property": "applicant.familyName"}, "type": "integer"})

    assert "Mustermann" not in repr(error.details) + error.sentence + str(error)


@pytest.mark.parametrize(
    ("given_text", "options", "expected"),
    [
        ("  a  ", {}, "a"),
        ("  a  ", {"trim": False}, "  a  "),
        ("Mu\u0308ller", {}, "Müller"),
        ("Mü", {"normalize": "NFD"}, "Mu\u0308"),
        ("a\x00b\x07c\ud800", {}, "a b c\ufffd"),
        ("a\nb", {}, "a\nb"),
        ("abc", {"case": "upper"}, "ABC"),
        ("abcdef", {"truncate": 4}, "abcd"),
        ("AB-12", {"pattern": "[A-Z]+-[0-9]+"}, "AB-12"),
    ],
)
def test_text_is_cleaned_before_it_is_used(given_text: str, options: dict[str, Any], expected: str) -> None:
    rule = {"value": {"property": "service.name"}, "convert": options}

    assert expected == value(rule, of=facts(service_name=given_text))


def test_a_text_is_split_into_several_values() -> None:
    rule = {"value": {"const": "a; b;;c"}, "multi": True, "convert": {"split": ";"}}

    assert ["a", "b", "c"] == value(rule)


def test_several_values_are_joined_into_one() -> None:
    assert "a, b" == value({"value": {"const": ["a", "b"]}, "convert": {"join": ", "}})


def test_a_split_into_several_needs_a_property_that_takes_several() -> None:
    assert "mapping.split_many" == failure({"value": {"const": "a;b"}, "convert": {"split": ";"}}).code


LOOKUPS = {"breed": {"labrador": "R017", "true": 5}}


@pytest.mark.parametrize(
    ("content", "on_unmapped", "expected"),
    [("labrador", "fail", "R017"), (True, "fail", 5), ("x", "keep", "x"), ("x", "default", "none")],
)
def test_a_look_up_table_translates(content: Any, on_unmapped: str, expected: object) -> None:
    rule = {"value": {"const": content}, "lookup": "breed", "onUnmapped": on_unmapped, "default": "none"}

    assert expected == value(rule, lookups=LOOKUPS)


def test_a_value_that_is_not_in_the_table_stops_the_filing() -> None:
    with pytest.raises(Invalid) as refused:
        value({"value": {"const": "poodle"}, "lookup": "breed"}, lookups=LOOKUPS)

    assert "mapping.unmapped" == refused.value.code


EMPTY = {"value": {"property": "applicant.email"}}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"onEmpty": "unset"}, None),
        ({"onEmpty": "emptyString"}, ""),
        ({"default": "none"}, "none"),
        ({"default": 0, "type": "decimal"}, "0"),
        ({"default": "2026-01-01", "type": "datetime"}, "2026-01-01T12:00:00+01:00"),
        ({"default": "none", "onEmpty": "fail", "required": True}, "none"),
    ],
)
def test_nothing_becomes_what_the_rule_says(more: dict[str, Any], expected: object) -> None:
    assert expected == value({**EMPTY, **more})


@pytest.mark.parametrize(
    "more", [{}, {"onEmpty": "emptyString", "type": "integer"}, {"when": {"present": {"const": ""}}}]
)
def test_nothing_is_left_out(more: dict[str, Any]) -> None:
    assert field({**EMPTY, **more}) is None


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"onEmpty": "fail"}, "mapping.value_empty"),
        ({"required": True}, "mapping.required_property_missing"),
        ({"required": True, "onEmpty": "emptyString"}, "mapping.required_property_missing"),
    ],
)
def test_nothing_stops_the_filing_where_something_is_needed(more: dict[str, Any], code: str) -> None:
    assert code == failure({**EMPTY, **more}).code


@settings(max_examples=60)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**12), max_value=10**12))
def test_a_number_survives_every_way_of_writing_it(number: Decimal) -> None:
    german = f"{number:,.3f}".translate(str.maketrans(",.", ".,"))

    assert number == parse_decimal(german, "de") == parse_decimal(f"{number:f}", "C")


@settings(max_examples=40)
@given(st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)))
def test_a_point_in_time_stays_the_same_point(moment: datetime) -> None:
    written = value({"value": {"property": "submission.receivedAt"}}, of=facts(submission_receivedAt=moment))

    assert timedelta() == datetime.fromisoformat(written) - moment


@settings(max_examples=80)
@given(
    st.text(max_size=40),
    st.sampled_from(["string", "id", "boolean", "integer", "decimal", "datetime", "html", "uri"]),
)
def test_every_text_is_either_converted_or_refused(text: str, kind: str) -> None:
    mapping = resolved({"case": {"properties": {"7": {"value": {"property": "service.name"}, "type": kind}}}})
    rendered, problems = render_what_can(mapping, facts(service_name=text), [])
    values = [one.value for target in rendered.targets for one in target.properties]

    assert all(isinstance(one, str | bool | int) for one in values)
    assert all(one.code.startswith("mapping.not_a") for one in problems)
    assert len(values) + len(problems) == (1 if clean(text) else 0)
