"""update, setContent, appendContent, deleteContent, delete, deleteTree, bulkUpdate, applyACL."""

from __future__ import annotations

from collections.abc import Iterator

from caseway.rails.cmis.simulator import checks
from caseway.rails.cmis.simulator.call import Call
from caseway.rails.cmis.simulator.creation import attach
from caseway.rails.cmis.simulator.errors import CmisError, constraint, invalid
from caseway.rails.cmis.simulator.objects import FOLDER, RELATIONSHIP, Ace, CmisObject
from caseway.rails.cmis.simulator.properties import given, values_for_change
from caseway.rails.cmis.simulator.store import ROOT_ID
from caseway.testing.simulator import Response, json_response


def update(call: Call) -> Response:
    """updateProperties (CMIS 1.1, 2.2.4.13)."""
    item = call.target()
    call.check_token(item, "updateProperties")
    call.check_open(item)
    apply_properties(call, item)
    call.touch(item)
    call.store.commit("updated", [item])
    return call.answer(item)


def apply_properties(call: Call, item: CmisObject) -> None:
    """Put the properties of the form on an object. Changes nothing when one is refused."""
    found = given(call)
    kind = call.types.get(item.type_id)
    old = {**item.properties, "cmis:name": item.name}
    values, secondary = values_for_change(call, found, kind, item.secondary, old)
    name = str(values.pop("cmis:name"))
    if name != item.name:
        checks.check_name(name)
        _check_free(call, item, name)
    item.name = name
    item.properties = {key: value for key, value in values.items() if value is not None}
    item.secondary = secondary


def bulk_update(call: Call) -> Response:
    """bulkUpdateProperties (CMIS 1.1, 2.2.4.14): objects that fail are left out of the answer."""
    done = []
    for object_id in call.form.indexed("objectId").values():
        item = call.store.get(object_id)
        apply_properties(call, item)
        call.touch(item)
        call.store.commit("updated", [item])
        done.append({"id": item.id, "changeToken": str(item.change_token)})
    return json_response(done)


def set_content(call: Call) -> Response:
    """setContentStream (CMIS 1.1, 2.2.4.19)."""
    item = _writable_document(call, "setContentStream")
    if item.content is not None and not call.form.flag("overwriteFlag", default=True):
        message = "cannot overwrite existing content if overwrite flag is not set"
        raise CmisError("contentAlreadyExists", message)
    old = item.content
    attach(call, item)
    call.touch(item)
    call.store.commit("updated", [item])
    call.store.contents.discard(old)
    return call.answer(item, 201, located=True)


def append_content(call: Call) -> Response:
    """appendContentStream (CMIS 1.1, 2.2.4.20)."""
    item = _writable_document(call, "appendContentStream")
    upload = call.form.upload
    if upload is not None:
        first = item.content is None
        item.content = call.store.contents.appended(item.content, upload.content)
        if first:
            attach_names(item, upload.media_type, upload.filename)
    call.touch(item)
    call.store.commit("updated", [item])
    return call.answer(item, 201, located=True)


def attach_names(item: CmisObject, media_type: str | None, filename: str | None) -> None:
    """Set media type and file name of a first content."""
    item.media_type = media_type or "application/octet-stream"
    item.filename = filename or item.name


def delete_content(call: Call) -> Response:
    """deleteContentStream (CMIS 1.1, 2.2.4.21)."""
    item = call.document()
    call.check_token(item, "deleteContentStream")
    call.check_open(item)
    old, item.content, item.media_type, item.filename = item.content, None, None, None
    call.touch(item)
    call.store.commit("updated", [item])
    call.store.contents.discard(old)
    return call.answer(item)


def delete(call: Call) -> Response:
    """deleteObject (CMIS 1.1, 2.2.4.15); a document goes with all its versions unless told otherwise."""
    item = call.target()
    if item.id == ROOT_ID:
        raise constraint("The root folder cannot be deleted.")
    if item.base == FOLDER and call.store.children(item.id):
        raise constraint(f"Cannot delete folder with id:  {item.id}. Folder is not empty.")
    call.store.commit(
        "deleted", removed=_with_versions(call, item, all_versions=call.form.flag("allVersions", True))
    )
    return Response(200)


def delete_tree(call: Call) -> Response:
    """deleteTree (CMIS 1.1, 2.2.4.16)."""
    item = call.store.folder(call.target().id)
    if item.id == ROOT_ID:
        raise constraint("The root folder cannot be deleted.")
    call.store.commit("deleted", removed=list(_tree(call, item)))
    return Response(200)


def acl(call: Call) -> Response:
    """getACL (CMIS 1.1, 2.2.10.1): everybody may do everything until somebody is added."""
    return json_response(_acl(call.target()))


def apply_acl(call: Call) -> Response:
    """applyACL (CMIS 1.1, 2.2.10.2)."""
    item = call.target()
    added = _aces(call, "addACEPrincipal", "addACEPermission")
    gone = {(ace.principal, permission) for ace in _aces(call, "removeACEPrincipal", "removeACEPermission")
            for permission in ace.permissions}  # fmt: skip
    kept = [Ace(a.principal, [p for p in a.permissions if (a.principal, p) not in gone]) for a in item.aces]
    item.aces = [ace for ace in (*kept, *added) if ace.permissions]
    call.store.commit("security", [item])
    return json_response(_acl(item), 201)


def _writable_document(call: Call, operation: str) -> CmisObject:
    item = call.document()
    call.check_token(item, operation)
    call.check_open(item)
    if call.types.get(item.type_id).content_stream_allowed == "notallowed":
        raise CmisError("streamNotSupported", f"Type {item.type_id} does not allow content.")
    if call.form.upload is None and operation == "setContentStream":
        raise invalid("Content must be set!")
    return item


def _check_free(call: Call, item: CmisObject, name: str) -> None:
    if item.parent is None:
        return
    other = call.store.child(item.parent, name)
    if other is not None and other.id != item.id:
        raise CmisError(
            "nameConstraintViolation", f"An object with name {name} already exists in the folder."
        )


def _with_versions(call: Call, item: CmisObject, *, all_versions: bool) -> list[CmisObject]:
    connected = [
        other
        for other in call.store.objects.values()
        if other.base == RELATIONSHIP
        and item.id in (other.properties["cmis:sourceId"], other.properties["cmis:targetId"])
    ]
    if item.version is None or not all_versions:
        return [item, *connected]
    return [*call.store.versions(item.version.series), *connected]


def _tree(call: Call, folder: CmisObject) -> Iterator[CmisObject]:
    for child in call.store.children(folder.id):
        if child.base == FOLDER:
            yield from _tree(call, child)
        else:
            yield from _with_versions(call, child, all_versions=True)
    yield folder


def _aces(call: Call, principals: str, permissions: str) -> list[Ace]:
    granted = call.form.nested(permissions)
    return [Ace(who, granted.get(index, [])) for index, who in call.form.indexed(principals).items()]


def _acl(item: CmisObject) -> dict[str, object]:
    aces = [Ace("anyone", ["cmis:all"]), *item.aces]
    listed = [
        {"principal": {"principalId": ace.principal}, "permissions": ace.permissions, "isDirect": True}
        for ace in aces
    ]
    return {"aces": listed}
