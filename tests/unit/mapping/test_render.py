"""Rendering: the objects to file, complete, in order, the same every time."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.core.errors import Invalid
from caseway.mapping.facts import DocumentFacts
from caseway.mapping.render import render, render_what_can
from caseway.mapping.rendered import RenderedTarget
from tests.unit.mapping.mappings import (
    APPLICATION,
    ATTACHMENT,
    MESSAGE,
    STRUCTURED,
    XML,
    facts,
    field,
    resolved,
    value,
)

DOCUMENTS = [ATTACHMENT, STRUCTURED, APPLICATION]
ALL: dict[str, Any] = {"case": {}, "application": {}, "structured": {}, "attachment": {}, "message": {}}


def test_the_example_becomes_the_objects_of_the_dms(dog_tax_resolved: dict[str, Any]) -> None:
    case = render(dog_tax_resolved, facts(xml=XML), DOCUMENTS).targets[0]

    assert {
        "355": "sub-1",
        "410": "Mustermann",
        "411": "2026-11-01T12:00:00+01:00",
        "412": False,
        "413": ["R017", "R004"],
        "414": "1212.50",
    } == {one.id: one.value for one in case.properties}
    assert ("D_HUND", {"path": "/Onlineantraege"}) == (case.object_type, case.parent)


def test_each_document_goes_to_the_target_of_its_role_in_the_order_of_filing() -> None:
    rendered = render(resolved(ALL), facts(message_id="msg-1"), [MESSAGE, *DOCUMENTS])

    assert [
        ("case", None, "case-1"),
        ("application", "doc-1", "sub-1/doc-1"),
        ("structured", "doc-2", "sub-1/doc-2"),
        ("attachment", "doc-3", "sub-1/doc-3"),
        ("message", "doc-4", "msg-1"),
    ] == [(one.target, one.document_id, one.key) for one in rendered.targets]


def test_the_filing_key_of_a_case_without_a_case_id_is_its_submission() -> None:
    assert "sub-1" == render(resolved(), facts(case_id=None), []).targets[0].key


def test_the_filing_key_can_be_written_into_a_property() -> None:
    assert "case-1" == value({"value": {"property": "filing.key"}})


def test_a_message_without_a_file_is_an_object_too() -> None:
    last = render(resolved(ALL), facts(message_id="msg-1"), []).targets[-1]

    assert ("message", None, "msg-1") == (last.target, last.document_id, last.key)


def test_two_files_of_one_message_have_two_keys() -> None:
    second = DocumentFacts("doc-5", "message", 5, "Nachricht2.txt")
    rendered = render(resolved(ALL), facts(message_id="msg-1"), [second, MESSAGE])

    assert ["msg-1", "sub-1/doc-5"] == [one.key for one in rendered.targets[1:]]


def test_what_is_left_out_is_told_with_its_reason(dog_tax_resolved: dict[str, Any]) -> None:
    only_reds = {
        **ALL,
        "attachment": {"when": {"equals": [{"property": "document.fieldKey"}, "red"]}},
        "message": None,
    }
    rendered = render(resolved(only_reds), facts(), [ATTACHMENT, MESSAGE])

    assert [("attachment", "doc-3", "condition"), ("message", "doc-4", "off")] == [
        (one.target, one.document_id, one.reason) for one in rendered.skipped
    ]


def test_a_target_that_is_switched_off_is_left_out() -> None:
    assert [] == render(resolved({"attachment": {"enabled": False}}), facts(), [ATTACHMENT]).targets


@pytest.mark.parametrize(
    ("suffix", "expected"),
    [("none", "Antrag.pdf"), ("key", "Antrag (doc-1).pdf"), ("hash8", "Antrag (f801cb46).pdf")],
)
def test_a_name_is_made_unique_as_the_mapping_says(suffix: str, expected: str) -> None:
    mapping = resolved({"case": {}, "application": {}}, idempotency={"nameSuffix": suffix})

    assert expected == render(mapping, facts(), [APPLICATION]).targets[1].name


def test_two_files_of_one_name_in_one_folder_get_two_names() -> None:
    mapping = resolved(
        {"case": {}, "attachment": {"name": {"property": "document.filename"}}},
        idempotency={"nameSuffix": "none"},
    )
    twins = [DocumentFacts("a", "attachment", 1, "Foto.jpg"), DocumentFacts("b", "attachment", 2, "foto.JPG")]
    first, second = [one.name for one in render(mapping, facts(), twins).targets[1:]]

    assert ("Foto.jpg", 8 + len("foto ().JPG")) == (first, len(second))


def test_an_empty_name_becomes_the_key() -> None:
    mapping = resolved(
        {"case": {"name": {"property": "applicant.email"}}}, idempotency={"nameSuffix": "none"}
    )

    assert "case-1" == render(mapping, facts(), []).targets[0].name


@pytest.mark.parametrize(
    ("targets", "documents", "more", "code"),
    [
        ({"case": {}}, [DocumentFacts("x", "photo")], {}, "mapping.role_unknown"),
        ({"case": {}}, [], {"submission_id": None}, "mapping.key_missing"),
        (
            {"case": {"when": {"present": {"const": ""}}}, "application": {}},
            [APPLICATION],
            {},
            "mapping.parent_missing",
        ),
        ({"case": {"name": {"template": "{x.y}"}}}, [], {}, "mapping.property_unknown"),
    ],
)
def test_what_cannot_be_filed_is_refused(targets: Any, documents: Any, more: Any, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        render(resolved(targets), facts(**more), documents)

    assert code == refused.value.code


def test_every_problem_is_told_at_once() -> None:
    wrong = {"value": {"const": "x"}, "type": "integer"}
    mapping = resolved(
        {"case": {"properties": {"2": wrong, "10": wrong}}, "application": {"properties": {"3": wrong}}}
    )

    with pytest.raises(Invalid) as refused:
        render(mapping, facts(), [APPLICATION])

    assert [("case", "2"), ("case", "10"), ("application", "3")] == [
        (one["target"], one["property"]) for one in refused.value.details["problems"]
    ]


def test_a_preview_shows_what_can_be_rendered_beside_the_problems() -> None:
    mapping = resolved(
        {"case": {"properties": {"1": {"value": {"const": "x"}}, "2": {"value": {"property": "no"}}}}}
    )
    rendered, problems = render_what_can(mapping, facts(), [])

    assert (["1"], ["mapping.property_unknown"]) == (
        [one.id for one in rendered.targets[0].properties],
        [one.code for one in problems],
    )


@pytest.mark.parametrize("marked", [{"sensitive": True}, {"value": {"property": "antragsteller.nachname"}}])
def test_a_sensitive_value_is_masked_for_the_screen(marked: dict[str, Any]) -> None:
    found = field({"value": {"property": "service.name"}, **marked}, of=facts(service_name="Mustermann"))

    assert found is not None
    assert ("•••", False) == (found.shown, "Mustermann" in repr(found))


def test_a_target_goes_to_json_and_back(dog_tax_resolved: dict[str, Any]) -> None:
    for target in render(dog_tax_resolved, facts(xml=XML), DOCUMENTS).targets:
        assert target == RenderedTarget.from_json(json.loads(json.dumps(target.as_json())))


@settings(max_examples=30)
@given(
    st.permutations(DOCUMENTS),
    st.permutations(["1", "2", "30"]),
    st.dictionaries(st.sampled_from(["service_name", "form_name", "applicant_email"]), st.text(max_size=20)),
)
def test_the_same_input_gives_the_same_bytes(documents: Any, ids: list[str], values: dict[str, Any]) -> None:
    def rendered(order: list[str], files: Any) -> str:
        rules = {"value": {"template": "{service.name}{antrag.name}{applicant.email}"}}
        targets = {
            name: {"properties": dict.fromkeys(order, rules)}
            for name in ("attachment", "case", "application")
        }
        return json.dumps(render(resolved(targets), facts(**values), files).as_json())

    assert rendered(["1", "2", "30"], DOCUMENTS) == rendered(ids, documents)
