"""Verify holds a mapping against the type definitions of the DMS."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from caseway.mapping.verify import verify
from tests.unit.mapping.mappings import resolved

GOOD = {"1355": {"value": {"property": "submission.id"}}, "362": {"value": {"const": "DOC01"}}}
PATH = "targets.application"


def found(
    dport: dict[str, Any], change: Any = None, target: Any = None, **more: Any
) -> set[tuple[str, str, str]]:
    definition = deepcopy(dport)
    for key, changed in (change or {}).items():
        if key in definition["propertyDefinitions"]:
            definition["propertyDefinitions"][key].update(changed)
        else:
            definition[key] = changed
    mapping = resolved({"application": {"type": "DPORT", "properties": GOOD, **(target or {})}}, **more)
    return {
        (one.code.removeprefix("mapping."), one.level, one.path)
        for one in verify(mapping, {"DPORT": definition})
    }


def with_rule(property_id: str, rule: Any) -> dict[str, Any]:
    return {"properties": {**GOOD, property_id: rule}}


def test_a_mapping_that_fits_has_no_findings(dport: dict[str, Any]) -> None:
    assert set() == found(dport)


def test_a_required_property_that_is_not_mapped_is_an_error(dport: dict[str, Any]) -> None:
    only = {"properties": {"1355": GOOD["1355"]}}

    assert {("required_property_missing", "error", f"{PATH}.properties")} == found(dport, target=only)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"value": {"xpath": "/a"}}, {("required_may_be_empty", "warning", f"{PATH}.properties.362")}),
        ({"value": {"xpath": "/a"}, "default": "DOC01"}, set()),
        ({"value": {"first": [{"xpath": "/a"}, {"const": "DOC01"}]}}, set()),
        ({"value": {"const": "DOC09"}}, {("not_a_choice", "error", f"{PATH}.properties.362.value.const")}),
        (
            {"value": {"const": "DOC01"}, "default": "x"},
            {("not_a_choice", "error", f"{PATH}.properties.362.default")},
        ),
        (
            {"value": {"const": "a"}, "lookup": "kinds"},
            {("not_a_choice", "error", f"{PATH}.properties.362.lookup")},
        ),
        (
            {"value": {"const": "DOC01"}, "type": "id"},
            {("type_conflict", "error", f"{PATH}.properties.362.type")},
        ),
        (
            {"value": {"const": "DOC01"}, "multi": True},
            {("cardinality", "error", f"{PATH}.properties.362.multi")},
        ),
    ],
)
def test_a_rule_is_held_against_its_definition(dport: dict[str, Any], rule: Any, expected: Any) -> None:
    kinds = {"kinds": {"a": "DOC01", "b": "DOC07"}}

    assert expected == found(dport, target=with_rule("362", rule), lookups=kinds)


@pytest.mark.parametrize(
    ("change", "target", "expected"),
    [
        ({"baseId": "cmis:folder"}, {}, ("base_type", "error", f"{PATH}.type")),
        ({"creatable": False}, {}, ("not_creatable", "error", f"{PATH}.type")),
        ({"contentStreamAllowed": "notallowed"}, {}, ("content_not_allowed", "error", f"{PATH}.type")),
        ({}, {"versioning": "major"}, ("versioning", "error", f"{PATH}.versioning")),
        ({"versionable": True}, {"versioning": "none"}, ("versioning", "error", f"{PATH}.versioning")),
        ({}, {"onExisting": "newVersion"}, ("versioning", "warning", f"{PATH}.onExisting")),
        ({"362": {"updatability": "oncreate"}}, {},
         ("property_not_updatable", "warning", f"{PATH}.properties.362")),
        ({"1355": {"maxLength": 2}}, with_rule("1355", {"value": {"const": "abc"}}),
         ("too_long", "error", f"{PATH}.properties.1355.value.const")),
        ({}, with_rule("999", GOOD["362"]), ("property_not_in_type", "error", f"{PATH}.properties.999")),
        ({}, {"type": "DPORX"}, ("object_type_unknown", "error", f"{PATH}.type")),
        ({}, {"secondaryTypes": ["DPORT"]}, ("base_type", "error", f"{PATH}.secondaryTypes")),
    ],
)  # fmt: skip
def test_what_the_dms_would_refuse_is_found(
    dport: dict[str, Any], change: Any, target: Any, expected: Any
) -> None:
    assert {expected} == found(dport, change, target)


def test_a_property_the_dms_sets_itself_is_an_error(dport: dict[str, Any]) -> None:
    rule = {"value": {"const": "x"}}

    assert {("property_read_only", "error", f"{PATH}.properties.cmis:createdBy")} == found(
        dport, target=with_rule("cmis:createdBy", rule)
    )


@pytest.mark.parametrize(("strategy", "level"), [(["query"], "error"), (["path", "query"], "warning")])
def test_a_key_that_cannot_be_asked_for_is_found(
    dport: dict[str, Any], strategy: list[str], level: str
) -> None:
    key = {"keyProperty": "1355", "strategy": strategy}

    assert {("key_not_queryable", level, f"{PATH}.properties.1355")} == found(
        dport, {"1355": {"queryable": False}}, idempotency=key
    )


def test_a_wrong_number_gets_the_property_of_the_same_name(dport: dict[str, Any]) -> None:
    wrong = {"label": "Auftrag-ID", "value": {"property": "submission.id"}}
    mapping = resolved({"application": {"type": "DPORT", "properties": {**GOOD, "355": wrong}}})

    assert ["Did you mean 1355 (Auftrag-ID)?"] == [one.remedy for one in verify(mapping, {"DPORT": dport})]


def test_a_target_that_is_switched_off_is_not_looked_at(dport: dict[str, Any]) -> None:
    assert set() == found(dport, target={"enabled": False, "properties": {}})
