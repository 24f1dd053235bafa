"""The order in which a person wrote a mapping: PostgreSQL's jsonb keeps content, not the order of keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from caseway.mapping.document import TARGETS

Layout = dict[str, list[str]]

_HEAD = (
    "apiVersion",
    "kind",
    "id",
    "version",
    "title",
    "abstract",
    "extends",
    "connection",
    "timezone",
    "namespaces",
    "idempotency",
    "lookups",
    "targets",
    "remit",
)
_TARGET = (
    "enabled",
    "type",
    "secondaryTypes",
    "parent",
    "name",
    "versioning",
    "onExisting",
    "when",
    "acl",
    "properties",
)
_RULE = (
    "label",
    "value",
    "type",
    "multi",
    "required",
    "convert",
    "lookup",
    "onUnmapped",
    "default",
    "onEmpty",
    "onOverflow",
    "when",
    "final",
    "sensitive",
)


def layout_of(document: Mapping[str, Any]) -> Layout:
    """Return the order of the properties of each target, as written."""
    return {name: list(target.get("properties", {})) for name, target in _targets(document) if target}


def in_order(document: Mapping[str, Any], layout: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """Return the same document with its keys as a person would write them and properties as in the layout."""
    result = _sorted(document, _HEAD)
    if "targets" in document:
        targets = _sorted(document["targets"], TARGETS)
        result["targets"] = {name: _target(target, layout.get(name, ())) for name, target in targets.items()}
    return result


def _target(target: Mapping[str, Any] | None, order: Iterable[str]) -> dict[str, Any] | None:
    if target is None:
        return None
    result = _sorted(target, _TARGET)
    if "properties" in target:
        rules = _sorted(target["properties"], tuple(order))
        result["properties"] = {key: _sorted(rule, _RULE) if rule else rule for key, rule in rules.items()}
    return result


def _sorted(content: Mapping[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    first = {key: content[key] for key in order if key in content}
    return first | {key: content[key] for key in content if key not in first}


def _targets(document: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    return (document.get("targets") or {}).items()
