"""Inheritance: a mapping and its pinned bases become one resolved document, with a fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from caseway.core.errors import Invalid
from caseway.mapping.defaults import with_defaults
from caseway.mapping.document import dotted

MAX_DEPTH = 4
Find = Callable[[str, int], Mapping[str, Any] | None]
Path = tuple[str, ...]

# What a document says of itself and does not hand down.
_OWN = ("apiVersion", "kind", "id", "version", "title", "abstract", "extends")


def resolve(document: Mapping[str, Any], find: Find) -> dict[str, Any]:
    """Return the document with its bases merged in and every default written out.

    `find(id, version)` gives a published mapping or None. Maps merge by key as in RFC 7396: null removes,
    arrays are replaced; a value, a name, a parent and a condition are replaced whole. The result has no null
    and no `extends`. Raises `Invalid`: `mapping.base_missing`, `mapping.extends_cycle`,
    `mapping.extends_too_deep`, `mapping.final_overridden`, `mapping.value_missing`.
    """
    merged: dict[str, Any] = {}
    finals: dict[Path, Any] = {}
    for layer in reversed(_chain(document, find)):
        merged = _merge(merged, {key: value for key, value in layer.items() if key not in _OWN}, ())
        _check_finals(merged, finals, layer)
        finals.update(_finals(merged))
    own = {key: document[key] for key in _OWN if document.get(key) is not None and key != "extends"}
    resolved = with_defaults({**own, **merged})
    _check_values(resolved)
    return resolved


def fingerprint(resolved: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of the resolved document as canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(resolved, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def ensure_bindable(document: Mapping[str, Any]) -> None:
    """Raise `Invalid` (`mapping.abstract_bound`) for a mapping that is only a base."""
    if document.get("abstract"):
        raise Invalid(
            f"The mapping {document['id']} is abstract: a base for others only.",
            code="mapping.abstract_bound",
            remedy="Bind a mapping that extends it.",
            mapping=document["id"],
        )


def base_of(document: Mapping[str, Any]) -> tuple[str, int] | None:
    """Return (id, version) of the base the document is pinned to, or None."""
    pinned = document.get("extends")
    if not pinned:
        return None
    name, _, version = pinned.rpartition("@")
    return name, int(version)


def _chain(document: Mapping[str, Any], find: Find) -> list[Mapping[str, Any]]:
    """Return the document and its bases, nearest first."""
    chain = [document]
    seen = [(document["id"], document["version"])]
    while wanted := base_of(chain[-1]):
        if wanted in seen:
            raise _chain_error("mapping.extends_cycle", "extend each other in a circle", [*seen, wanted])
        seen.append(wanted)
        if len(chain) > MAX_DEPTH:
            raise _chain_error("mapping.extends_too_deep", f"are more than {MAX_DEPTH} bases deep", seen)
        base = find(*wanted)
        if base is None:
            raise _chain_error("mapping.base_missing", "end in a base that is not published", seen)
        chain.append(base)
    return chain


def _chain_error(code: str, what: str, seen: list[tuple[str, int]]) -> Invalid:
    names = [f"{name}@{version}" for name, version in seen]
    return Invalid(
        f"The mappings {' → '.join(names)} {what}.",
        code=code,
        remedy="Correct `extends` in one of them.",
        path="extends",
        chain=names,
    )


def _merge(base: Any, change: Any, path: Path) -> Any:
    if not isinstance(change, Mapping) or not isinstance(base, Mapping) or is_atom(path):
        return _without_nulls(change, path)
    result = dict(base)
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merge(result.get(key, {}), value, (*path, key))
    return result


def _without_nulls(value: Any, path: Path) -> Any:
    if isinstance(value, Mapping) and not is_atom(path):
        return {key: _without_nulls(inner, (*path, key)) for key, inner in value.items() if inner is not None}
    return value


def is_atom(path: Path) -> bool:
    """Say whether the map at this place is one choice, so that merging two of them would make no sense."""
    match path:
        case ("targets", _, "parent" | "name" | "when"):
            return True
        case ("targets", _, "properties", _, "value" | "when"):
            return True
    return False


def _finals(merged: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    for name, target in merged.get("targets", {}).items():
        for property_id, rule in target.get("properties", {}).items():
            if rule.get("final"):
                yield (name, property_id), rule


def _check_finals(merged: Mapping[str, Any], finals: Mapping[Path, Any], layer: Mapping[str, Any]) -> None:
    """Where the target still exists, a final property stands as the base says."""
    for (name, property_id), rule in finals.items():
        target = merged.get("targets", {}).get(name)
        if target is None or target.get("properties", {}).get(property_id) == rule:
            continue
        raise Invalid(
            f"{layer['id']} changes the property {property_id} of {name}, which its base declares final.",
            code="mapping.final_overridden",
            remedy="Leave the property as it is, or ask the owner of the base to change it there.",
            path=dotted(("targets", name, "properties", property_id)),
            target=name,
            property=property_id,
        )


def _check_values(resolved: Mapping[str, Any]) -> None:
    for name, target in resolved["targets"].items():
        for property_id, rule in target["properties"].items():
            if "value" not in rule:
                raise Invalid(
                    f"The property {property_id} of {name} has no value.",
                    code="mapping.value_missing",
                    remedy="Say where its value comes from.",
                    path=dotted(("targets", name, "properties", property_id)),
                    target=name,
                    property=property_id,
                )
