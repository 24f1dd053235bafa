"""What a delivery sends, object by object and property by property, personal values masked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from caseway.delivery.models import Delivery, Receipt, Step
from caseway.mapping.fields import is_sensitive
from caseway.mapping.rendered import MASK


@dataclass(frozen=True)
class MappedProperty:
    """One property as it is sent. `value` is masked unless asked for."""

    id: str
    label: str
    type: str
    value: str
    masked: bool


@dataclass(frozen=True)
class MappedObject:
    """One step of a delivery: the object it makes, and the receipt it got."""

    step: Step
    receipt: Receipt | None
    type: str
    name: str
    properties: list[MappedProperty]


def mapped_objects(delivery: Delivery, *, revealed: bool = False) -> list[MappedObject]:
    """Return what a delivery sends. Personal values are masked unless `revealed`; the caller records that."""
    steps = delivery.steps.select_related("receipt").order_by("position")
    return [_object(step, _rules(delivery, step), revealed) for step in steps]


def _object(step: Step, rules: Mapping[str, Any] | None, revealed: bool) -> MappedObject:
    properties = step.payload.get("properties") or {}
    shown = [_property(name, entry, rules, revealed) for name, entry in properties.items()]
    hidden = not revealed and any(one.masked for one in shown)
    name = str(step.payload.get("name") or "")
    return MappedObject(
        step=step,
        receipt=getattr(step, "receipt", None),
        type=str(step.payload.get("type") or step.kind),
        name=MASK if name and hidden and _may_be_personal(name, properties, rules) else name,
        properties=sorted(shown, key=lambda one: (len(one.id), one.id)),
    )


def _rules(delivery: Delivery, step: Step) -> Mapping[str, Any] | None:
    """Return the rules the properties were made by; None where they are not known any more."""
    resolved = delivery.mapping.resolved if delivery.mapping else None
    if resolved is None:
        return None
    target = resolved.get("targets", {}).get(step.payload.get("role")) or {}
    rules: Mapping[str, Any] = target.get("properties") or {}
    return rules


def _property(name: str, entry: Any, rules: Mapping[str, Any] | None, revealed: bool) -> MappedProperty:
    rule = (rules or {}).get(name) or {}
    value = entry.get("value") if isinstance(entry, Mapping) else entry
    hidden = not revealed and value not in (None, "", []) and _is_personal(name, rules)
    return MappedProperty(
        id=name,
        label=str(rule.get("label") or ""),
        type=str(entry.get("type") or "") if isinstance(entry, Mapping) else "",
        value=MASK if hidden else ", ".join(_texts(value)),
        masked=hidden,
    )


def _is_personal(name: str, rules: Mapping[str, Any] | None) -> bool:
    """Without its rule nobody knows what a value is, so it counts as personal."""
    return rules is None or (name in rules and bool(rules[name]) and is_sensitive(rules[name]))


def _may_be_personal(name: str, properties: Mapping[str, Any], rules: Mapping[str, Any] | None) -> bool:
    """Tell whether the name of an object repeats a personal value."""
    personal = (entry for key, entry in properties.items() if _is_personal(key, rules))
    values = (text for entry in personal for text in _texts(entry.get("value")))
    return any(len(text) > 2 and text in name for text in values)


def _texts(value: Any) -> Iterator[str]:
    if value is None:
        return
    if isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
    else:
        yield json.dumps(value, ensure_ascii=False)
