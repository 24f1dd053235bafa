"""Objects as JSON (CMIS 1.1, 5.2.11): succinct or full, dates simple or extended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from caseway.rails.cmis.simulator.definitions import PropertyDefinition, TypeDefinition
from caseway.rails.cmis.simulator.objects import DOCUMENT, FOLDER, CmisObject
from caseway.rails.cmis.simulator.registry import TypeRegistry
from caseway.rails.cmis.simulator.store import ROOT_ID, Store
from caseway.rails.cmis.simulator.values import Value, to_json


@dataclass(frozen=True, slots=True)
class View:
    """How a client wants its objects."""

    succinct: bool = False
    extended_dates: bool = False
    wanted: frozenset[str] = frozenset()
    actions: bool = False

    @staticmethod
    def of(controls: Mapping[str, str]) -> View:
        """Read the view from controls or query (lower-case names)."""
        names = frozenset(part.strip() for part in controls.get("filter", "").split(",") if part.strip())
        return View(
            succinct=controls.get("succinct", "").lower() == "true",
            extended_dates=controls.get("datetimeformat", "").lower() == "extended",
            wanted=frozenset() if "*" in names else names,
            actions=controls.get("includeallowableactions", "").lower() == "true",
        )


def object_json(item: CmisObject, view: View, store: Store, types: TypeRegistry) -> dict[str, Any]:
    """Return one object."""
    definitions = definitions_of(item, types)
    values = values_of(item, store)
    wanted = view.wanted
    shown = [
        definition
        for property_id, definition in definitions.items()
        if not wanted or property_id in wanted or definition.query_name in wanted
    ]
    data = properties_json(((d, d.id, values.get(d.id)) for d in shown), view)
    if view.actions:
        data["allowableActions"] = allowable_actions(item, types.get(item.type_id))
    data["exactACL"] = True
    return data


def properties_json(cells: Iterable[tuple[PropertyDefinition, str, Value]], view: View) -> dict[str, Any]:
    """Return definitions with names and values as `succinctProperties` or `properties`."""
    if view.succinct:
        dates = view.extended_dates
        return {
            "succinctProperties": {name: to_json(value, extended_dates=dates) for _, name, value in cells}
        }
    return {"properties": {name: _full(definition, value, view) for definition, name, value in cells}}


def definitions_of(item: CmisObject, types: TypeRegistry) -> dict[str, PropertyDefinition]:
    """Return the definitions of the type and of the secondary types."""
    own = types.get(item.type_id).properties
    if not item.secondary:
        return own
    merged = dict(own)
    for type_id in item.secondary:
        merged |= types.get(type_id).properties
    return merged


def values_of(item: CmisObject, store: Store) -> dict[str, Value]:
    """Return all values of an object, those the repository keeps included."""
    values: dict[str, Value] = {
        "cmis:objectId": item.id,
        "cmis:name": item.name,
        "cmis:objectTypeId": item.type_id,
        "cmis:baseTypeId": item.base,
        "cmis:secondaryObjectTypeIds": list(item.secondary) or None,
        "cmis:createdBy": item.created_by,
        "cmis:creationDate": item.created,
        "cmis:lastModifiedBy": item.modified_by,
        "cmis:lastModificationDate": item.modified,
        "cmis:changeToken": str(item.change_token),
        **item.properties,
    }
    if item.base == FOLDER:
        values["cmis:path"] = store.path(item)
        values["cmis:parentId"] = None if item.id == ROOT_ID else item.parent
    if item.base == DOCUMENT:
        values |= _document_values(item, store)
    return values


def _document_values(item: CmisObject, store: Store) -> dict[str, Value]:
    version = item.version
    if version is None:
        return {}
    copies = [other for other in store.versions(version.series) if other.working_copy]
    copy = copies[0] if copies else None
    return {
        "cmis:isImmutable": False,
        "cmis:isLatestVersion": version.latest,
        "cmis:isMajorVersion": version.major,
        "cmis:isLatestMajorVersion": version.latest_major,
        "cmis:isPrivateWorkingCopy": version.working_copy,
        "cmis:versionLabel": version.label,
        "cmis:versionSeriesId": version.series,
        "cmis:isVersionSeriesCheckedOut": copy is not None,
        "cmis:versionSeriesCheckedOutBy": copy.created_by if copy else None,
        "cmis:versionSeriesCheckedOutId": copy.id if copy else None,
        "cmis:checkinComment": version.comment,
        "cmis:contentStreamLength": item.content.size if item.content else None,
        "cmis:contentStreamMimeType": item.media_type,
        "cmis:contentStreamFileName": item.filename,
    }


def _full(definition: PropertyDefinition, value: Value, view: View) -> dict[str, Any]:
    return {
        "id": definition.id,
        "localName": definition.local_name,
        "displayName": definition.display_name,
        "queryName": definition.query_name,
        "type": definition.property_type,
        "cardinality": definition.cardinality,
        "value": to_json(value, extended_dates=view.extended_dates),
    }


def allowable_actions(item: CmisObject, kind: TypeDefinition) -> dict[str, bool]:
    """Return what may be done with an object (CMIS 1.1, 2.2.1.2.6), as the lab server lists it (w35)."""
    document, folder, root = item.base == DOCUMENT, item.base == FOLDER, item.id == ROOT_ID
    versioned = document and kind.versionable
    return {
        "canDeleteObject": not root,
        "canUpdateProperties": True,
        "canGetFolderTree": folder,
        "canGetProperties": True,
        "canGetObjectRelationships": document,
        "canGetObjectParents": document,
        "canGetFolderParent": folder and not root,
        "canGetDescendants": folder,
        "canMoveObject": False,
        "canDeleteContentStream": document and item.content is not None,
        "canCheckOut": versioned and not item.working_copy,
        "canCancelCheckOut": versioned and item.working_copy,
        "canCheckIn": versioned and item.working_copy,
        "canSetContentStream": document,
        "canGetAllVersions": versioned,
        "canAddObjectToFolder": False,
        "canRemoveObjectFromFolder": False,
        "canGetContentStream": document and item.content is not None,
        "canApplyPolicy": False,
        "canGetAppliedPolicies": False,
        "canRemovePolicy": False,
        "canGetChildren": folder,
        "canCreateDocument": folder,
        "canCreateFolder": folder,
        "canCreateRelationship": document,
        "canCreateItem": False,
        "canDeleteTree": folder and not root,
        "canGetRenditions": False,
        "canGetACL": True,
        "canApplyACL": True,
    }
