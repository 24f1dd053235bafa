"""A document that no DMS may take: what a conformance run offers to hear the DMS say no."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from caseway.core.ids import short_reference
from caseway.rails.cmis.target import DOCUMENT
from caseway.rails.cmis.types import TypeDefinition

_WRONG = {"integer": "keine Zahl", "decimal": "keine Zahl", "datetime": "kein Tag", "boolean": "vielleicht"}


def wrong_value(kinds: Iterable[TypeDefinition]) -> tuple[dict[str, Any], str]:
    """Return the properties of a document with a value that does not fit, and which.

    Where the types hold texts only, the value is a type that does not exist.
    """
    typed = ((kind, _typed_property(kind)) for kind in kinds if kind.base_id == DOCUMENT)
    kind, wrong = next(((kind, found) for kind, found in typed if found), (None, None))
    properties = {
        "cmis:objectTypeId": text_of(kind.id if kind else "caseway:none", "id"),
        "cmis:name": text_of(short_reference("wrong")),
    }
    if wrong is None:
        return properties, "cmis:objectTypeId"
    return {**properties, wrong[0]: text_of(wrong[1])}, wrong[0]


def text_of(value: str, kind: str = "string") -> dict[str, Any]:
    """Return a text as a property value."""
    return {"type": kind, "multi": False, "value": value}


def _typed_property(kind: TypeDefinition) -> tuple[str, str] | None:
    for property_id, definition in sorted(kind.raw["propertyDefinitions"].items()):
        writable = definition.get("updatability") in ("readwrite", "oncreate")
        if writable and definition.get("propertyType") in _WRONG:
            return property_id, _WRONG[definition["propertyType"]]
    return None
