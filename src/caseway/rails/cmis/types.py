"""Type definitions as the rail needs them: names for queries, what a type allows, a fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

# What filing depends on; labels and descriptions may change without harm.
_OF_TYPE = ("id", "queryName", "baseId", "creatable", "queryable", "versionable", "contentStreamAllowed")
_OF_PROPERTY = (
    "id", "queryName", "propertyType", "cardinality", "updatability", "required", "queryable", "choice",
    "openChoice", "maxLength", "minValue", "maxValue", "defaultValue", "resolution",
)  # fmt: skip

_KEPT = 256


@dataclass(frozen=True)
class TypeDefinition:
    """One object type with all its properties, inherited ones too (CMIS 1.1 §2.1.3), as the server says."""

    raw: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.raw["id"])

    @property
    def query_name(self) -> str | None:
        """Return the name for FROM, or None when the type cannot be queried."""
        return str(self.raw.get("queryName") or self.id) if self.raw.get("queryable") is not False else None

    @property
    def base_id(self) -> str:
        return str(self.raw.get("baseId") or "")

    @property
    def creatable(self) -> bool:
        return self.raw.get("creatable") is not False

    @property
    def versionable(self) -> bool:
        return self.raw.get("versionable") is True

    @property
    def content(self) -> str:
        """Return notallowed, allowed or required."""
        return str(self.raw.get("contentStreamAllowed") or "allowed")

    def definition_of(self, property_id: str) -> Mapping[str, Any] | None:
        """Return the definition of a property, or None."""
        found = self.raw["propertyDefinitions"].get(property_id)
        return found if isinstance(found, dict) else None

    def query_name_of(self, property_id: str) -> str | None:
        """Return the name of a property for WHERE, or None when it cannot be queried.

        The name may differ from the id: an id of digits alone is no name in a query (CMIS 1.1 §2.1.2.1.3).
        """
        found = self.definition_of(property_id)
        if found is None or found.get("queryable") is False:
            return None
        return str(found.get("queryName") or property_id)

    @cached_property
    def fingerprint(self) -> str:
        """Return a SHA-256 over all that filing depends on."""
        shown = {name: self.raw.get(name) for name in _OF_TYPE}
        shown["properties"] = {
            key: {name: one.get(name) for name in _OF_PROPERTY}
            for key, one in self.raw["propertyDefinitions"].items()
        }
        text = json.dumps(shown, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


_definitions: dict[int, TypeDefinition] = {}  # by the identity of what they are of, which they keep alive


def definition(raw: Mapping[str, Any]) -> TypeDefinition:
    """Return the type that a server's words define; for the same object of words, the same one.

    A connection remembers the words of its types for a while and hands out the same object; what is derived
    of it, such as the fingerprint, is worked out once. Nobody may change the words.
    """
    known = _definitions.get(id(raw))
    if known is None:
        if len(_definitions) >= _KEPT:
            _definitions.clear()
        known = _definitions[id(raw)] = TypeDefinition(raw)
    return known
