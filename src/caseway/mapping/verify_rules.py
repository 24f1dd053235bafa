"""Verify of one property: the rule in the mapping against the definition in the DMS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from caseway.core.errors import Invalid
from caseway.mapping import convert
from caseway.mapping.expressions import kind_of
from caseway.mapping.fields import within
from caseway.mapping.findings import Finding
from caseway.mapping.scalars import scalar
from caseway.mapping.typedefs import PropertyDefinition

Rule = Mapping[str, Any]
_UTC = ZoneInfo("UTC")


def rule_findings(
    rule: Rule, definition: PropertyDefinition, lookups: Mapping[str, Any], path: str
) -> Iterator[Finding]:
    """Yield what stands between a rule and the property it fills."""
    yield from _type(rule, definition, path)
    yield from _updatability(definition, path)
    yield from _fixed_values(rule, definition, lookups, path)


def _type(rule: Rule, definition: PropertyDefinition, path: str) -> Iterator[Finding]:
    declared = rule.get("type")
    if declared and declared != definition.type:
        yield Finding(
            "mapping.type_conflict",
            "error",
            f"{path}.type",
            f"{definition.display_name} is {declared} in the mapping but {definition.type} in the DMS.",
            "Leave `type` out; the DMS's own type is used.",
        )
    if rule.get("multi") and not definition.multi:
        yield Finding(
            "mapping.cardinality",
            "error",
            f"{path}.multi",
            f"{definition.display_name} takes one value in the DMS, several in the mapping.",
            "Remove `multi: true`, or join the values with `convert.join`.",
        )


def _updatability(definition: PropertyDefinition, path: str) -> Iterator[Finding]:
    """CMIS 1.1 section 2.1.3.3.2: readonly, readwrite, whencheckedout, oncreate."""
    if definition.updatability == "readonly":
        yield Finding(
            "mapping.property_read_only",
            "error",
            path,
            f"{definition.display_name} is set by the DMS itself.",
            "Take it out of the mapping.",
        )
    elif definition.updatability in ("oncreate", "whencheckedout"):
        yield Finding(
            "mapping.property_not_updatable",
            "warning",
            path,
            f"{definition.display_name} can be set when the object is made; a later change stays unsent.",
            "",
        )


def _fixed_values(
    rule: Rule, definition: PropertyDefinition, lookups: Mapping[str, Any], path: str
) -> Iterator[Finding]:
    """Constants, defaults and look-up tables are known now: do they fit type, choices and length?"""
    for name, (content, options) in _known_now(rule, lookups).items():
        for item in content if isinstance(content, list) else [content]:
            known = scalar(item)
            if known in (None, ""):
                continue
            try:
                within(convert.to_type(known, definition.type, options, _UTC), definition, rule)
            except Invalid as error:
                yield Finding(
                    error.code, "error", f"{path}.{name}", _sentence(error, definition), error.remedy
                )


def _known_now(rule: Rule, lookups: Mapping[str, Any]) -> dict[str, tuple[Any, Rule]]:
    options = rule.get("convert") or {}
    known: dict[str, tuple[Any, Rule]] = {"default": (rule.get("default"), {})}
    if "lookup" in rule:
        known["lookup"] = (list(lookups.get(rule["lookup"], {}).values()), options)
    elif kind_of(rule["value"]) == "const":
        known["value.const"] = (rule["value"]["const"], options)
    return known


def _sentence(error: Invalid, definition: PropertyDefinition) -> str:
    return f"{definition.display_name} ({definition.id}): {error.sentence}"
