"""One property of one object: from its rule in the mapping and the facts to what the DMS will get."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from caseway.core.errors import Invalid
from caseway.mapping import convert
from caseway.mapping.conditions import holds
from caseway.mapping.expressions import Source, describe, evaluate, terms
from caseway.mapping.rendered import RenderedProperty
from caseway.mapping.scalars import Scalar, scalar
from caseway.mapping.typedefs import PropertyDefinition

Rule = Mapping[str, Any]


def render_field(
    property_id: str,
    rule: Rule,
    source: Source,
    lookups: Mapping[str, Any],
    definition: PropertyDefinition | None,
) -> RenderedProperty | None:
    """Return the property, or None when it is not sent.

    Order: when, value, trim and NFC, split, look-up, join, pattern, truncate, type, default (only if empty),
    onEmpty, required, then what the DMS's own definition asks. Raises `Invalid` with a `mapping.*` code.
    """
    if not holds(rule.get("when"), source):
        return None
    wanted = _type(rule, definition)
    multi = _is_multi(rule, definition)
    values, found_type = _typed(
        _values(rule, source, lookups, multi), wanted, rule.get("convert") or {}, source
    )
    if not values and "default" in rule:
        values, found_type = _typed(_default(rule), wanted, {}, source)
    if len(values) > 1 and not multi:
        raise _bad(
            "split_many", "gives several values, but takes one", "Set `multi: true` or `convert.join`."
        )
    if not values:
        return _empty(property_id, rule, wanted, multi)
    if definition is not None:
        values = [within(value, definition, rule) for value in values]
    return _property(property_id, rule, found_type, values if multi else values[0], multi)


def is_sensitive(rule: Rule) -> bool:
    """Say whether a value must be masked: marked so, or made from a personal term of the vocabulary."""
    return bool(rule.get("sensitive")) or any(term.personal for term in terms(rule.get("value") or {}))


def _type(rule: Rule, definition: PropertyDefinition | None) -> str | None:
    declared: str | None = rule.get("type")
    if definition is None:
        return declared
    if definition.updatability == "readonly":
        raise _bad("property_read_only", "is set by the DMS itself", "Take it out of the mapping.")
    if declared and declared != definition.type:
        raise _bad(
            "type_conflict",
            f"is {declared} in the mapping but {definition.type} in the DMS",
            "Leave `type` out; the DMS's own type is used.",
        )
    return definition.type


def _is_multi(rule: Rule, definition: PropertyDefinition | None) -> bool:
    declared = bool(rule.get("multi"))
    if definition is None:
        return declared
    if declared and not definition.multi:
        raise _bad(
            "cardinality", "takes one value in the DMS, several in the mapping", "Remove `multi: true`."
        )
    return definition.multi


def _values(rule: Rule, source: Source, lookups: Mapping[str, Any], multi: bool) -> list[Scalar]:
    options = rule.get("convert") or {}
    several = rule.get("multi", multi) or "join" in options
    values = convert.prepare(evaluate(rule["value"], source, multi=several), options)
    if "lookup" in rule:
        table = lookups.get(rule["lookup"])
        if table is None:
            raise _bad("lookup_unknown", "names a look-up table that is not there", "Add it to `lookups`.")
        values = convert.look_up(values, table, rule.get("onUnmapped", "fail"), source.timezone)
    return convert.finish_text(values, options, source.timezone)


def _default(rule: Rule) -> list[Scalar]:
    default = rule["default"]
    found = (scalar(item) for item in (default if isinstance(default, list) else [default]))
    return [item for item in found if item is not None and item != ""]


def _typed(
    values: list[Scalar], wanted: str | None, options: Mapping[str, Any], source: Source
) -> tuple[list[Any], str | None]:
    if wanted is not None:
        return [convert.to_type(value, wanted, options, source.timezone) for value in values], wanted
    pairs = [convert.natural(value, source.timezone) for value in values]
    types = {kind for _, kind in pairs}
    return [value for value, _ in pairs], types.pop() if len(types) == 1 else None


def _empty(property_id: str, rule: Rule, wanted: str | None, multi: bool) -> RenderedProperty | None:
    """A required property is missing even as an empty string, which some servers let pass."""
    if rule.get("required"):
        raise _bad(
            "required_property_missing",
            "is required but has no value",
            "Complete the source, or set a default.",
        )
    match rule.get("onEmpty", "omit"):
        case "fail":
            raise _bad("value_empty", "has no value", "Complete the source, or change `onEmpty`.")
        case "unset":
            return _property(property_id, rule, wanted, None, multi)
        case "emptyString" if wanted is None or wanted in convert.TEXT_TYPES:
            return _property(property_id, rule, wanted, [""] if multi else "", multi)
    return None


def within(value: Any, definition: PropertyDefinition, rule: Rule) -> Any:
    """Return a converted value as far as the DMS's own definition lets it pass, cut where the rule says so.

    Raises `Invalid`: `mapping.too_long`, `mapping.not_a_choice`, `mapping.out_of_range`.
    """
    limit = definition.max_length
    if isinstance(value, str) and definition.type in convert.TEXT_TYPES and limit and len(value) > limit:
        if rule.get("onOverflow", "fail") == "fail":
            raise _bad(
                "too_long",
                f"is longer than {limit} characters",
                "Set `onOverflow: truncate`.",
                max_length=limit,
            )
        value = value[:limit]
    if definition.choices is not None and not _is_choice(value, definition):
        raise _bad("not_a_choice", "is not one of the DMS's choices", "Use a look-up table to the choices.")
    if definition.type in ("integer", "decimal"):
        _check_range(Decimal(value), definition)
    return value


def _is_choice(value: Any, definition: PropertyDefinition) -> bool:
    choices = definition.choices or frozenset()
    match definition.type:
        case "datetime":  # CMIS 1.1 section 5.2.11: milliseconds since 1970
            moment = datetime.fromisoformat(value).timestamp() * 1000
            return any(choice in (moment, value) for choice in choices)
        case "decimal":
            return any(Decimal(str(choice)) == Decimal(value) for choice in choices)
    return value in choices


def _check_range(number: Decimal, definition: PropertyDefinition) -> None:
    low, high = definition.minimum, definition.maximum
    if (low is not None and number < Decimal(str(low))) or (high is not None and number > Decimal(str(high))):
        raise _bad("out_of_range", "is outside the range of the DMS", "", minimum=low, maximum=high)


def _property(property_id: str, rule: Rule, kind: str | None, value: Any, multi: bool) -> RenderedProperty:
    return RenderedProperty(
        id=property_id,
        label=rule.get("label") or property_id,
        type=kind,
        value=value,
        multi=multi,
        sensitive=is_sensitive(rule),
        source=describe(rule["value"]),
    )


def _bad(code: str, what: str, remedy: str, **details: Any) -> Invalid:
    return Invalid(f"The property {what}.", code=f"mapping.{code}", remedy=remedy, **details)
