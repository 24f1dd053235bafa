"""What a resolved mapping says where its author said nothing: zone, idempotency, type, parent, name."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

TIMEZONE = "Europe/Berlin"
IDEMPOTENCY: dict[str, Any] = {"strategy": ["path", "query"], "nameSuffix": "key", "settleSeconds": 0}

# CMIS 1.1 section 2.1.3: the two base types every repository has.
_TYPES = {
    "case": "cmis:folder",
    "application": "cmis:document",
    "structured": "cmis:document",
    "attachment": "cmis:document",
    "message": "cmis:document",
}
_NAMES = {
    "case": "{submission.reference} {service.name}",
    "application": "{document.filename}",
    "structured": "{document.filename}",
    "attachment": "{document.index} {document.filename}",
    "message": "{message.sentAt|date(yyyy-MM-dd)} {document.filename}",
}


def with_defaults(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document with every default written out."""
    result = deepcopy(document)
    result.setdefault("timezone", TIMEZONE)
    result["idempotency"] = {**deepcopy(IDEMPOTENCY), **result.get("idempotency", {})}
    result.setdefault("namespaces", {})
    result.setdefault("lookups", {})
    targets = result.setdefault("targets", {})
    has_case = "case" in targets and targets["case"].get("enabled", True)
    for name, target in targets.items():
        targets[name] = _target(name, target, has_case)
    return result


def _target(name: str, target: dict[str, Any], has_case: bool) -> dict[str, Any]:
    inside = has_case and name != "case"
    filled = {
        "enabled": True,
        "type": _TYPES[name],
        "secondaryTypes": [],
        "parent": {"target": "case"} if inside else {"path": "/"},
        "name": {"template": _NAMES[name]},
        "versioning": "auto",
        "onExisting": "adopt",
        "acl": [],
        "properties": {},
    }
    return {**filled, **target}
