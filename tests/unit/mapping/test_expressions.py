"""The seven kinds of value, and conditions."""

from __future__ import annotations

from typing import Any

import pytest

from caseway.core.errors import Invalid
from caseway.mapping.conditions import holds
from caseway.mapping.expressions import Source, describe, evaluate, never_empty
from tests.unit.mapping.mappings import XML, facts

FORM = {"f": "urn:example:hundesteuer:1"}


def source(**values: Any) -> Source:
    return Source(facts(**values), namespaces=FORM, timezone="Europe/Berlin")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"property": "submission.id"}, ["sub-1"]),
        ({"property": "antrag.id"}, ["sub-1"]),
        ({"property": "dienstleistung.name"}, ["Hundesteuer anmelden"]),
        ({"property": "applicant.email"}, []),
        ({"xpath": "string(//f:nachname)"}, ["Mustermann"]),
        ({"const": "DOC01"}, ["DOC01"]),
        ({"const": False}, [False]),
        ({"const": " "}, []),
        ({"template": "{service.id}/{{{antrag.id|upper}}}"}, ["hundesteuer/{SUB-1}"]),
        ({"template": "{applicant.email} "}, []),
        ({"first": [{"property": "applicant.email"}, {"const": "none"}]}, ["none"]),
        ({"first": [{"xpath": "//f:none"}, {"property": "applicant.email"}]}, []),
        ({"concat": [{"property": "applicant.givenName"}, {"const": "M."}], "separator": " "}, ["Erika M."]),
        ({"concat": [{"property": "applicant.email"}, {"const": "x"}], "separator": "-"}, ["x"]),
    ],
)
def test_each_kind_yields_its_value(value: Any, expected: list[object]) -> None:
    assert expected == evaluate(value, source(xml=XML))


def test_jsonpath_asks_the_json_file() -> None:
    assert ["labrador"] == evaluate({"jsonpath": "$.dog"}, source(json={"dog": "labrador"}))


@pytest.mark.parametrize("value", [{"xpath": "//f:rasse"}, {"jsonpath": "$.x"}])
def test_without_a_structured_file_an_expression_yields_nothing(value: Any) -> None:
    assert [] == evaluate(value, source())


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"property": "submission.idd"}, "mapping.property_unknown"),
        ({"template": "{submission.idd}"}, "mapping.property_unknown"),
        ({"xpath": "//f:rasse"}, "mapping.xpath_many"),
        ({"const": ["a", "b"]}, "mapping.const_many"),
        ({"concat": [{"xpath": "//f:rasse"}]}, "mapping.xpath_many"),
    ],
)
def test_an_unknown_name_and_a_second_value_are_errors(value: Any, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        evaluate(value, source(xml=XML))

    assert code == refused.value.code


def test_two_nodes_are_two_values_where_several_are_wanted() -> None:
    assert ["labrador", "dackel"] == evaluate({"xpath": "//f:rasse"}, source(xml=XML), multi=True)


def test_an_unknown_name_gets_the_close_one() -> None:
    with pytest.raises(Invalid) as refused:
        evaluate({"property": "applicant.familyname"}, source())

    assert "Did you mean applicant.familyName?" == refused.value.remedy


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (None, True),
        ({"present": {"property": "applicant.email"}}, False),
        ({"present": {"xpath": "//f:rasse"}}, True),
        ({"equals": [{"property": "service.id"}, "hundesteuer"]}, True),
        ({"equals": [{"xpath": "count(//f:rasse)"}, 2]}, True),
        ({"equals": [{"xpath": "boolean(//f:rasse)"}, True]}, True),
        ({"equals": [{"xpath": "//f:rasse"}, "dackel"]}, True),
        ({"in": [{"property": "service.id"}, ["a", "hundesteuer"]]}, True),
        ({"in": [{"property": "service.id"}, []]}, False),
        ({"not": {"present": {"property": "applicant.email"}}}, True),
        ({"all": [{"present": {"const": "x"}}, {"present": {"const": ""}}]}, False),
        ({"any": [{"present": {"const": "x"}}, {"present": {"const": ""}}]}, True),
    ],
)
def test_a_condition_is_a_small_tree(condition: Any, expected: bool) -> None:
    assert expected == holds(condition, source(xml=XML))


def test_texts_are_equal_composed_or_decomposed() -> None:
    assert holds({"equals": [{"property": "service.name"}, "Grün"]}, source(service_name="Gru\u0308n "))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"const": "x"}, True),
        ({"const": ""}, False),
        ({"property": "antrag.id"}, True),
        ({"property": "applicant.email"}, False),
        ({"template": "Nr. {applicant.email}"}, True),
        ({"template": "{applicant.email}"}, False),
        ({"first": [{"xpath": "/a"}, {"const": "x"}]}, True),
        ({"xpath": "/a"}, False),
    ],
)
def test_it_is_known_which_values_are_never_empty(value: Any, expected: bool) -> None:
    assert expected == never_empty(value)


def test_a_source_is_described_for_a_person() -> None:
    assert "first (xpath /a; const x, y)" == describe({"first": [{"xpath": "/a"}, {"const": ["x", "y"]}]})
