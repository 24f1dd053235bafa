"""Lint: what can be said of a mapping without a submission and without the DMS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from caseway.core.errors import Invalid
from caseway.mapping.conditions import values_in
from caseway.mapping.document import schema_problems
from caseway.mapping.findings import Finding
from caseway.mapping.hints import did_you_mean
from caseway.mapping.lint_rules import rule_findings
from caseway.mapping.lint_values import Place, value_findings
from caseway.mapping.resolve import Find, resolve
from caseway.mapping.scalars import zone
from caseway.mapping.typedefs import PROVIDED

Resolved = Mapping[str, Any]


def nothing_published(mapping_id: str, version: int) -> None:
    """Find no base: for a document that is resolved already, or that extends nothing."""
    return


def lint(document: Mapping[str, Any], find: Find = nothing_published) -> list[Finding]:
    """Return what is wrong or doubtful in a document, written or resolved, in the order of the document.

    A document that does not fit the schema, or whose bases cannot be found, is not looked at any further.
    """
    if problems := schema_problems(document):
        return [Finding("mapping.schema", "error", **problem) for problem in problems]
    try:
        resolved = resolve(document, find)
    except Invalid as error:
        return [Finding.of(error, "extends")]
    return list(_findings(resolved))


def _findings(resolved: Resolved) -> Iterator[Finding]:
    yield from _timezone(resolved)
    if not any(target["enabled"] for target in resolved["targets"].values()):
        yield Finding(
            "mapping.no_targets",
            "error",
            "targets",
            "The mapping files nothing.",
            "Add a target, such as case.",
        )
    for name, target in resolved["targets"].items():
        yield from _target(name, target, resolved)
    yield from _unused_lookups(resolved)


def _timezone(resolved: Resolved) -> Iterator[Finding]:
    try:
        zone(resolved["timezone"])
    except Invalid as error:
        yield Finding.of(error, "timezone")


def _target(name: str, target: Resolved, resolved: Resolved) -> Iterator[Finding]:
    path = f"targets.{name}"
    place = Place(name, resolved["namespaces"])
    yield from _parent(name, target, resolved)
    yield from value_findings(target["name"], f"{path}.name", place)
    yield from _condition(target.get("when"), f"{path}.when", place)
    yield from _key_property(name, target, resolved["idempotency"])
    for property_id, rule in target["properties"].items():
        here = f"{path}.properties.{property_id}"
        yield from _provided(property_id, here)
        yield from value_findings(rule["value"], f"{here}.value", place, multi=_takes_several(rule))
        yield from _condition(rule.get("when"), f"{here}.when", place)
        yield from _lookup(rule, here, resolved["lookups"])
        yield from rule_findings(rule, here)


def _takes_several(rule: Resolved) -> bool:
    return bool(rule.get("multi")) or "join" in (rule.get("convert") or {})


def _condition(condition: Resolved | None, path: str, place: Place) -> Iterator[Finding]:
    for here, value in values_in(condition, path):
        yield from value_findings(value, here, place, multi=True)


def _parent(name: str, target: Resolved, resolved: Resolved) -> Iterator[Finding]:
    if "target" not in target["parent"] or not target["enabled"]:
        return
    case = resolved["targets"].get("case")
    if name == "case" or case is None or not case["enabled"]:
        yield Finding(
            "mapping.parent_missing",
            "error",
            f"targets.{name}.parent",
            f"{name} belongs into the case file, but the mapping makes none above it.",
            "Give a path or an id as parent.",
        )


def _key_property(name: str, target: Resolved, idempotency: Resolved) -> Iterator[Finding]:
    key = idempotency.get("keyProperty")
    if key is None or not target["enabled"] or key in target["properties"]:
        return
    only_by_query = set(idempotency["strategy"]) <= {"query"}
    yield Finding(
        "mapping.key_property_missing",
        "error" if only_by_query else "warning",
        f"targets.{name}.properties",
        f"{name} does not set the key property {key}, so a query cannot find it again.",
        f"Map {key} there too, for example from submission.id.",
    )


def _provided(property_id: str, path: str) -> Iterator[Finding]:
    if property_id in PROVIDED:
        yield Finding(
            "mapping.property_provided",
            "error",
            path,
            f"{property_id} is set by the target itself.",
            "Use `name`, `type` or `secondaryTypes` of the target.",
        )


def _lookup(rule: Resolved, path: str, lookups: Resolved) -> Iterator[Finding]:
    name = rule.get("lookup")
    if name is not None and name not in lookups:
        yield Finding(
            "mapping.lookup_unknown",
            "error",
            f"{path}.lookup",
            f"There is no look-up table {name}.",
            did_you_mean(name, lookups) or "Add it to `lookups`.",
        )


def _unused_lookups(resolved: Resolved) -> Iterator[Finding]:
    rules = [rule for target in resolved["targets"].values() for rule in target["properties"].values()]
    used = {rule.get("lookup") for rule in rules} | {resolved.get("remit", {}).get("statusLookup")}
    for name in resolved["lookups"]:
        if name not in used:
            yield Finding(
                "mapping.lookup_unused", "warning", f"lookups.{name}", f"Nothing uses the table {name}."
            )
