"""A desk that carries test submissions for a conformance run, as the engine does, its journal in memory."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from caseway.core.errors import OutcomeUnknown, Unavailable
from caseway.core.ids import uuid7
from caseway.rails.conformance import Ground
from caseway.rails.contract import Document, Link, Occasion, PlannedStep, Receipt, Step
from caseway.rails.fit_connect import send as sending
from caseway.rails.fit_connect.config import FitConnectSettings
from caseway.rails.fit_connect.plan import DATA_TYPES, plan
from caseway.rails.samples import sample_document

MARK = "CASEWAY-CONFORMANCE"  # senderReference of a test submission; nothing else is ever answered by a run
T = TypeVar("T")

_DATA = {
    "application/json": ("data.json", json.dumps({"conformance": True}).encode()),
    "application/xml": ("data.xml", b"<?xml version='1.0' encoding='UTF-8'?><conformance/>"),
}


@dataclass
class Desk:
    """One test submission on its way."""

    link: Link
    occasion: Occasion
    receipts: dict[str, Receipt] = field(default_factory=dict)
    progress: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def carry(self) -> Receipt:
        """Send every step and return the receipt of the last. Raises what the rail raises."""
        receipt = None
        for step in plan(self.occasion, self.link):
            receipt = self.receipts[step.key] = self._one(step)
        assert receipt is not None
        return receipt

    def _one(self, step: PlannedStep) -> Receipt:
        try:
            return sending.send(self._view(step), self.link)
        except OutcomeUnknown:
            found = sending.probe(self._view(step), self.link)
            return found or sending.send(self._view(step), self.link)

    def _view(self, step: PlannedStep) -> Step:
        documents = {one.id: one for one in self.occasion.documents}
        return Step(
            key=step.key,
            kind=step.kind,
            payload=step.payload,
            document=documents.get(step.document_id) if step.document_id else None,
            attempt=1,
            receipts=dict(self.receipts),
            progress=self.progress.get(step.key, {}),
            checkpoint=lambda kept: self.progress.__setitem__(step.key, dict(kept)),
            documents=self.occasion.documents,
        )


def marked_submission(link: Link, ground: Ground, media_type: str, extra: Sequence[Document] = ()) -> Desk:
    """Return a submission that is marked as a test, with data of the type the recipient takes."""
    settings: FitConnectSettings = link.settings
    documents = [one for one in ground.sample.documents if one.role != "structured"][:2]
    structured = [one for one in ground.sample.documents if one.role == "structured"]
    data = next((one for one in structured if DATA_TYPES.get(one.media_type) == media_type), None)
    if data is None:
        name, content = _DATA[media_type]
        data = sample_document(ground.room, "structured", name, content, media_type=media_type)
    values = {
        "submission.reference": f"{MARK} {uuid7().hex[-8:]}",
        "service.leikaId": "",
        "service.name": settings.service_name,
    }
    occasion = replace(
        ground.sample,
        submission_id=uuid7(),
        kind="application",
        facts=ground.sample.facts.with_values(values),
        documents=[*documents, *extra, data],
        origin={},
        reply={},
    )
    return Desk(link, occasion)


def within(patience: float, look: Callable[[], T | None], pause: float = 1.0) -> T | None:
    """Look again and again until something is there or the time is over."""
    end = time.monotonic() + patience
    while True:
        try:
            found = look()
        except Unavailable:
            found = None
        if found is not None or time.monotonic() >= end:
            return found
        time.sleep(min(pause, max(0.0, end - time.monotonic())))


def bytes_of(size: int) -> Iterator[bytes]:
    """Yield so many bytes that do not compress, the same ones each time."""
    import random

    source, left = random.Random(size), size
    while left > 0:
        piece = source.randbytes(min(left, 1 << 20))
        left -= len(piece)
        yield piece
