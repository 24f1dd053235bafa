"""One step's effect: create, or find what an earlier try made, fill what is half filed, and read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from caseway.core.clock import now
from caseway.core.errors import OutcomeUnknown, Refused
from caseway.rails.cmis.answer import CmisObject
from caseway.rails.cmis.content import content_of, fill
from caseway.rails.cmis.errors import NameTaken, ObjectNotFound
from caseway.rails.cmis.identity import Found
from caseway.rails.cmis.locate import Locator
from caseway.rails.cmis.parents import in_parent
from caseway.rails.cmis.readback import adopted, made, renamed
from caseway.rails.cmis.session import Session
from caseway.rails.cmis.target import FOLDER, Target, numbered_names
from caseway.rails.cmis.versions import new_version
from caseway.rails.contract import Receipt, Step

_MAY_BE_DRIFT = (
    "cmis.constraint",
    "cmis.invalid_argument",
    "cmis.object_not_found",
    "cmis.content_forbidden",
)


def send(step: Step, session: Session) -> Receipt:
    """Have the effect of a step. Raises as `Rail.send` says."""
    if step.kind == "access":
        return grant(step, session)
    target = Target.read(step.payload)

    def act(parent_id: str) -> Receipt:
        return _Sending(step, session, target, parent_id).run()

    try:
        return in_parent(session, target, step.receipts, act)
    except Refused as error:
        raise _drift(error, session, target) from error


def probe(step: Step, session: Session) -> Receipt | None:
    """Say whether a step arrived, whole. Half filed is None: sending again completes the same object."""
    if step.kind == "access":
        return None  # adding the same entry again changes nothing
    target = Target.read(step.payload)

    def look(parent_id: str) -> Found | None:
        return Locator(session, target, parent_id, step.document, step.progress).locate()

    found = in_parent(session, target, step.receipts, look)
    return adopted(found.object, target) if found is not None and found.complete else None


def grant(step: Step, session: Session) -> Receipt:
    """Add access entries to an object of an earlier step."""
    receipt = step.receipts.get(step.payload["of"])
    if receipt is None:
        raise Refused("The object is not filed yet.", code="cmis.object_not_filed")
    entries = [(one["principal"], one["permissions"]) for one in step.payload["entries"]]
    session.client.apply_acl(receipt.remote_id, entries)
    return Receipt(receipt.remote_id, {"entries": len(entries)})


@dataclass(frozen=True)
class _Sending:
    """One try of one step in a known folder."""

    step: Step
    session: Session
    target: Target
    parent_id: str

    def run(self) -> Receipt:
        if self._may_be_there():
            earlier = self._locator().locate()
            if earlier is not None:
                return self._finish(earlier)
        if self.target.settle_seconds:
            self.step.checkpoint({**self.step.progress, "sent_at": now().isoformat()})
        return self._guarded(self._create_under_a_free_name)

    def _may_be_there(self) -> bool:
        """Say whether to look before creating.

        A fresh step need not: a name that is taken says enough. Where the server renames instead, or an empty
        document may have been left behind by a step that was refused and planned anew, nothing would say it.
        """
        again = self.step.attempt > 1 or bool(self.step.progress)
        return again or self._is_empty_shell() or self.session.renames

    def _guarded(self, create: Callable[[], Receipt]) -> Receipt:
        """Ask a person when the DMS keeps failing inside: a 500 may be permanent (a size limit, say)."""
        try:
            return create()
        except OutcomeUnknown as error:
            inside = error.code in ("cmis.server_error", "cmis.storage")
            if not inside or self.step.attempt < self.session.settings.server_errors:
                raise
            found = self._locator().locate()
            if found is not None and found.complete:
                return adopted(found.object, self.target)
            raise Refused(
                "The DMS keeps failing with an internal error; nothing was filed.",
                code="cmis.server_error_persists",
                remedy="Ask the administrator of the DMS; it may be a limit of size.",
                **error.details,
            ) from error

    def _create_under_a_free_name(self) -> Receipt:
        taken: NameTaken | None = None
        for name in numbered_names(self.target.name):
            try:
                return self._create(name)
            except NameTaken as error:
                taken = error
            found = self._locator().locate()
            if found is not None:
                return self._finish(found)
            if self.target.on_existing == "fail":
                break
            version = self._as_new_version(name)
            if version is not None:
                return version
        raise taken or Refused("No name is free in the folder.", code="cmis.name_taken")

    def _create(self, name: str) -> Receipt:
        created = self._make(name)
        if self._is_empty_shell():
            created = self._fill(created)
        if renamed(created, name):
            self.session.note_renaming()
        return made(created, name, self.target, self._locator())

    def _make(self, name: str) -> CmisObject:
        client, properties = self.session.client, self.target.all_properties(name)
        if self.target.base == FOLDER:
            return client.create_folder(self.parent_id, properties)
        content = None if self._is_empty_shell() else content_of(self.step.document, self.target)
        return client.create_document(self.parent_id, properties, content, versioning=self.target.versioning)

    def _is_empty_shell(self) -> bool:
        """Say whether the document is made empty first, because its content goes in pieces."""
        size = self.session.settings.chunk_bytes
        content = self.target.content
        return bool(
            content
            and size
            and content.size > size
            and not self.target.content_required
            and self.target.versioning == "none"
            and self.session.repository.can_append
        )

    def _fill(self, empty: CmisObject) -> CmisObject:
        return fill(self.session, empty, self.target, self.step, in_pieces=self._is_empty_shell())

    def _finish(self, found: Found) -> Receipt:
        if found.complete:
            return adopted(found.object, self.target)
        filled = self._fill(found.object)
        return adopted(filled, self.target, warnings=("cmis.completed",))

    def _as_new_version(self, name: str) -> Receipt | None:
        if self.target.on_existing != "newVersion" or self.target.versioning == "none":
            return None
        return new_version(self.session, self.target, self.step, self.parent_id, name)

    def _locator(self) -> Locator:
        return Locator(self.session, self.target, self.parent_id, self.step.document, self.step.progress)


def _drift(error: Refused, session: Session, target: Target) -> Refused:
    """Fetch the types again when the DMS refuses: a change since planning explains it."""
    if error.code not in _MAY_BE_DRIFT:
        return error
    changed = [name for name, known in target.fingerprints.items() if _now(session, name) != known]
    if not changed:
        return error
    details: dict[str, Any] = {**error.details, "types": changed}
    return Refused(
        "The types of the DMS changed since this was planned.",
        code="cmis.types_changed",
        remedy="Verify the mapping against the DMS, correct it, then retry.",
        **details,
    )


def _now(session: Session, type_id: str) -> str | None:
    try:
        return session.fresh_type(type_id).fingerprint
    except ObjectNotFound:
        return None
