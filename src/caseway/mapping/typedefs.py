"""Type definitions of the DMS, read as the CMIS 1.1 Browser binding gives them (section 5.4.2.7)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caseway.core.errors import Invalid
from caseway.mapping.hints import did_you_mean

TypeDefinitions = Mapping[str, Mapping[str, Any]]

# What filing itself provides on every create.
PROVIDED = frozenset({"cmis:name", "cmis:objectTypeId", "cmis:secondaryObjectTypeIds"})


@dataclass(frozen=True)
class PropertyDefinition:
    """One property of an object type. `choices` is None where anything goes."""

    id: str
    display_name: str
    type: str
    multi: bool
    required: bool
    updatability: str
    queryable: bool
    choices: frozenset[Any] | None
    max_length: int | None
    minimum: Any
    maximum: Any
    has_default: bool

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> PropertyDefinition:
        """Return the definition in one entry of `propertyDefinitions`."""
        listed = frozenset(_choices(raw.get("choice") or ()))
        return cls(
            id=raw["id"],
            display_name=raw.get("displayName") or raw["id"],
            type=raw.get("propertyType", "string"),
            multi=raw.get("cardinality") == "multi",
            required=bool(raw.get("required")),
            updatability=raw.get("updatability", "readwrite"),
            queryable=bool(raw.get("queryable", True)),
            choices=listed if listed and raw.get("openChoice") is False else None,
            max_length=raw.get("maxLength"),
            minimum=raw.get("minValue"),
            maximum=raw.get("maxValue"),
            has_default=bool(raw.get("defaultValue")),
        )

    @property
    def must_be_sent(self) -> bool:
        """Say whether a create without this property breaks the DMS's own rule."""
        provided = self.id in PROVIDED or self.has_default or self.updatability == "readonly"
        return self.required and not provided


class ObjectType:
    """One object type with its secondary types: all the properties an object of it may have."""

    def __init__(self, raw: Mapping[str, Any], secondary: Sequence[Mapping[str, Any]] = ()) -> None:
        self.raw = raw
        self.secondary = tuple(secondary)
        self.id: str = raw.get("id", "")
        self.properties = {
            key: PropertyDefinition.read({"id": key, **definition})
            for one in (raw, *secondary)
            for key, definition in one.get("propertyDefinitions", {}).items()
        }
        self._required = [one for _, one in sorted(self.properties.items()) if one.must_be_sent]

    def find(self, property_id: str) -> PropertyDefinition | None:
        """Return the definition of one property, or None."""
        return self.properties.get(property_id)

    def required(self) -> Iterator[PropertyDefinition]:
        """Yield the properties a create must send, in a fixed order."""
        yield from self._required


_KEPT = 256
_read: dict[tuple[int, ...], ObjectType] = {}  # by the identity of what they are of, which they keep alive


def object_type(target: Mapping[str, Any], types: TypeDefinitions) -> ObjectType:
    """Return the type of a target with its secondary types.

    Raises `Invalid` (`mapping.object_type_unknown`) when the DMS does not have one of them.
    """
    for type_id in (target["type"], *target["secondaryTypes"]):
        if type_id not in types:
            raise Invalid(
                f"The DMS has no object type {type_id}.",
                code="mapping.object_type_unknown",
                remedy=did_you_mean(type_id, types)
                or "Ask the administrator of the DMS for its object types.",
                object_type=type_id,
            )
    return _object_type(types[target["type"]], *(types[type_id] for type_id in target["secondaryTypes"]))


def _object_type(*raw: Mapping[str, Any]) -> ObjectType:
    """Read definitions, those that are the very same objects once. Nobody may change them."""
    key = tuple(id(one) for one in raw)
    known = _read.get(key)
    if known is None:
        if len(_read) >= _KEPT:
            _read.clear()
        known = _read[key] = ObjectType(raw[0], raw[1:])
    return known


def _choices(raw: Sequence[Mapping[str, Any]]) -> Iterator[Any]:
    """Yield the values of a choice list and of the lists inside it."""
    for entry in raw:
        value = entry.get("value")
        yield from value if isinstance(value, list) else () if value is None else (value,)
        yield from _choices(entry.get("choice") or ())
