"""Lint says what is wrong without a submission and without the DMS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from caseway.mapping.findings import has_errors
from caseway.mapping.lint import lint
from tests.unit.mapping.mappings import finder, mapping


def found(document: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    return {(one.code.removeprefix("mapping."), one.level, one.path) for one in lint(document)}


def rule(value: Any, **more: Any) -> dict[str, Any]:
    return mapping({"case": {"properties": {"7": {"value": value, **more}}}}, lookups={})


RULE = "targets.case.properties.7"


def test_the_examples_have_no_errors(base: dict[str, Any], dog_tax: dict[str, Any]) -> None:
    assert not has_errors(lint(base))
    assert [] == lint(dog_tax, finder(base))


def test_a_resolved_mapping_needs_no_bases(dog_tax_resolved: dict[str, Any]) -> None:
    assert [] == lint(dog_tax_resolved)


@pytest.mark.parametrize(
    ("value", "code", "level", "place"),
    [
        ({"property": "submission.nr"}, "property_unknown", "error", ".value.property"),
        ({"property": "document.id"}, "vocabulary_out_of_place", "error", ".value.property"),
        ({"template": "{message.id}"}, "vocabulary_out_of_place", "warning", ".value.template"),
        ({"template": "{submission.id|shout}"}, "filter_unknown", "error", ".value.template"),
        ({"template": "{submission.nr}"}, "property_unknown", "error", ".value.template"),
        ({"xpath": "/a["}, "xpath_invalid", "error", ".value.xpath"),
        ({"xpath": "/f:a"}, "prefix_unknown", "error", ".value.xpath"),
        ({"xpath": "//*[//*[//*[//*]]]"}, "xpath_too_costly", "error", ".value.xpath"),
        ({"jsonpath": "$["}, "jsonpath_invalid", "error", ".value.jsonpath"),
        ({"const": ["a", "b"]}, "const_many", "error", ".value.const"),
        ({"first": [{"const": "x"}, {"property": "service.id"}]}, "unreachable", "warning", ".value.first.1"),
        ({"first": [{"xpath": "/a"}, {"xpath": "/a"}]}, "unreachable", "warning", ".value.first.1"),
        ({"concat": [{"property": "nope.x"}]}, "property_unknown", "error", ".value.concat.0.property"),
        ({"property": "applicant.email"}, "sensitive_not_marked", "warning", ""),
    ],
)
def test_a_doubtful_value_is_found(value: Any, code: str, level: str, place: str) -> None:
    assert {(code, level, RULE + place)} == found(rule(value))


@pytest.mark.parametrize(
    ("more", "code", "level", "place"),
    [
        ({"lookup": "breed"}, "lookup_unknown", "error", ".lookup"),
        (
            {"type": "string", "convert": {"numberLocale": "de"}},
            "type_conflict",
            "error",
            ".convert.numberLocale",
        ),
        ({"type": "integer", "onEmpty": "emptyString"}, "type_conflict", "error", ".onEmpty"),
        ({"type": "integer", "default": "x"}, "not_an_integer", "error", ".default"),
        ({"type": "boolean"}, "boolean_values", "warning", ".convert"),
        ({"convert": {"pattern": "(a+)+"}}, "pattern", "error", ".convert.pattern"),
        ({"convert": {"dateFormat": "dd.MM.yy"}}, "date_format", "error", ".convert.dateFormat"),
        ({"convert": {"timezone": "Berlin"}}, "timezone_unknown", "error", ".convert.timezone"),
        (
            {"when": {"not": {"present": {"property": "x.y"}}}},
            "property_unknown",
            "error",
            ".when.not.present.property",
        ),
        (
            {"when": {"any": [{"equals": [{"xpath": "["}, 1]}]}},
            "xpath_invalid",
            "error",
            ".when.any.0.equals.0.xpath",
        ),
    ],
)
def test_a_doubtful_rule_is_found(more: Any, code: str, level: str, place: str) -> None:
    assert {(code, level, RULE + place)} == found(rule({"xpath": "/a"}, **more))


def test_words_cannot_be_true_and_false() -> None:
    words = {"trueValues": ["ja", "x"], "falseValues": ["nein", "X"]}

    assert {("type_conflict", "error", f"{RULE}.convert")} == found(
        rule({"xpath": "/a"}, type="boolean", convert=words)
    )


def test_a_point_in_time_cannot_become_a_number() -> None:
    assert {("type_conflict", "error", f"{RULE}.type")} == found(
        rule({"property": "submission.receivedAt"}, type="integer")
    )


def test_a_constant_that_does_not_fit_its_type_is_found_now() -> None:
    assert {("not_a_boolean", "error", f"{RULE}.value.const")} == found(rule({"const": "ja"}, type="boolean"))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (mapping({}), ("no_targets", "error", "targets")),
        (mapping({"case": {"enabled": False}}), ("no_targets", "error", "targets")),
        (mapping(timezone="Mars"), ("timezone_unknown", "error", "timezone")),
        (
            mapping({"case": {"parent": {"target": "case"}}}),
            ("parent_missing", "error", "targets.case.parent"),
        ),
        (
            mapping({"message": {"parent": {"target": "case"}}}),
            ("parent_missing", "error", "targets.message.parent"),
        ),
        (mapping(lookups={"x": {"a": 1}}), ("lookup_unused", "warning", "lookups.x")),
        (
            mapping({"case": {"properties": {"cmis:name": {"value": {"const": "x"}}}}}),
            ("property_provided", "error", "targets.case.properties.cmis:name"),
        ),
        (
            mapping(idempotency={"keyProperty": "355"}),
            ("key_property_missing", "warning", "targets.case.properties"),
        ),
        (
            mapping(idempotency={"keyProperty": "355", "strategy": ["query"]}),
            ("key_property_missing", "error", "targets.case.properties"),
        ),
        (mapping(extends="base@1"), ("base_missing", "error", "extends")),
        (mapping({"case": {"typ": "x"}}), ("schema", "error", "targets.case")),
    ],
)
def test_a_doubtful_document_is_found(document: Any, expected: tuple[str, str, str]) -> None:
    assert {expected} == found(document)


def test_every_finding_says_something() -> None:
    for one in lint(rule({"property": "submission.nr"}, lookup="x", convert={"pattern": "("})):
        assert one.sentence.endswith((".", ")"))
