"""The types a simulated DMS knows: the base types, and those of a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from caseway.core.errors import Invalid
from caseway.rails.cmis.simulator.definitions import TypeDefinition, read_property
from caseway.rails.cmis.simulator.errors import CmisError, constraint, invalid, not_found
from caseway.rails.cmis.simulator.standard import base_types, inherited

TypesSource = str | Path | Mapping[str, Any] | None


class TypeRegistry:
    """All types by id. A type is added whole and never changes."""

    def __init__(self) -> None:
        self._types = {item.id: item for item in base_types()}

    def get(self, type_id: str) -> TypeDefinition:
        """Return a type. Raises objectNotFound (w08)."""
        try:
            return self._types[type_id]
        except KeyError:
            raise not_found(f"unknown type id: {type_id}") from None

    def by_query_name(self, name: str) -> TypeDefinition | None:
        """Return the type a query names in FROM."""
        return next((item for item in self._types.values() if item.query_name == name), None)

    def children(self, parent: str | None) -> list[TypeDefinition]:
        """Return the direct subtypes, or the base types for None."""
        if parent is not None:
            self.get(parent)
        return [item for item in self._types.values() if item.parent_id == parent]

    def is_a(self, type_id: str, ancestor: str) -> bool:
        """Return whether a type is `ancestor` or below it."""
        step: str | None = type_id
        while step is not None:
            if step == ancestor:
                return True
            step = self._types[step].parent_id
        return False

    def add(self, data: Mapping[str, Any]) -> TypeDefinition:
        """Add a type from CMIS JSON (`id` and `parentId` needed). Raises invalidArgument or constraint."""
        type_id, parent_id = str(data.get("id") or ""), str(data.get("parentId") or "")
        if not type_id or not parent_id:
            raise invalid("A type needs id and parentId.")
        if type_id in self._types:
            raise constraint(f"Type with id {type_id} already exists.")
        parent = self.get(parent_id)
        item = _below(parent, type_id, data)
        for name, definition in (data.get("propertyDefinitions") or {}).items():
            item.properties[str(name)] = read_property(str(name), definition or {})
        self._types[type_id] = item
        return item


def load(source: TypesSource) -> tuple[TypeRegistry, list[str]]:
    """Return the types of a YAML or JSON file (None: the one that ships), and the folders to begin with.

    The file holds `types` (a list of CMIS type definitions in JSON's names; what is left out gets the usual
    value) and `folders` (a list of paths). Raises `Invalid` when it cannot be read as that.
    """
    data = _read(source)
    registry = TypeRegistry()
    try:
        for item in data.get("types") or ():
            registry.add(item)
    except (CmisError, AttributeError, TypeError) as problem:
        raise Invalid(f"The types cannot be read: {problem}", code="simulator.bad_types") from None
    return registry, [str(path) for path in _folders(data.get("folders"))]


def _read(source: TypesSource) -> Mapping[str, Any]:
    if isinstance(source, Mapping):
        return source
    if source is None:
        text = (files(__package__) / "types.yaml").read_text(encoding="utf-8")
    else:
        text = Path(source).read_text(encoding="utf-8")
    try:
        data = json.loads(text) if str(source).endswith(".json") else yaml.safe_load(text)
    except (ValueError, yaml.YAMLError) as problem:
        raise Invalid(f"The types cannot be read: {problem}", code="simulator.bad_types") from None
    if not isinstance(data, Mapping):
        raise Invalid("A file of types holds a mapping with `types`.", code="simulator.bad_types")
    return data


def _folders(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _below(parent: TypeDefinition, type_id: str, data: Mapping[str, Any]) -> TypeDefinition:
    shown = str(data.get("displayName") or type_id)
    base = parent.base_id
    return TypeDefinition(
        id=type_id,
        base_id=base,
        parent_id=parent.id,
        display_name=shown,
        query_name=str(data.get("queryName") or type_id),
        description=str(data.get("description") or shown),
        local_name=str(data.get("localName") or type_id),
        local_namespace=str(data.get("localNamespace") or "caseway"),
        creatable=bool(data.get("creatable", base != "cmis:secondary")),
        fileable=bool(data.get("fileable", parent.fileable)),
        queryable=bool(data.get("queryable", True)),
        controllable_acl=bool(data.get("controllableACL", parent.controllable_acl)),
        versionable=bool(data.get("versionable", parent.versionable)),
        content_stream_allowed=str(data.get("contentStreamAllowed") or parent.content_stream_allowed),
        properties={name: inherited(item) for name, item in parent.properties.items()},
    )
