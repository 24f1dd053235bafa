"""A mapping that does not fit the language is refused at its place, with what helps."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from caseway.core.errors import Invalid
from caseway.mapping import document
from tests.unit.mapping.mappings import mapping


def test_the_schema_is_itself_valid() -> None:
    Draft202012Validator.check_schema(document.schema())


def test_the_examples_of_the_reference_fit(base: dict[str, Any], dog_tax: dict[str, Any]) -> None:
    assert ("onlinevorgang-base", "hundesteuer") == (base["id"], dog_tax["id"])


def test_a_document_written_reads_back_the_same(dog_tax: dict[str, Any]) -> None:
    assert dog_tax == document.load(document.dump(dog_tax))


def properties(rule: Any) -> dict[str, Any]:
    return mapping({"case": {"properties": {"355": rule}}})


@pytest.mark.parametrize(
    ("wrong", "path", "words"),
    [
        (mapping({"akte": {}}), "targets", "akte is not known here"),
        (mapping({"case": {"typ": "X"}}), "targets.case", "typ is not known here"),
        (
            properties({"value": {"xpth": "/a"}}),
            "targets.case.properties.355.value",
            "xpth is not known here",
        ),
        (
            properties({"value": {"xpath": "a", "const": 1}}),
            "targets.case.properties.355.value",
            "exactly one kind",
        ),
        (properties({"value": {}}), "targets.case.properties.355.value", "must not be empty"),
        (properties({"type": "bool"}), "targets.case.properties.355.type", "must be one of"),
        (properties(5), "targets.case.properties.355", "must be a map"),
        (
            mapping({"case": {"parent": {"path": "no-slash"}}}),
            "targets.case.parent.path",
            "must have the form",
        ),
        (mapping(version=0), "version", "at least 1"),
        (mapping(extends="base"), "extends", "must have the form"),
        ([], "", "must be of type object"),
        ({}, "", "is missing"),
    ],
)
def test_what_does_not_fit_is_named_by_its_place(wrong: Any, path: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        document.check(wrong)

    assert ("mapping.schema", path) == (refused.value.code, refused.value.details["path"])
    assert words in refused.value.sentence


def test_a_typing_error_gets_the_close_name() -> None:
    with pytest.raises(Invalid) as refused:
        document.check(mapping({"case": {"propertys": {}}}))

    assert "Did you mean properties?" == refused.value.remedy


def test_null_may_stand_wherever_a_base_can_be_taken_back() -> None:
    taken_back = {"message": None, "case": {"when": None, "properties": {"1": None, "2": {"lookup": None}}}}

    assert [] == document.schema_problems(mapping(taken_back, lookups={"a": None}, remit=None))
