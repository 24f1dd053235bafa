"""What changed between two mappings, in words."""

from __future__ import annotations

from typing import Any

from caseway.mapping.diff import Change, diff
from tests.unit.mapping.mappings import resolved

RULE = {"label": "Nummer", "value": {"property": "submission.id"}}


def case(**target: Any) -> dict[str, Any]:
    return resolved({"case": target})


def test_nothing_changed_is_no_change() -> None:
    assert [] == diff(case(), case() | {"version": 2, "title": "Neu"})


def test_a_new_and_a_removed_property_are_one_change_each() -> None:
    path = "targets.case.properties.355"
    with_rule, without = case(properties={"355": RULE}), case()

    assert [Change(path, None, "property submission.id", "Nummer")] == diff(without, with_rule)
    assert [Change(path, "property submission.id", None, "Nummer")] == diff(with_rule, without)


def test_a_changed_value_is_told_by_where_it_comes_from() -> None:
    other = case(properties={"355": {**RULE, "value": {"const": "x"}}})
    only = diff(case(properties={"355": RULE}), other)[0]

    assert ("changed", "property submission.id", "const x") == (only.kind, only.before, only.after)
    assert ("targets.case.properties.355.value", "Nummer") == (only.path, only.label)


def test_a_parent_is_one_change() -> None:
    change = diff(case(parent={"path": "/a"}), case(parent={"id": "7"}))

    assert [Change("targets.case.parent", {"path": "/a"}, {"id": "7"})] == change


def test_properties_may_have_the_names_of_places() -> None:
    rules = {"name": RULE, "value": RULE, "when": RULE}

    assert ["added"] * 3 == [one.kind for one in diff(case(), case(properties=rules))]


def test_a_base_and_what_extends_it_differ_where_it_says(
    base: dict[str, Any], dog_tax_resolved: dict[str, Any]
) -> None:
    from_base = resolved(
        base["targets"], idempotency=base["idempotency"], remit=base["remit"], connection="dms-stadt"
    )
    changed = {one.path: one.kind for one in diff(from_base, dog_tax_resolved)}

    assert "removed" == changed["targets.case.properties.304"]
    assert "changed" == changed["targets.case.type"]
    assert "added" == changed["targets.case.properties.414"]
