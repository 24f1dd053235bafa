"""A trial at a DMS: steps sent and repeated as the engine would, everything made remembered, then deleted."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from caseway.core.errors import CasewayError, OutcomeUnknown, Unavailable
from caseway.core.ids import uuid7
from caseway.mapping.resolve import resolve
from caseway.rails.cmis.errors import ObjectNotFound
from caseway.rails.cmis.plan import plan
from caseway.rails.cmis.send import probe, send
from caseway.rails.cmis.session import Session
from caseway.rails.contract import Document, Occasion, PlannedStep, Receipt, Step

T = TypeVar("T")
_PAUSE = 0.2  # seconds, doubled with each try
_TRIES = 5


def plain_mapping() -> dict[str, Any]:
    """Return a mapping onto the types every CMIS repository has: what is proven where none is bound."""
    document = {"type": "cmis:document", "parent": {"target": "case"}}
    return resolve(
        {
            "apiVersion": "caseway/mapping/v1",
            "kind": "DmsMapping",
            "id": "conformance",
            "version": 1,
            "idempotency": {"strategy": ["path", "children"], "nameSuffix": "hash8"},
            "targets": {
                "case": {
                    "type": "cmis:folder",
                    "parent": {"path": "/"},
                    "name": {"template": "{submission.reference}"},
                },
                "application": {**document, "name": {"template": "Antrag {document.filename}"}},
                "structured": {**document, "name": {"template": "Daten {document.filename}"}},
                "attachment": {**document, "name": {"template": "{document.index} {document.filename}"}},
                "message": {"enabled": False},
            },
        },
        lambda _id, _version: None,
    )


@dataclass
class Trial:
    """What was planned, what was made and with which receipts."""

    session: Session
    sample: Occasion  # its mapping files into the scratch folder
    patience: float
    receipts: dict[str, Receipt] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)  # object ids, the oldest first
    folders: set[str] = field(default_factory=set)  # those of them that are folders
    doubtful: list[Step] = field(default_factory=list)  # sent, and nobody knows what came of them

    def steps(self, occasion: Occasion) -> list[PlannedStep]:
        """Return the steps of an occasion that are not receipted yet. Raises what `plan` raises."""
        return plan(replace(occasion, receipted=frozenset(self.receipts)), self.session)

    def later(self, *documents: Document) -> Occasion:
        """Return a later submission on the same case, with these documents."""
        identity = uuid7()
        facts = self.sample.facts.with_values({"submission.id": str(identity)})
        return replace(self.sample, submission_id=identity, documents=documents, facts=facts)

    def role(self) -> str:
        """Return a role the mapping has a document type for."""
        targets = (self.sample.mapping or {})["targets"]
        return next(name for name in ("attachment", "application", "structured") if targets[name]["enabled"])

    def file(self, occasion: Occasion, session: Session | None = None) -> list[Receipt]:
        """Send every step, each until it holds a receipt, as the engine does. Returns the receipts."""
        steps = self.steps(occasion)
        for planned in steps:
            self.receipts[planned.key] = self._until_receipted(planned, occasion, session or self.session)
        return [self.receipts[planned.key] for planned in steps]

    def step(self, planned: PlannedStep, occasion: Occasion, attempt: int = 1) -> Step:
        """Return a planned step at the moment of sending."""
        document = next((one for one in occasion.documents if one.id == planned.document_id), None)
        progress: dict[str, Any] = {}

        def keep(noted: Mapping[str, Any]) -> None:
            progress.update(noted)
            if "object_id" in noted:  # made, and still without its whole content
                self.note(str(noted["object_id"]))

        return Step(
            planned.key, planned.kind, planned.payload, document, attempt, self.receipts, progress, keep
        )

    def note(self, object_id: str, *, folder: bool = False) -> None:
        """Remember what was made, for the cleaning up."""
        if object_id not in self.made:
            self.made.append(object_id)
        if folder:
            self.folders.add(object_id)

    def clean(self) -> list[str]:
        """Delete everything that was made, the newest first; return the ids of what is still there.

        Folders of the run's own are emptied: what lies in them is of the run, noted or not.
        """
        for step in self.doubtful:
            found = self._found(step)
            if found is not None:
                self.note(found.remote_id, folder=step.kind == "folder")
        left = [object_id for object_id in reversed(self.made) if not self._removed(object_id)]
        self.made = left[::-1]
        return left

    def _until_receipted(self, planned: PlannedStep, occasion: Occasion, session: Session) -> Receipt:
        step = self.step(planned, occasion)

        def first(attempt: int) -> Receipt:
            return send(replace(step, attempt=attempt), session)

        def again(attempt: int) -> Receipt:
            return probe(replace(step, attempt=attempt), session) or first(attempt)

        try:
            receipt = self._patiently(first, again)
        except CasewayError:
            self.doubtful.append(step)
            raise
        if "entries" not in receipt.facts:
            self.note(receipt.remote_id, folder=planned.kind == "folder")
        return receipt

    def _patiently(self, first: Callable[[int], T], again: Callable[[int], T]) -> T:
        """Try as long as patience lasts while the outcome is open or the DMS is away."""
        end, act = time.monotonic() + self.patience, first
        for attempt in range(1, _TRIES + 1):
            try:
                return act(attempt)
            except (OutcomeUnknown, Unavailable) as error:
                pause = error.retry_after.total_seconds() if error.retry_after else _PAUSE * 2**attempt
                if attempt == _TRIES or time.monotonic() + pause > end:
                    raise
                act = again if isinstance(error, OutcomeUnknown) else act
                time.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _found(self, step: Step) -> Receipt | None:
        try:
            return probe(step, self.session)
        except CasewayError:
            return None  # the folder it would lie in is emptied; elsewhere the finding of the clause says it

    def _removed(self, object_id: str) -> bool:
        try:
            if object_id in self.folders:
                for child in list(self.session.client.children(object_id, pages=5)):
                    self._delete(child.id)
            return self._delete(object_id)
        except ObjectNotFound:
            return True
        except CasewayError:
            return False

    def _delete(self, object_id: str) -> bool:
        def delete(_attempt: int) -> bool:
            try:
                self.session.client.delete(object_id)
                self.session.client.object(object_id)
            except ObjectNotFound:
                return True
            return False

        return self._patiently(delete, delete)
