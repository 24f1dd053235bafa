"""What is in the repository, counted: for tests, and for people who ask whether anything was filed twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

from caseway.rails.cmis.simulator.call import Repository
from caseway.rails.cmis.simulator.objects import FOLDER, RELATIONSHIP, CmisObject
from caseway.rails.cmis.simulator.store import ROOT_ID
from caseway.rails.cmis.simulator.values import Value, to_json


def describe(repository: Repository, *, sha256: bool = True) -> list[dict[str, Any]]:
    """Return every object but the root, in the order of arrival."""
    items = repository.store.objects.values()
    return [describe_one(repository, item, sha256=sha256) for item in items if item.id != ROOT_ID]


def describe_one(repository: Repository, item: CmisObject, *, sha256: bool = True) -> dict[str, Any]:
    """Return one object: properties as JSON, dates in ISO 8601, size and SHA-256 of its content."""
    content = item.content
    return {
        "id": item.id,
        "type": item.type_id,
        "base": item.base,
        "name": item.name,
        "requestedName": item.requested_name,
        "path": repository.store.path(item),
        "parent": item.parent,
        "key": key_of(repository, item),
        "properties": {property_id: _plain(value) for property_id, value in item.properties.items()},
        "secondaryTypes": item.secondary,
        "version": item.version.label if item.version else None,
        "latest": item.latest,
        "size": content.size if content else None,
        "sha256": content.sha256 if content and sha256 else None,
        "mediaType": item.media_type,
        "filename": item.filename,
        "createdBy": item.created_by,
        "created": item.created.isoformat(),
        "changeToken": str(item.change_token),
    }


def key_of(repository: Repository, item: CmisObject) -> str | None:
    """Return the filing key: the first key property that is set."""
    for property_id in repository.key_properties:
        value = item.properties.get(property_id)
        if value:
            return f"{property_id}={value}"
    return None


def counts(repository: Repository) -> dict[str, Any]:
    """Return objects per type (latest versions), and what is there twice."""
    items = [item for item in repository.store.objects.values() if item.latest and item.id != ROOT_ID]
    found = doubles(repository)
    return {
        "total": len(items),
        "types": dict(sorted(Counter(item.type_id for item in items).items())),
        "bytes": sum(item.content.size for item in items if item.content),
        "doubled": sum(len(group) - 1 for group in found),
        "doubles": [[{"id": o["id"], "path": o["path"], "key": o["key"]} for o in group] for group in found],
    }


def doubles(repository: Repository) -> list[list[dict[str, Any]]]:
    """Return the groups of objects that should be one."""
    groups: dict[tuple[str, ...], list[CmisObject]] = {}
    for item in repository.store.objects.values():
        identity = _identity(repository, item)
        if identity is not None and item.latest:
            groups.setdefault(identity, []).append(item)
    same = [group for group in groups.values() if len(group) > 1]
    return [[describe_one(repository, item, sha256=False) for item in group] for group in same]


def _identity(repository: Repository, item: CmisObject) -> tuple[str, ...] | None:
    """What makes an object the same as another.

    A key of its own (the first key property) with the type is enough. A case key, which every document of a
    case carries, is enough for a folder; a document needs the parent and the name the client asked for too.
    """
    if item.base == RELATIONSHIP:
        return None
    key = key_of(repository, item)
    if key is None:
        return None
    own = key.startswith(f"{repository.key_properties[0]}=") and len(repository.key_properties) > 1
    if own or item.base == FOLDER:
        return (item.type_id, key)
    return (item.type_id, key, item.parent or "", item.requested_name)


def _plain(value: Value) -> Any:
    shown = to_json(value, extended_dates=True)
    return shown if isinstance(shown, str | int | bool | list | None) else str(shown)
