"""An object that no DMS may take: what a conformance run offers to hear the DMS say no."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from caseway.core.ids import short_reference
from caseway.rails.cmis.target import DOCUMENT, FOLDER
from caseway.rails.cmis.types import TypeDefinition

_WRONG = {"integer": "keine Zahl", "decimal": "keine Zahl", "datetime": "kein Tag", "boolean": "vielleicht"}


@dataclass(frozen=True)
class Wrong:
    """An object with one value that does not fit the type of its property."""

    base: str  # cmis:folder | cmis:document
    properties: dict[str, dict[str, Any]]
    property: str


def wrong_value(kinds: Iterable[TypeDefinition]) -> Wrong:
    """Return an object of one of these types that is wrong in one value.

    Where the types hold texts only, the value is a type that does not exist.
    """
    for kind in kinds:
        found = _typed_property(kind) if kind.base_id in (FOLDER, DOCUMENT) else None
        if found is not None:
            return Wrong(kind.base_id, {**_head(kind.id), found[0]: text_of(found[1])}, found[0])
    return Wrong(DOCUMENT, _head("caseway:none"), "cmis:objectTypeId")


def _head(type_id: str) -> dict[str, dict[str, Any]]:
    return {"cmis:objectTypeId": text_of(type_id, "id"), "cmis:name": text_of(short_reference("wrong"))}


def text_of(value: str, kind: str = "string") -> dict[str, Any]:
    """Return a text as a property value."""
    return {"type": kind, "multi": False, "value": value}


def _typed_property(kind: TypeDefinition) -> tuple[str, str] | None:
    for property_id, definition in sorted(kind.raw["propertyDefinitions"].items()):
        writable = definition.get("updatability") in ("readwrite", "oncreate")
        if writable and definition.get("propertyType") in _WRONG:
            return property_id, _WRONG[definition["propertyType"]]
    return None
