"""Inheritance: merged by key, pinned, and the base's final word stands."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.core.errors import Invalid
from caseway.mapping.resolve import base_of, ensure_bindable, fingerprint, resolve
from tests.unit.mapping.mappings import finder, mapping, resolved

REFERENCE = {"value": {"property": "submission.id"}, "required": True}


def base(**target: Any) -> dict[str, Any]:
    return mapping({"case": target}, id="base")


def child(targets: Any = None, **more: Any) -> dict[str, Any]:
    return mapping({} if targets is None else targets, extends="base@1", **more)


def test_a_property_of_the_base_is_there_in_the_child() -> None:
    merged = resolve(child(), finder(base(properties={"355": REFERENCE})))

    assert REFERENCE == merged["targets"]["case"]["properties"]["355"]


def test_null_takes_a_property_and_a_target_away(dog_tax_resolved: dict[str, Any]) -> None:
    assert "304" not in dog_tax_resolved["targets"]["case"]["properties"]
    assert "message" not in dog_tax_resolved["targets"]


def test_a_child_may_change_one_key_of_a_property() -> None:
    merged = resolve(
        child({"case": {"properties": {"355": {"label": "Nummer"}}}}),
        finder(base(properties={"355": REFERENCE})),
    )

    assert {**REFERENCE, "label": "Nummer"} == merged["targets"]["case"]["properties"]["355"]


def test_a_value_is_replaced_whole_never_mixed() -> None:
    change = {"case": {"parent": {"id": "42"}, "properties": {"355": {"value": {"const": "x"}}}}}
    merged = resolve(child(change), finder(base(parent={"path": "/a"}, properties={"355": REFERENCE})))

    assert {"const": "x"} == merged["targets"]["case"]["properties"]["355"]["value"]
    assert {"id": "42"} == merged["targets"]["case"]["parent"]


def test_arrays_are_replaced() -> None:
    merged = resolve(child({"case": {"secondaryTypes": ["b"]}}), finder(base(secondaryTypes=["a", "c"])))

    assert ["b"] == merged["targets"]["case"]["secondaryTypes"]


def test_the_documents_given_are_left_as_they_were() -> None:
    given_base = base(properties={"355": REFERENCE})
    resolve(child({"case": {"properties": {"355": None}}}), finder(given_base))

    assert base(properties={"355": REFERENCE}) == given_base


def test_the_result_names_itself_and_no_base(dog_tax_resolved: dict[str, Any]) -> None:
    assert ("hundesteuer", 1, None) == (
        dog_tax_resolved["id"],
        dog_tax_resolved["version"],
        base_of(dog_tax_resolved),
    )


def test_resolving_twice_changes_nothing(dog_tax_resolved: dict[str, Any]) -> None:
    assert dog_tax_resolved == resolve(dog_tax_resolved, finder())


def code_of(document: dict[str, Any], *published: dict[str, Any]) -> str:
    with pytest.raises(Invalid) as refused:
        resolve(document, finder(*published))
    return refused.value.code


def test_a_base_that_is_not_published_is_missing() -> None:
    assert "mapping.base_missing" == code_of(child(), base() | {"version": 2})


def test_mappings_that_extend_each_other_are_refused() -> None:
    one, other = mapping(id="a", extends="b@1"), mapping(id="b", extends="a@1")

    assert "mapping.extends_cycle" == code_of(one, one, other)


def test_a_mapping_that_extends_itself_is_refused() -> None:
    assert "mapping.extends_cycle" == code_of(mapping(extends="test@1"))


@pytest.mark.parametrize(("bases", "fits"), [(4, True), (5, False)])
def test_four_bases_are_the_limit(bases: int, fits: bool) -> None:
    chain = [mapping(id=f"m{n}", extends=f"m{n + 1}@1") for n in range(bases)] + [mapping(id=f"m{bases}")]

    if fits:
        assert "m0" == resolve(chain[0], finder(*chain))["id"]
    else:
        assert "mapping.extends_too_deep" == code_of(chain[0], *chain)


FINAL = {**REFERENCE, "final": True}


@pytest.mark.parametrize("change", [None, {"label": "x"}, {"final": False}, {"value": {"const": "x"}}])
def test_a_final_property_cannot_be_changed_or_removed(change: Any) -> None:
    changed = child({"case": {"properties": {"355": change}}})

    assert "mapping.final_overridden" == code_of(changed, base(properties={"355": FINAL}))


def test_a_target_with_a_final_property_may_be_switched_off_but_not_remade() -> None:
    middle = mapping({"case": None}, id="middle", extends="base@1")
    remade = mapping({"case": {}}, extends="middle@1")
    first = base(properties={"355": FINAL})

    assert {} == resolve(middle, finder(first))["targets"]
    assert "mapping.final_overridden" == code_of(remade, first, middle)


def test_a_property_without_a_value_is_refused() -> None:
    assert "mapping.value_missing" == code_of(mapping({"case": {"properties": {"1": {"label": "x"}}}}))


def test_an_abstract_base_cannot_be_bound_but_what_extends_it_can() -> None:
    abstract = base() | {"abstract": True}
    ensure_bindable(resolve(child(), finder(abstract)))

    with pytest.raises(Invalid) as refused:
        ensure_bindable(abstract)

    assert "mapping.abstract_bound" == refused.value.code


def test_type_parent_and_name_have_defaults() -> None:
    targets = resolved({"case": {}, "attachment": {}})["targets"]

    assert ("cmis:folder", {"path": "/"}) == (targets["case"]["type"], targets["case"]["parent"])
    assert ("cmis:document", {"target": "case"}) == (
        targets["attachment"]["type"],
        targets["attachment"]["parent"],
    )


def test_without_a_case_file_documents_go_to_the_root() -> None:
    assert {"path": "/"} == resolved({"attachment": {}})["targets"]["attachment"]["parent"]


@settings(max_examples=30)
@given(st.permutations(["355", "304", "10"]))
def test_the_fingerprint_does_not_know_the_order_of_keys(ids: list[str]) -> None:
    one = resolved({"case": {"properties": dict.fromkeys(ids, REFERENCE)}})
    other = resolved({"case": {"properties": dict.fromkeys(sorted(ids), REFERENCE)}})

    assert fingerprint(one) == fingerprint(other)


def test_the_fingerprint_changes_with_the_content() -> None:
    assert fingerprint(resolved()) != fingerprint(resolved({"case": {"type": "D_AKTE"}}))
