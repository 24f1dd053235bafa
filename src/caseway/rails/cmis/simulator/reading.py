"""The selectors: objects, content, folders, types, changes, relationships (CMIS 1.1, 5.4.3)."""

from __future__ import annotations

import json
import re
from typing import Any, TypeVar
from urllib.parse import quote

from caseway.rails.cmis.simulator.call import Call
from caseway.rails.cmis.simulator.definitions import TypeDefinition
from caseway.rails.cmis.simulator.errors import CmisError, constraint, invalid
from caseway.rails.cmis.simulator.objects import DOCUMENT, FOLDER, RELATIONSHIP, CmisObject
from caseway.rails.cmis.simulator.render import View, allowable_actions, object_json
from caseway.rails.cmis.simulator.store import ROOT_ID, Change
from caseway.rails.cmis.simulator.values import milliseconds
from caseway.testing.simulator import Response, json_response

T = TypeVar("T")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def object_(call: Call) -> Response:
    """getObject, getObjectByPath."""
    return call.answer(call.target())


def properties(call: Call) -> Response:
    """getProperties: the properties alone (CMIS 1.1, 5.4.3.4)."""
    view = View.of(call.form.controls)
    data = object_json(call.target(), view, call.store, call.types)
    return json_response(data["succinctProperties"] if view.succinct else data["properties"])


def actions(call: Call) -> Response:
    """getAllowableActions."""
    item = call.target()
    return json_response(allowable_actions(item, call.types.get(item.type_id)))


def content(call: Call) -> Response:
    """getContentStream, with one range (w40, w69)."""
    item = call.document()
    if item.content is None:
        raise constraint(f"Document {item.id} has no content.")
    size = item.content.size
    start, end = _range(call.range, size)
    disposition = "attachment" if call.form.get("download") == "attachment" else "inline"
    headers = [
        ("Content-Type", item.media_type or "application/octet-stream"),
        (
            "Content-Disposition",
            f"{disposition}; filename*=UTF-8''{quote(item.filename or item.name, safe='')}",
        ),
    ]
    partial = (start, end) != (0, size)
    if partial:
        headers.append(("Content-Range", f"bytes {start}-{end - 1}/{size}"))
    return Response(206 if partial else 200, headers, item.content.chunks(start, end), length=end - start)


def children(call: Call) -> Response:
    """getChildren, paged, ordered by name or date where asked."""
    found = call.store.children(call.store.folder(call.target().id).id)
    order = call.form.get("orderBy")
    if order:
        found = _ordered(found, order)
    page, more = _page(call, found)
    listed = [{"object": _object(call, item)} for item in page]
    return json_response({"objects": listed, "hasMoreItems": more, "numItems": len(found)})


def descendants(call: Call) -> Response:
    """getDescendants to `depth` levels (-1 = all)."""
    folder = call.store.folder(call.target().id)
    depth = call.form.get("depth") or "-1"
    if depth == "0" or not re.fullmatch(r"-1|\d+", depth):
        raise invalid("The depth must be -1 or greater than 0.")
    return json_response(_descend(call, folder, int(depth)))


def parent(call: Call) -> Response:
    """getFolderParent."""
    item = call.store.folder(call.target().id)
    if item.id == ROOT_ID:
        raise invalid("The root folder has no parent.")
    return call.answer(call.store.get(item.parent or ROOT_ID))


def parents(call: Call) -> Response:
    """getObjectParents: no folder for an unfiled object, else the one it is in."""
    item = call.target()
    if item.parent is None:
        return json_response([])
    entry = {"object": _object(call, call.store.get(item.parent)), "relativePathSegment": item.name}
    return json_response([entry])


def relationships(call: Call) -> Response:
    """getObjectRelationships, as source, target or either (w77)."""
    object_id = call.target().id
    direction = call.form.get("relationshipDirection") or "source"
    ends = {
        "source": ("cmis:sourceId",),
        "target": ("cmis:targetId",),
        "either": ("cmis:sourceId", "cmis:targetId"),
    }
    if direction not in ends:
        raise invalid(f"Unknown direction: {direction}")
    every = (item for item in call.store.objects.values() if item.base == RELATIONSHIP)
    found = [item for item in every if any(item.properties.get(end) == object_id for end in ends[direction])]
    page, more = _page(call, found)
    listed = [_object(call, item) for item in page]
    return json_response({"objects": listed, "hasMoreItems": more, "numItems": len(found)})


def checked_out(call: Call) -> Response:
    """getCheckedOutDocs of the repository."""
    found = [item for item in call.store.objects.values() if item.working_copy]
    page, more = _page(call, found)
    listed = [_object(call, item) for item in page]
    return json_response({"objects": listed, "hasMoreItems": more, "numItems": len(found)})


