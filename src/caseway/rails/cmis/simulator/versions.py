"""checkOut, cancelCheckOut, checkIn, and all versions (CMIS 1.1, 2.2.7)."""

from __future__ import annotations

from dataclasses import replace

from caseway.rails.cmis.simulator.call import Call
from caseway.rails.cmis.simulator.changes import apply_properties
from caseway.rails.cmis.simulator.creation import attach
from caseway.rails.cmis.simulator.errors import CmisError, invalid
from caseway.rails.cmis.simulator.objects import CmisObject, Version
from caseway.rails.cmis.simulator.render import View, object_json
from caseway.rails.cmis.simulator.values import from_milliseconds
from caseway.testing.simulator import Response, json_response


def check_out(call: Call) -> Response:
    """Make the private working copy; a second one is refused (w72)."""
    item = call.document()
    version = _version(call, item, "checked-out")
    if any(other.working_copy for other in call.store.versions(version.series)):
        raise CmisError("updateConflict", f"Document {item.id} is already checked out.")
    token = call.store.new_token()
    moment = from_milliseconds(token)
    copy = replace(
        item,
        id=call.store.new_id(),
        created_by=call.user,
        modified_by=call.user,
        created=moment,
        modified=moment,
        change_token=token,
        properties=dict(item.properties),
        content=call.store.contents.copy(item.content),
        version=Version(version.series, _next(call, version.series, major=False), False, False, False, True),
    )
    call.store.commit("updated", [item, copy])
    return call.answer(copy, 201, located=True)


def cancel_check_out(call: Call) -> Response:
    """Throw the working copy away."""
    item = call.document()
    if not item.working_copy:
        raise CmisError("versioning", f"Document {item.id} is not a working copy.")
    call.store.commit("deleted", removed=[item])
    return Response(200)


def check_in(call: Call) -> Response:
    """Make the working copy the latest version, with properties and content of the call."""
    item = call.document()
    if item.version is None or not item.working_copy:
        raise CmisError("versioning", f"Document {item.id} is not a working copy.")
    apply_properties(call, item)
    old = item.content if call.form.upload else None
    attach(call, item)
    major = call.form.flag("major", default=True)
    before = [other for other in call.store.versions(item.version.series) if other.id != item.id]
    label = _next(call, item.version.series, major=major)
    for other in before:
        if other.version is not None:
            other.version.latest = False
            other.version.latest_major = other.version.latest_major and not major
    comment = call.form.get("checkinComment") or None
    item.version = Version(item.version.series, label, major, True, major, False, comment)
    call.touch(item)
    call.store.commit("updated", [*before, item])
    call.store.contents.discard(old)
    return call.answer(item, 201, located=True)


def versions(call: Call) -> Response:
    """All versions, newest first (w74)."""
    item = call.document()
    found = call.store.versions(item.version.series) if item.version else [item]
    view = View.of(call.form.controls)
    return json_response([object_json(each, view, call.store, call.types) for each in reversed(found)])


def _version(call: Call, item: CmisObject, what: str) -> Version:
    if item.version is None or not call.types.get(item.type_id).versionable:
        raise CmisError("notSupported", f"Object can't be {what}, type is not versionable.")
    if not item.version.latest:
        raise invalid(f"Document {item.id} is not the latest version.")
    return item.version


def _next(call: Call, series: str, *, major: bool) -> str:
    labels = [v.version.label for v in call.store.versions(series) if v.version and not v.working_copy]
    numbers = [tuple(int(part) for part in label.split(".")) for label in labels if label]
    high, low = max(numbers, default=(0, 0))
    return f"{high + 1}.0" if major else f"{high}.{low + 1}"
