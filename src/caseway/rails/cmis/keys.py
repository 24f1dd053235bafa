"""The keys an object carries in the DMS: the aspect of the mapping, and its key property."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from caseway.core.errors import Invalid
from caseway.mapping.rendered import RenderedTarget
from caseway.rails.cmis.target import Key
from caseway.rails.cmis.types import TypeDefinition
from caseway.rails.contract import Document

_CASE_NAMES = ("submission.id", "submission.reference", "case.id", "case.reference")


def keys_of(
    rendered: RenderedTarget,
    mapping: Mapping[str, Any],
    types: Mapping[str, TypeDefinition],
    values: Mapping[str, Any],
    document: Document | None,
) -> tuple[tuple[Key, ...], dict[str, Any], list[str]]:
    """Return the keys, strongest first, and what they add to the object: properties and secondary types."""
    kind = types[rendered.object_type]
    aspect, more, aspects = _aspect(rendered, mapping, types, kind, document)
    own = _own(rendered, mapping, kind, values)
    return tuple(key for key in (aspect, own) if key is not None), more, aspects


def _aspect(
    rendered: RenderedTarget,
    mapping: Mapping[str, Any],
    types: Mapping[str, TypeDefinition],
    kind: TypeDefinition,
    document: Document | None,
) -> tuple[Key | None, dict[str, Any], list[str]]:
    """Return the key kept in a secondary type with a property `…:key`, and perhaps `…:sha256`."""
    name = mapping["idempotency"].get("secondaryType")
    if not name:
        return None, {}, []
    secondary = types.get(name)
    key_property = _ending(secondary, "key") if secondary else None
    if secondary is None or key_property is None:
        raise Invalid(
            f"The DMS has no secondary type {name} with a property for the key.",
            code="cmis.aspect_missing",
            remedy="Have it made in the DMS, or take secondaryType out of the mapping.",
            secondary_type=name,
        )
    more = {key_property: _text(rendered.key)}
    hash_property = _ending(secondary, "sha256")
    if document is not None and hash_property is not None:
        more[hash_property] = _text(document.sha256)
    key = Key(
        property=key_property,
        value=rendered.key,
        unique=True,
        query_type=kind.query_name,
        query_property=secondary.query_name_of(key_property),
        query_aspect=secondary.query_name or name,
    )
    return key, more, [name]


def _own(
    rendered: RenderedTarget, mapping: Mapping[str, Any], kind: TypeDefinition, values: Mapping[str, Any]
) -> Key | None:
    property_id = mapping["idempotency"].get("keyProperty")
    found = rendered.find(property_id) if property_id else None
    if found is None or found.value in (None, "") or found.multi:
        return None
    value = str(found.value)
    return Key(
        property=found.id,
        value=value,
        unique=_names_this_object(value, rendered, values),
        query_type=kind.query_name,
        query_property=kind.query_name_of(found.id),
    )


def _names_this_object(value: str, rendered: RenderedTarget, values: Mapping[str, Any]) -> bool:
    """Say whether the value belongs to this object alone; a case may go by its own names, too."""
    if rendered.key in value or (rendered.document_id is not None and rendered.document_id in value):
        return True
    own = [str(values[name]) for name in _CASE_NAMES if values.get(name)]
    return rendered.target == "case" and any(name in value for name in own)


def _ending(kind: TypeDefinition, name: str) -> str | None:
    ids = sorted(kind.raw["propertyDefinitions"])
    return next((one for one in ids if one == name or one.endswith(f":{name}")), None)


def _text(value: str) -> dict[str, Any]:
    return {"type": "string", "multi": False, "value": value}
