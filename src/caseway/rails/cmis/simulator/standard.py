"""The base types of CMIS 1.1 (2.1.4 to 2.1.9) with their properties (w07)."""

from __future__ import annotations

from dataclasses import replace

from caseway.rails.cmis.simulator.definitions import PropertyDefinition, TypeDefinition

# id, display name, type, cardinality, updatability, required, queryable, orderable
_Row = tuple[str, str, str, str, str, bool, bool, bool]

_COMMON: tuple[_Row, ...] = (
    ("cmis:name", "Name", "string", "single", "readwrite", True, True, True),
    ("cmis:description", "Description", "string", "single", "readwrite", False, False, False),
    ("cmis:objectId", "Object Id", "id", "single", "readonly", False, True, False),
    ("cmis:baseTypeId", "Base Type Id", "id", "single", "readonly", False, True, False),
    ("cmis:objectTypeId", "Object Type Id", "id", "single", "oncreate", True, True, False),
    ("cmis:secondaryObjectTypeIds", "Secondary Type Ids", "id", "multi", "readwrite", False, True, False),
    ("cmis:createdBy", "Created By", "string", "single", "readonly", False, True, True),
    ("cmis:creationDate", "Creation Date", "datetime", "single", "readonly", False, True, True),
    ("cmis:lastModifiedBy", "Last Modified By", "string", "single", "readonly", False, True, True),
    (
        "cmis:lastModificationDate",
        "Last Modification Date",
        "datetime",
        "single",
        "readonly",
        False,
        True,
        True,
    ),
    ("cmis:changeToken", "Change Token", "string", "single", "readonly", False, False, False),
)
_DOCUMENT: tuple[_Row, ...] = (
    ("cmis:isImmutable", "Is Immutable", "boolean", "single", "readonly", False, False, False),
    ("cmis:isLatestVersion", "Is Latest Version", "boolean", "single", "readonly", False, False, False),
    ("cmis:isMajorVersion", "Is Major Version", "boolean", "single", "readonly", False, False, False),
    (
        "cmis:isLatestMajorVersion",
        "Is Latest Major Version",
        "boolean",
        "single",
        "readonly",
        False,
        False,
        False,
    ),
    (
        "cmis:isPrivateWorkingCopy",
        "Is Private Working Copy",
        "boolean",
        "single",
        "readonly",
        False,
        True,
        False,
    ),
    ("cmis:versionLabel", "Version Label", "string", "single", "readonly", False, True, False),
    ("cmis:versionSeriesId", "Version Series Id", "id", "single", "readonly", False, True, False),
    ("cmis:isVersionSeriesCheckedOut", "Is Checked Out", "boolean", "single", "readonly", False, True, False),
    ("cmis:versionSeriesCheckedOutBy", "Checked Out By", "string", "single", "readonly", False, False, False),
    ("cmis:versionSeriesCheckedOutId", "Checked Out Id", "id", "single", "readonly", False, False, False),
    ("cmis:checkinComment", "Checkin Comment", "string", "single", "readonly", False, False, False),
    (
        "cmis:contentStreamLength",
        "Content Stream Length",
        "integer",
        "single",
        "readonly",
        False,
        False,
        False,
    ),
    ("cmis:contentStreamMimeType", "MIME Type", "string", "single", "readonly", False, False, False),
    ("cmis:contentStreamFileName", "Filename", "string", "single", "readonly", False, False, False),
    ("cmis:contentStreamId", "Content Stream Id", "id", "single", "readonly", False, False, False),
)
_FOLDER: tuple[_Row, ...] = (
    ("cmis:parentId", "Parent Id", "id", "single", "readonly", False, True, False),
    ("cmis:path", "Path", "string", "single", "readonly", False, False, False),
    ("cmis:allowedChildObjectTypeIds", "Allowed Child Types", "id", "multi", "readonly", False, False, False),
)
_RELATIONSHIP: tuple[_Row, ...] = (
    ("cmis:sourceId", "Source Id", "id", "single", "oncreate", True, True, False),
    ("cmis:targetId", "Target Id", "id", "single", "oncreate", True, True, False),
)


def standard_property(row: _Row) -> PropertyDefinition:
    """Return the definition of one property of the standard."""
    property_id, shown, kind, cardinality, updatability, required, queryable, orderable = row
    return PropertyDefinition(
        id=property_id,
        local_name=property_id,
        local_namespace=None,
        display_name=shown,
        query_name=property_id,
        description=shown,
        property_type=kind,
        cardinality=cardinality,
        updatability=updatability,
        required=required,
        queryable=queryable,
        orderable=orderable,
    )


def inherited(definition: PropertyDefinition) -> PropertyDefinition:
    """Return the definition as a subtype has it."""
    return replace(definition, inherited=True)


def base_types() -> list[TypeDefinition]:
    """Return the four base types that filing needs (no policies, no items)."""
    return [
        _base("cmis:document", "Document", _COMMON + _DOCUMENT),
        _base("cmis:folder", "Folder", _COMMON + _FOLDER),
        _base("cmis:relationship", "Relationship", _COMMON + _RELATIONSHIP, fileable=False),
        _base("cmis:secondary", "Secondary Type", (), fileable=False, creatable=False),
    ]


def _base(
    type_id: str, shown: str, rows: tuple[_Row, ...], *, fileable: bool = True, creatable: bool = True
) -> TypeDefinition:
    properties = {row[0]: standard_property(row) for row in rows}
    return TypeDefinition(
        id=type_id,
        base_id=type_id,
        parent_id=None,
        display_name=shown,
        query_name=type_id,
        description=shown,
        local_name=type_id,
        creatable=creatable,
        fileable=fileable,
        properties=properties,
    )
