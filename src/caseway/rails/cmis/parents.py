"""Into which folder an object goes: found by id where we made it, so that moving and renaming do no harm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from caseway.core.errors import Refused
from caseway.rails.cmis.errors import ObjectNotFound
from caseway.rails.cmis.session import Session
from caseway.rails.cmis.target import Target
from caseway.rails.contract import Receipt

T = TypeVar("T")


def parent_of(session: Session, target: Target, receipts: Mapping[str, Receipt]) -> str:
    """Return the id of the folder. Raises `Refused` (`cmis.case_not_filed`, `cmis.parent_missing`)."""
    parent = target.parent
    if "step" in parent:
        receipt = receipts.get(parent["step"])
        if receipt is None:
            raise Refused(
                "The case folder is not filed yet.",
                code="cmis.case_not_filed",
                remedy="Settle the step of the case folder first.",
            )
        return receipt.remote_id
    if "id" in parent:
        return parent["id"]
    try:
        return session.folder_at(parent["path"])
    except ObjectNotFound as error:
        raise _missing(session.path(parent["path"]), error) from error


def in_parent(
    session: Session, target: Target, receipts: Mapping[str, Receipt], act: Callable[[str], T]
) -> T:
    """Act with the id of the folder; a remembered path that leads nowhere any more is looked up once again.

    Raises `Refused` (`cmis.case_folder_gone`) when the case folder was deleted, and what `act` raises.
    """
    parent_id = parent_of(session, target, receipts)
    try:
        return act(parent_id)
    except ObjectNotFound as error:
        if _exists(session, parent_id):
            raise
        if "path" in target.parent:
            session.forget_folder(target.parent["path"])
            return act(parent_of(session, target, receipts))
        raise _gone(target, error) from error


def _exists(session: Session, folder_id: str) -> bool:
    try:
        session.client.object(folder_id)
    except ObjectNotFound:
        return False
    return True


def _gone(target: Target, error: ObjectNotFound) -> Refused:
    if "step" not in target.parent:
        return error
    return Refused(
        "The case folder was deleted in the DMS.",
        code="cmis.case_folder_gone",
        remedy="Have it restored in the DMS, or file the case anew.",
        remote=error.details.get("remote", ""),
    )


def _missing(path: str, error: ObjectNotFound) -> Refused:
    # One mapping may name a wrong folder; other forms and their folders are none the worse.
    return Refused(
        f"The DMS has no folder {path}.",
        code="cmis.parent_missing",
        remedy="Create the folder in the DMS, or correct the path in the mapping or the connection.",
        path=path,
        remote=error.details.get("remote", ""),
    )
