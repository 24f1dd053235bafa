"""Rendering with the DMS's own type definitions: what it would refuse is found before the first call."""

from __future__ import annotations

from typing import Any

import pytest

from caseway.core.errors import Invalid
from caseway.mapping.render import render
from tests.unit.mapping.mappings import APPLICATION, facts, resolved, value


def const(content: Any, **more: Any) -> dict[str, Any]:
    return {"value": {"const": content}, **more}


CHOICE = {
    "choice": [{"displayName": "A", "value": "DOC01", "choice": [{"value": ["DOC02"]}]}],
    "openChoice": False,
}


@pytest.mark.parametrize(
    ("rule", "definition", "expected"),
    [
        (const("12"), {"propertyType": "integer"}, 12),
        (const("x"), {"propertyType": "string", "cardinality": "multi"}, ["x"]),
        (const(["x", "y"], multi=True), {"propertyType": "string", "cardinality": "multi"}, ["x", "y"]),
        (const("abcdef", onOverflow="truncate"), {"propertyType": "string", "maxLength": 3}, "abc"),
        (const("DOC02"), {"propertyType": "string", **CHOICE}, "DOC02"),
        (const("other"), {"propertyType": "string", **CHOICE, "openChoice": True}, "other"),
        (const("1.50"), {"propertyType": "decimal", "choice": [{"value": 1.5}], "openChoice": False}, "1.50"),
        (
            const("1970-01-02T00:00:00Z"),
            {"propertyType": "datetime", "choice": [{"value": 86400000}], "openChoice": False},
            "1970-01-02T01:00:00+01:00",
        ),
        (const(5), {"propertyType": "integer", "minValue": 5, "maxValue": 5}, 5),
    ],
)
def test_a_value_fits_the_definition(rule: Any, definition: Any, expected: object) -> None:
    assert expected == value(rule, definition=definition)


@pytest.mark.parametrize(
    ("rule", "definition", "code"),
    [
        (const("x"), {"propertyType": "integer"}, "mapping.not_an_integer"),
        (const("1", type="string"), {"propertyType": "integer"}, "mapping.type_conflict"),
        (
            const(["x"], multi=True),
            {"propertyType": "string", "cardinality": "single"},
            "mapping.cardinality",
        ),
        (const("abcd"), {"propertyType": "string", "maxLength": 3}, "mapping.too_long"),
        (const("DOC03"), {"propertyType": "string", **CHOICE}, "mapping.not_a_choice"),
        (const(6), {"propertyType": "integer", "maxValue": 5}, "mapping.out_of_range"),
        (const("-0.1"), {"propertyType": "decimal", "minValue": 0}, "mapping.out_of_range"),
        (const("x"), {"propertyType": "string", "updatability": "readonly"}, "mapping.property_read_only"),
    ],
)
def test_what_the_dms_would_refuse_is_refused_here(rule: Any, definition: Any, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        value(rule, definition=definition)

    assert (code, "7") == (refused.value.code, refused.value.details["property"])


def application(properties: dict[str, Any]) -> dict[str, Any]:
    return resolved({"application": {"type": "DPORT", "properties": properties}})


REFERENCE = {"value": {"property": "submission.id"}}


@pytest.mark.parametrize("rule", [None, {"value": {"property": "applicant.email"}, "onEmpty": "emptyString"}])
def test_a_property_the_dms_requires_must_have_a_value(dport: dict[str, Any], rule: Any) -> None:
    mapped = {"1355": REFERENCE} | ({"362": rule} if rule else {})

    with pytest.raises(Invalid) as refused:
        render(application(mapped), facts(), [APPLICATION], {"DPORT": dport})

    assert ("mapping.required_property_missing", "362", "Dokumenttyp") == (
        refused.value.code,
        refused.value.details["property"],
        refused.value.details["display_name"],
    )
    assert 1 == len(refused.value.details["problems"])


def test_with_all_required_properties_it_renders_with_the_types_of_the_dms(dport: dict[str, Any]) -> None:
    mapped = {"1355": REFERENCE, "362": const("DOC01")}
    only = render(application(mapped), facts(), [APPLICATION], {"DPORT": dport}).targets[0]

    assert [("362", "string"), ("1355", "string")] == [(one.id, one.type) for one in only.properties]


def test_a_property_of_a_secondary_type_is_known(dport: dict[str, Any]) -> None:
    aspect = {
        "id": "A",
        "baseId": "cmis:secondary",
        "propertyDefinitions": {"a:key": {"propertyType": "string"}},
    }
    target = {"type": "D", "secondaryTypes": ["A"], "properties": {"a:key": REFERENCE}}
    types = {"D": {"id": "D", "propertyDefinitions": {}}, "A": aspect}

    assert "sub-1" == render(resolved({"case": target}), facts(), [], types).targets[0].properties[0].value


@pytest.mark.parametrize(
    ("properties", "type_id", "code"),
    [
        ({"999": REFERENCE}, "DPORT", "mapping.property_not_in_type"),
        ({}, "DPORTX", "mapping.object_type_unknown"),
    ],
)
def test_an_unknown_id_is_refused(dport: dict[str, Any], properties: Any, type_id: str, code: str) -> None:
    mapping = resolved({"application": {"type": type_id, "properties": properties}})

    with pytest.raises(Invalid) as refused:
        render(mapping, facts(), [APPLICATION], {"DPORT": dport})

    assert code == refused.value.code


def test_a_name_keeps_to_the_limit_of_the_dms(dport: dict[str, Any]) -> None:
    short = {"cmis:name": {"propertyType": "string", "maxLength": 30}}
    made = render(
        resolved(), facts(), [], {"cmis:folder": {"id": "cmis:folder", "propertyDefinitions": short}}
    )

    assert "S-8F3KQ2ZT Hundesteuer a (case-1)"[:21] + " (case-1)" == made.targets[0].name
