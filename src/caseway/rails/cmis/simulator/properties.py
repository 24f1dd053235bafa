"""The properties of a create, update or check-in: read from the form, checked against the type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from caseway.rails.cmis.simulator import checks
from caseway.rails.cmis.simulator.call import Call
from caseway.rails.cmis.simulator.definitions import PropertyDefinition, TypeDefinition
from caseway.rails.cmis.simulator.errors import constraint, invalid
from caseway.rails.cmis.simulator.values import Value, parse

SECONDARY = "cmis:secondaryObjectTypeIds"


@dataclass
class Given:
    """What the client gave: raw texts by property id; an empty list unsets."""

    texts: dict[str, list[str]] = field(default_factory=dict)
    listed: frozenset[str] = frozenset()

    def one(self, property_id: str) -> str:
        """Return the single text of a property, empty when it was not given."""
        return (self.texts.get(property_id) or [""])[0]


def given(call: Call) -> Given:
    """Read `propertyId[i]` with `propertyValue[i]` or `propertyValue[i][j]` (CMIS 1.1, 5.4.4.3.10)."""
    ids = call.form.indexed("propertyId")
    single = call.form.indexed("propertyValue", gaps=True)
    nested = call.form.nested("propertyValue")
    texts: dict[str, list[str]] = {}
    for index, property_id in ids.items():
        if property_id in texts:
            raise invalid(f"The property {property_id} is given twice.")
        texts[property_id] = nested[index] if index in nested else [single[index]] if index in single else []
    return Given(texts, frozenset(ids[index] for index in nested if index in ids))


def values_for_new(call: Call, found: Given, kind: TypeDefinition) -> tuple[dict[str, Value], list[str]]:
    """Return values and secondary types for a new object. Raises invalidArgument or constraint."""
    secondary = _secondary(call, found.texts.get(SECONDARY, []))
    definitions = _definitions(call, kind, secondary)
    values = _read(found, definitions, creating=True)
    checks.check_values(definitions, values, call.lax)
    settable = [
        d for d in definitions.values() if d.updatability != "readonly" and d.id != "cmis:objectTypeId"
    ]
    checks.check_required(settable, values, call.lax)
    return values, secondary


def values_for_change(
    call: Call, found: Given, kind: TypeDefinition, secondary: list[str], old: Mapping[str, Value]
) -> tuple[dict[str, Value], list[str]]:
    """Return all values after a change, and the secondary types. Raises invalidArgument or constraint."""
    if SECONDARY in found.texts:
        secondary = _secondary(call, found.texts[SECONDARY])
    definitions = _definitions(call, kind, secondary)
    changed = _read(found, definitions, creating=False)
    checks.check_values(definitions, changed, call.lax)
    merged = {key: value for key, value in {**old, **changed}.items() if key in definitions}
    required = [d for d in definitions.values() if d.id in changed]
    checks.check_required(required, merged, call.lax)
    return merged, secondary


def _secondary(call: Call, ids: list[str]) -> list[str]:
    for type_id in ids:
        if call.types.get(type_id).base_id != "cmis:secondary":
            raise constraint(f"Type {type_id} is not a secondary type.")
    return ids


def _definitions(call: Call, kind: TypeDefinition, secondary: list[str]) -> dict[str, PropertyDefinition]:
    merged = dict(kind.properties)
    for type_id in secondary:
        merged |= call.types.get(type_id).properties
    return merged


def _read(found: Given, definitions: Mapping[str, PropertyDefinition], *, creating: bool) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for property_id, texts in found.texts.items():
        if property_id in ("cmis:objectTypeId", SECONDARY) and (creating or property_id == SECONDARY):
            continue
        definition = definitions.get(property_id)
        if definition is None:
            raise invalid(f"{property_id} is unknown!")
        checks.check_writable(definition, creating=creating)
        values[property_id] = _value(definition, texts)
    return values


def _value(definition: PropertyDefinition, texts: list[str]) -> Value:
    if not definition.multi and len(texts) > 1:
        raise constraint(
            f"The property with id {definition.id} is single valued, "
            f"but multiple values are passed [{', '.join(texts)}]"
        )
    parsed = [parse(definition, text) for text in texts]
    if definition.multi:
        return list(parsed) or None
    return parsed[0] if parsed else None
