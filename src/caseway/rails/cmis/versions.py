"""A document handed in again becomes a new version of the one that is there: checkOut, then checkIn."""

from __future__ import annotations

from caseway.core.errors import Refused
from caseway.rails.cmis.answer import CmisObject
from caseway.rails.cmis.content import content_of
from caseway.rails.cmis.errors import UpdateConflict
from caseway.rails.cmis.readback import facts
from caseway.rails.cmis.session import Session
from caseway.rails.cmis.target import Target
from caseway.rails.contract import Receipt, Step

COMMENT = "Resubmission"


def new_version(session: Session, target: Target, step: Step, parent_id: str, name: str) -> Receipt | None:
    """Check our content in over the document of this name, where it is of our case, type and key; else None.

    Raises `UpdateConflict` when somebody else has it checked out.
    """
    content = content_of(step.document, target)
    there = _same_case(session, target, parent_id, name)
    if there is None or content is None:
        return None
    copy_id = _check_out(session, there, step)
    try:
        version = session.client.check_in(copy_id, target.properties, content, COMMENT)
    except Refused:
        session.client.cancel_check_out(copy_id)  # else the document would stay locked for everybody
        raise
    return Receipt(version.id, facts(version, target), warnings=("cmis.new_version",))


def _same_case(session: Session, target: Target, parent_id: str, name: str) -> CmisObject | None:
    folder = session.client.object(parent_id).path
    if folder is None or "step" not in target.parent:
        return None
    there = session.client.object_by_path(f"{folder}/{name}")
    held = (str(there.properties.get(key.property)) == key.value for key in target.keys if not key.unique)
    return there if there.type_id == target.type and all(held) else None


def _check_out(session: Session, there: CmisObject, step: Step) -> str:
    """Return the id of the working copy: a new one, or the one an earlier try of this step made."""
    try:
        copy_id = session.client.check_out(there.id).id
    except UpdateConflict:
        noted = step.progress.get("working_copy")
        if noted is None or noted != there.properties.get("cmis:versionSeriesCheckedOutId"):
            raise
        copy_id = str(noted)
    step.checkpoint({**step.progress, "working_copy": copy_id})
    return copy_id
