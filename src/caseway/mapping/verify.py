"""Verify: a resolved mapping against the type definitions the DMS has now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from caseway.core.errors import Invalid
from caseway.mapping.expressions import kind_of, never_empty
from caseway.mapping.findings import Finding
from caseway.mapping.hints import did_you_mean
from caseway.mapping.typedefs import ObjectType, PropertyDefinition, TypeDefinitions, object_type
from caseway.mapping.verify_rules import rule_findings

Target = Mapping[str, Any]


def verify(resolved: Mapping[str, Any], types: TypeDefinitions) -> list[Finding]:
    """Return what the DMS would refuse, or silently change, if it were asked today.

    `types` maps type ids to type definitions in the JSON of the Browser binding (`typeDefinition`).
    """
    found: list[Finding] = []
    for name, target in resolved["targets"].items():
        if target["enabled"]:
            found += _target(name, target, resolved, types)
    return found


def _target(
    name: str, target: Target, resolved: Mapping[str, Any], types: TypeDefinitions
) -> Iterator[Finding]:
    path, lookups = f"targets.{name}", resolved["lookups"]
    try:
        kind = object_type(target, types)
    except Invalid as error:
        yield Finding.of(error, f"{path}.type")
        return
    yield from _base(name, target, kind, path)
    yield from _secondary(target, types, path)
    yield from _content(name, target, kind, path)
    yield from _properties(target, kind, lookups, path)
    yield from _required(target, kind, path)
    yield from _key(target, kind, resolved["idempotency"], path)


def _base(name: str, target: Target, kind: ObjectType, path: str) -> Iterator[Finding]:
    wanted = "cmis:folder" if name == "case" else "cmis:document"
    base = kind.raw.get("baseId", wanted)
    if base != wanted:
        yield Finding(
            "mapping.base_type",
            "error",
            f"{path}.type",
            f"{kind.id} is a {base}, but {name} needs a {wanted}.",
            "Choose another object type.",
        )
    if kind.raw.get("creatable") is False:
        yield Finding(
            "mapping.not_creatable",
            "error",
            f"{path}.type",
            f"The DMS lets nobody create objects of the type {kind.id}.",
            "Choose one of its subtypes.",
        )


def _secondary(target: Target, types: TypeDefinitions, path: str) -> Iterator[Finding]:
    for type_id in target["secondaryTypes"]:
        if types[type_id].get("baseId", "cmis:secondary") != "cmis:secondary":
            yield Finding(
                "mapping.base_type", "error", f"{path}.secondaryTypes", f"{type_id} is not a secondary type."
            )


def _content(name: str, target: Target, kind: ObjectType, path: str) -> Iterator[Finding]:
    """CMIS 1.1 section 2.1.4.1: content and versions depend on the document type."""
    if name == "case":
        return
    if kind.raw.get("contentStreamAllowed") == "notallowed":
        yield Finding(
            "mapping.content_not_allowed",
            "error",
            f"{path}.type",
            f"The type {kind.id} holds no content.",
            "Choose a type with content.",
        )
    versionable, versioning = kind.raw.get("versionable"), target["versioning"]
    clash = (versionable is False and versioning in ("major", "minor")) or (
        versionable and versioning == "none"
    )
    if clash:
        yield Finding(
            "mapping.versioning",
            "error",
            f"{path}.versioning",
            f"The type {kind.id} has {'' if versionable else 'no '}versions; {versioning} would be refused.",
            "Use auto.",
        )
    if versionable is False and target["onExisting"] == "newVersion":
        yield Finding(
            "mapping.versioning",
            "warning",
            f"{path}.onExisting",
            f"The type {kind.id} has no versions; changed content becomes a document of its own.",
            "",
        )


def _properties(target: Target, kind: ObjectType, lookups: Mapping[str, Any], path: str) -> Iterator[Finding]:
    for property_id, rule in target["properties"].items():
        here = f"{path}.properties.{property_id}"
        definition = kind.find(property_id)
        if definition is None:
            yield Finding(
                "mapping.property_not_in_type",
                "error",
                here,
                f"The object type {kind.id} has no property {property_id}.",
                _which(rule, kind, property_id),
            )
        else:
            yield from rule_findings(rule, definition, lookups, here)


def _which(rule: Mapping[str, Any], kind: ObjectType, property_id: str) -> str:
    """Suggest by the label first: a numeric id says little, and a close number may be another field."""
    label = (rule.get("label") or "").casefold()
    for definition in kind.properties.values():
        if label and definition.display_name.casefold() == label:
            return f"Did you mean {definition.id} ({definition.display_name})?"
    hint = "" if property_id.isdigit() else did_you_mean(property_id, kind.properties)
    return hint or "Correct the property id, or add the secondary type that has it."


def _required(target: Target, kind: ObjectType, path: str) -> Iterator[Finding]:
    for definition in kind.required():
        rule = target["properties"].get(definition.id)
        if rule is None:
            yield Finding(
                "mapping.required_property_missing",
                "error",
                f"{path}.properties",
                f"The DMS requires {definition.display_name} ({definition.id}), which is not mapped.",
                "Map the property.",
            )
        elif _may_be_empty(rule):
            yield Finding(
                "mapping.required_may_be_empty",
                "warning",
                f"{path}.properties.{definition.id}",
                f"The DMS requires {definition.display_name} ({definition.id}), which may have no value.",
                "Set a default, or a fallback with `first`; otherwise filing stops when it is empty.",
            )


def _may_be_empty(rule: Mapping[str, Any]) -> bool:
    certain = never_empty(rule["value"]) and not rule.get("when") and kind_of(rule["value"]) != "xpath"
    return not certain and "default" not in rule


def _key(target: Target, kind: ObjectType, idempotency: Mapping[str, Any], path: str) -> Iterator[Finding]:
    key, strategy = idempotency.get("keyProperty"), idempotency["strategy"]
    definition: PropertyDefinition | None = kind.find(key) if key else None
    if definition is None or definition.queryable or "query" not in strategy:
        return
    yield Finding(
        "mapping.key_not_queryable",
        "error" if set(strategy) <= {"query"} else "warning",
        f"{path}.properties.{key}",
        f"The DMS cannot be asked for objects by {definition.display_name} ({key}).",
        "Use the strategy path or children, or another key property.",
    )
