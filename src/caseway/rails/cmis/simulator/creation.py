"""createFolder, createDocument, createRelationship (CMIS 1.1, 2.2.4.1 to 2.2.4.5)."""

from __future__ import annotations

from pathlib import PurePosixPath

from caseway.rails.cmis.simulator import checks
from caseway.rails.cmis.simulator.call import Call
from caseway.rails.cmis.simulator.definitions import TypeDefinition
from caseway.rails.cmis.simulator.errors import CmisError, constraint, invalid
from caseway.rails.cmis.simulator.objects import DOCUMENT, FOLDER, RELATIONSHIP, CmisObject, Version
from caseway.rails.cmis.simulator.properties import Given, given, values_for_new
from caseway.rails.cmis.simulator.values import Value, from_milliseconds
from caseway.testing.simulator import Response


def create_folder(call: Call) -> Response:
    """Make a folder in a folder."""
    found = given(call)
    kind = _kind(call, found, FOLDER)
    values, secondary = values_for_new(call, found, kind)
    parent = _parent(call)
    if parent is None:
        raise constraint("A folder needs a parent folder.")
    name = _free_name(call, parent, found, "Cannot create folder, this name already exists in parent folder.")
    item = _new(call, kind, name, parent, values, found)
    item.secondary = secondary
    call.store.commit("created", [item])
    return call.answer(item, 201)


def create_document(call: Call) -> Response:
    """Make a document, with or without content, in a folder or unfiled (w110)."""
    found = given(call)
    kind = _kind(call, found, DOCUMENT)
    values, secondary = values_for_new(call, found, kind)
    state = _versioning_state(call, kind)
    _check_content(call, kind)
    parent = _parent(call)
    name = _free_name(call, parent, found, _taken(call, parent, found.one("cmis:name")))
    series = call.store.new_id() if kind.versionable else ""
    item = _new(call, kind, name, parent, values, found)
    item.secondary = secondary
    item.version = _first_version(item.id, series, state)
    attach(call, item)
    call.store.commit("created", [item])
    return call.answer(item, 201)


def create_relationship(call: Call) -> Response:
    """Connect two objects."""
    found = given(call)
    kind = _kind(call, found, RELATIONSHIP)
    values, secondary = values_for_new(call, found, kind)
    for end in ("cmis:sourceId", "cmis:targetId"):
        call.store.get(found.one(end))
    item = _new(call, kind, found.one("cmis:name"), None, values, found)
    item.secondary = secondary
    call.store.commit("created", [item])
    return call.answer(item, 201)


def attach(call: Call, item: CmisObject) -> None:
    """Give an object the content that came with the call, if any came."""
    upload = call.form.upload
    if upload is not None:
        item.content = upload.content
        item.media_type = upload.media_type or "application/octet-stream"
        item.filename = upload.filename or item.name


def _kind(call: Call, found: Given, base: str) -> TypeDefinition:
    type_id = found.one("cmis:objectTypeId")
    if not type_id:
        raise invalid("Type id must be set!")
    kind = call.types.get(type_id)
    if kind.base_id != base or not kind.creatable:
        raise constraint(f"Cannot create an object of type {type_id} here.")
    if base != RELATIONSHIP or found.one("cmis:name"):
        checks.check_name(found.one("cmis:name"))
    return kind


def _parent(call: Call) -> CmisObject | None:
    if call.path is None and not call.form.get("folderId"):
        return None
    folder = call.form.get("folderId") if call.path is None else call.target().id
    return call.store.folder(folder)


def _free_name(call: Call, parent: CmisObject | None, found: Given, taken: str) -> str:
    """A clash is refused, or another name is chosen: the standard allows both (CMIS 1.1, 2.2.4.1.3)."""
    name = found.one("cmis:name")
    if parent is None or call.store.child(parent.id, name) is None:
        return name
    if not call.lax("rename_on_conflict"):
        raise CmisError("nameConstraintViolation", taken)
    path = PurePosixPath(name)
    number = 1
    while call.store.child(parent.id, renamed := f"{path.stem} ({number}){path.suffix}"):
        number += 1
    return renamed


def _taken(call: Call, parent: CmisObject | None, name: str) -> str:
    where = call.store.path(parent) if parent else ""
    return f"Cannot create document an object with name {name} already exists in folder {where}"


def _versioning_state(call: Call, kind: TypeDefinition) -> str:
    """Versioned types need a state, others none (CMIS 1.1, 2.2.4.1.3; w33)."""
    state = call.form.get("versioningState").lower() or ("major" if kind.versionable else "none")
    if (state == "none") == kind.versionable:
        raise constraint("The versioning state flag is imcompatible to the type definition.")
    if state not in ("none", "major", "minor", "checkedout"):
        raise invalid(f"Unknown versioning state: {state}")
    return state


def _check_content(call: Call, kind: TypeDefinition) -> None:
    if kind.content_stream_allowed == "notallowed" and call.form.upload:
        raise CmisError("streamNotSupported", f"Type {kind.id} does not allow content.")
    if kind.content_stream_allowed == "required" and not call.form.upload:
        raise constraint(f"Type {kind.id} requires content.")


def _first_version(document_id: str, series: str, state: str) -> Version:
    if not series:
        return Version(series=document_id)
    if state == "checkedout":
        return Version(series, "1.0", major=True, latest=False, latest_major=False, working_copy=True)
    major = state == "major"
    return Version(series, "1.0" if major else "0.1", major=major, latest=True, latest_major=major)


def _new(
    call: Call,
    kind: TypeDefinition,
    name: str,
    parent: CmisObject | None,
    values: dict[str, Value],
    found: Given,
) -> CmisObject:
    token = call.store.new_token()
    moment = from_milliseconds(token)
    values.pop("cmis:name", None)
    return CmisObject(
        id=call.store.new_id(),
        base=kind.base_id,
        type_id=kind.id,
        name=name,
        requested_name=found.one("cmis:name"),
        parent=parent.id if parent else None,
        created_by=call.user,
        created=moment,
        modified_by=call.user,
        modified=moment,
        change_token=token,
        properties={key: value for key, value in values.items() if value is not None},
    )
