"""What a DMS holds against values: the rules of the property definitions, in the words of the lab server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from caseway.rails.cmis.simulator.definitions import PropertyDefinition
from caseway.rails.cmis.simulator.errors import constraint, invalid
from caseway.rails.cmis.simulator.values import Scalar, Value

ILLEGAL_IN_NAMES = frozenset('/\\:"*?<>|')

Lax = Callable[[str], bool]


def check_name(name: str) -> None:
    """Raise invalidArgument for an empty name or an illegal character (w28)."""
    if not name.strip():
        raise invalid("The name of an object must not be empty.")
    if ILLEGAL_IN_NAMES & set(name):
        listed = "'/', '\\', ':', '\"', '*'. '?', '<','>', '|'"
        raise invalid(f"Name contains illegal characters, not allowed are {listed} Name is: {name}")


def check_values(
    definitions: Mapping[str, PropertyDefinition], values: Mapping[str, Value], lax: Lax
) -> None:
    """Check each given value against its definition: choices, length, limits. Raises constraint.

    `lax` says which rules are switched off: `lax_choices`, `lax_limits`.
    """
    for property_id, value in values.items():
        items = value if isinstance(value, list) else [] if value is None else [value]
        if items:
            _check_choices(definitions[property_id], items, lax)
            _check_limits(definitions[property_id], items, lax)


def check_required(definitions: Iterable[PropertyDefinition], values: Mapping[str, Value], lax: Lax) -> None:
    """Raise constraint when a required property that a client can set has no value; empty text is none."""
    for definition in definitions:
        if definition.required and values.get(definition.id) in (None, "", []) and not lax("lax_required"):
            raise constraint(f"The property with id {definition.id} is required, but no value is passed.")


def check_writable(definition: PropertyDefinition, *, creating: bool) -> None:
    """Raise constraint for a property that cannot be set now (w64)."""
    if definition.updatability == "readonly" or (definition.updatability == "oncreate" and not creating):
        operation = "createObject" if creating else "updateProperties"
        raise constraint(
            f"{operation} failed, following property can't be updated, "
            f"because it is not writable: {definition.id}"
        )


def _check_choices(definition: PropertyDefinition, items: list[Scalar], lax: Lax) -> None:
    if not definition.choices or definition.open_choice:
        return
    allowed = {value for _, value in definition.choices}
    wrong = [str(item) for item in items if item not in allowed]
    if wrong and not lax("lax_choices"):
        raise constraint(
            f"The property with id {definition.id} has a fixed set of values. "
            f"Value(s) [{', '.join(wrong)}] are not listed."
        )


def _check_limits(definition: PropertyDefinition, items: list[Scalar], lax: Lax) -> None:
    message = next((text for item in items if (text := _beyond(definition, item))), "")
    if message and not lax("lax_limits"):
        raise constraint(f"For property with id {definition.id} {message}")


def _beyond(definition: PropertyDefinition, item: Scalar) -> str:
    if isinstance(item, str):
        limit = definition.max_length
        if limit is not None and len(item) > limit:
            return f"the length of {len(item)} is bigger than the maximum allowed length  {limit}"
        return ""
    if isinstance(item, bool | datetime):
        return ""
    number = Decimal(item)
    if definition.max_value is not None and number > definition.max_value:
        return f"the value {item} is bigger than the maximum value {definition.max_value}"
    if definition.min_value is not None and number < definition.min_value:
        return f"the value {item} is smaller than the minimum value {definition.min_value}"
    return ""