def type_definition(call: Call) -> Response:
    """getTypeDefinition (w07)."""
    return json_response(call.types.get(call.form.get("typeId")).describe())


def type_children(call: Call) -> Response:
    """getTypeChildren (w09)."""
    found = call.types.children(call.form.get("typeId") or None)
    page, more = _page(call, found)
    full = call.form.flag("includePropertyDefinitions", default=False)
    listed = [kind.describe(with_properties=full) for kind in page]
    return json_response({"types": listed, "hasMoreItems": more, "numItems": len(found)})


def type_descendants(call: Call) -> Response:
    """getTypeDescendants."""
    full = call.form.flag("includePropertyDefinitions", default=False)

    def below(parent: str | None) -> list[dict[str, Any]]:
        return [_type_node(kind, below(kind.id), full) for kind in call.types.children(parent)]

    return json_response(below(call.form.get("typeId") or None))


def create_type(call: Call) -> Response:
    """createType (CMIS 1.1, 2.2.2.5); kept in the state file."""
    try:
        data = json.loads(call.form.get("type"))
    except ValueError:
        raise invalid("The type is not JSON.") from None
    kind = call.types.add(data)
    call.store.remember_type(data)
    return json_response(kind.describe(), 201)


def content_changes(call: Call) -> Response:
    """getContentChanges (CMIS 1.1, 2.2.6.2). A token is the number of the last event seen (w87)."""
    token = call.form.get("changeLogToken")
    if token and not token.isdigit():
        raise invalid("Unknown change log token.")
    begin = int(token or 0)
    most = call.number("maxItems", 100)
    events = call.store.changes[begin : begin + most]
    view = View.of(call.form.controls)
    listed = [_change(change, view) for change in events]
    end = begin + len(events)
    total = len(call.store.changes)
    answer = {
        "objects": listed,
        "hasMoreItems": end < total,
        "numItems": total - begin,
        "changeLogToken": str(end),
    }
    return json_response(answer)


def default_selector(call: Call) -> str:
    """Return what a GET without selector means (CMIS 1.1, 5.4.3)."""
    base = call.target().base
    return {DOCUMENT: "content", FOLDER: "children"}.get(base, "object")


def _object(call: Call, item: CmisObject) -> dict[str, Any]:
    return object_json(item, View.of(call.form.controls), call.store, call.types)


def _page(call: Call, found: list[T]) -> tuple[list[T], bool]:
    skip, most = call.number("skipCount", 0), call.number("maxItems", 100)
    return found[skip : skip + most], len(found) > skip + most


def _ordered(found: list[CmisObject], order: str) -> list[CmisObject]:
    keys = {"cmis:name": "name", "cmis:creationDate": "created", "cmis:lastModificationDate": "modified"}
    for part in reversed(order.split(",")):
        name, _, direction = part.strip().partition(" ")
        if name not in keys:
            raise invalid(f"Cannot order by {name}.")
        found = sorted(found, key=lambda item: getattr(item, keys[name]), reverse=direction.upper() == "DESC")
    return found


def _descend(call: Call, folder: CmisObject, depth: int) -> list[dict[str, Any]]:
    nodes = []
    for item in call.store.children(folder.id):
        node: dict[str, Any] = {"object": {"object": _object(call, item)}}
        if item.base == FOLDER and depth != 1:
            node["children"] = _descend(call, item, depth - 1)
        nodes.append(node)
    return nodes


def _type_node(kind: TypeDefinition, below: list[dict[str, Any]], full: bool) -> dict[str, Any]:
    node: dict[str, Any] = {"type": kind.describe(with_properties=full)}
    return node | ({"children": below} if below else {})


def _change(change: Change, view: View) -> dict[str, Any]:
    values = {
        "cmis:objectId": change.object_id,
        "cmis:objectTypeId": change.type_id,
        "cmis:baseTypeId": change.base,
    }
    form = (
        {"succinctProperties": values}
        if view.succinct
        else {
            "properties": {
                name: {"id": name, "type": "id", "cardinality": "single", "value": v}
                for name, v in values.items()
            }
        }
    )
    return form | {"changeEventInfo": {"changeType": change.kind, "changeTime": milliseconds(change.at)}}


def _range(header: str, size: int) -> tuple[int, int]:
    match = _RANGE.fullmatch(header)
    if not match or (not match[1] and not match[2]):
        return 0, size
    if not match[1]:
        return max(0, size - int(match[2])), size
    start = int(match[1])
    if start >= size:
        raise CmisError("invalidArgument", "The range begins behind the end.")
    return start, min(size, int(match[2]) + 1) if match[2] else size
