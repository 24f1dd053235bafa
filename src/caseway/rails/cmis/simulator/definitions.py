"""Type and property definitions, and their JSON (CMIS 1.1, 2.1.3 and 5.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from caseway.rails.cmis.simulator.errors import invalid

PROPERTY_TYPES = frozenset(("string", "integer", "decimal", "boolean", "datetime", "id", "uri", "html"))


@dataclass(frozen=True, slots=True)
class PropertyDefinition:
    """One property of a type. `choices` are pairs of display name and value; limits are None where absent."""

    id: str
    local_name: str
    local_namespace: str | None
    display_name: str
    query_name: str
    description: str
    property_type: str
    cardinality: str = "single"
    updatability: str = "readwrite"
    inherited: bool = False
    required: bool = False
    queryable: bool = True
    orderable: bool = True
    open_choice: bool | None = None
    choices: tuple[tuple[str, Any], ...] = ()
    max_length: int | None = None
    min_value: Decimal | None = None
    max_value: Decimal | None = None

    @property
    def multi(self) -> bool:
        """Whether it takes several values."""
        return self.cardinality == "multi"

    def describe(self) -> dict[str, Any]:
        """Return the JSON form."""
        data: dict[str, Any] = {}
        if self.choices:
            data["choice"] = [{"displayName": shown, "value": value} for shown, value in self.choices]
        limits = (("maxLength", self.max_length), ("minValue", self.min_value), ("maxValue", self.max_value))
        data |= {name: value for name, value in limits if value is not None}
        data |= {"id": self.id, "localName": self.local_name}
        if self.local_namespace is not None:
            data["localNamespace"] = self.local_namespace
        data |= {
            "displayName": self.display_name,
            "queryName": self.query_name,
            "description": self.description,
        }
        data |= {"propertyType": self.property_type, "cardinality": self.cardinality}
        data |= {"updatability": self.updatability, "inherited": self.inherited, "required": self.required}
        data |= {"queryable": self.queryable, "orderable": self.orderable}
        if self.open_choice is not None:
            data["openChoice"] = self.open_choice
        return data


@dataclass(slots=True)
class TypeDefinition:
    """One type with all its properties, inherited ones included."""

    id: str
    base_id: str
    parent_id: str | None
    display_name: str
    query_name: str
    description: str
    local_name: str
    local_namespace: str | None = None
    creatable: bool = True
    fileable: bool = True
    queryable: bool = True
    controllable_acl: bool = True
    versionable: bool = False
    content_stream_allowed: str = "allowed"
    properties: dict[str, PropertyDefinition] = field(default_factory=dict)

    def describe(self, *, with_properties: bool = True) -> dict[str, Any]:
        """Return the JSON form."""
        data: dict[str, Any] = {"id": self.id, "localName": self.local_name}
        if self.local_namespace is not None:
            data["localNamespace"] = self.local_namespace
        data |= {
            "displayName": self.display_name,
            "queryName": self.query_name,
            "description": self.description,
        }
        data["baseId"] = self.base_id
        if self.parent_id is not None:
            data["parentId"] = self.parent_id
        data |= {"creatable": self.creatable, "fileable": self.fileable, "queryable": self.queryable}
        data |= {"fulltextIndexed": False, "includedInSupertypeQuery": True, "controllablePolicy": False}
        data |= {"controllableACL": self.controllable_acl}
        data["typeMutability"] = {"create": True, "update": False, "delete": False}
        if self.base_id == "cmis:document":
            data |= {"versionable": self.versionable, "contentStreamAllowed": self.content_stream_allowed}
        if self.base_id == "cmis:relationship":
            data |= {"allowedSourceTypes": [], "allowedTargetTypes": []}
        if with_properties:
            data["propertyDefinitions"] = {
                property_id: item.describe() for property_id, item in self.properties.items()
            }
        return data


def read_property(property_id: str, data: Mapping[str, Any]) -> PropertyDefinition:
    """Read one property definition from CMIS JSON; what is left out gets the usual value."""
    kind = str(data.get("propertyType", "string"))
    if kind not in PROPERTY_TYPES:
        raise invalid(f"Unknown property type: {kind}")
    name = str(data.get("queryName") or (f"p{property_id}" if property_id[:1].isdigit() else property_id))
    shown = str(data.get("displayName") or property_id)
    return PropertyDefinition(
        id=property_id,
        local_name=str(data.get("localName") or name),
        local_namespace=str(data.get("localNamespace") or "caseway"),
        display_name=shown,
        query_name=name,
        description=str(data.get("description") or shown),
        property_type=kind,
        cardinality=str(data.get("cardinality") or "single"),
        updatability=str(data.get("updatability") or "readwrite"),
        required=bool(data.get("required", False)),
        queryable=bool(data.get("queryable", True)),
        orderable=bool(data.get("orderable", True)),
        open_choice=bool(data.get("openChoice", not data.get("choice"))),
        choices=tuple(_choice(item) for item in data.get("choice") or ()),
        max_length=_optional(int, data.get("maxLength")),
        min_value=_optional(lambda value: Decimal(str(value)), data.get("minValue")),
        max_value=_optional(lambda value: Decimal(str(value)), data.get("maxValue")),
    )


def _choice(item: Any) -> tuple[str, Any]:
    if not isinstance(item, Mapping):
        return str(item), item
    value = item.get("value")
    single = value[0] if isinstance(value, list) and value else value
    return str(item.get("displayName") or single), single


def _optional(make: Any, value: Any) -> Any:
    return None if value is None else make(value)
