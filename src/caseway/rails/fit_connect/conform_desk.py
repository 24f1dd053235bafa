"""A desk that carries what a conformance run sends, as the engine does, its journal in memory."""

from __future__ import annotations

import json
import random
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

_TRIES = 3
_DATA = {
    "application/json": ("data.json", json.dumps({"conformance": True}).encode()),
    "application/xml": ("data.xml", b"<?xml version='1.0' encoding='UTF-8'?><conformance/>"),
}


@dataclass
class Desk:
    """One test submission, or one answer to one, on its way."""

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

    def look(self) -> Receipt | None:
        """Ask the other side whether the last step happened."""
        return sending.probe(self._view(list(plan(self.occasion, self.link))[-1]), self.link)

    def _one(self, step: PlannedStep) -> Receipt:
        """Send one step as the engine does: again where nobody answers, after a probe where it is unknown."""
        unknown = False
        for number in range(1, _TRIES + 1):
            try:
                if unknown and (found := sending.probe(self._view(step), self.link)):
                    return found
                return sending.send(self._view(step), self.link)
            except (OutcomeUnknown, Unavailable) as error:
                if number == _TRIES:
                    raise
                unknown = unknown or isinstance(error, OutcomeUnknown)
                time.sleep(0.5 * number)
        raise AssertionError

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


def sample_of(ground: Ground, settings: FitConnectSettings) -> Occasion:
    """Return the sample as an application for the service of the connection, where that names one."""
    values: dict[str, Any] = {}
    if settings.service_identifier:
        values = {"service.leikaId": "", "service.name": settings.service_name}
    return replace(
        ground.sample,
        kind="application",
        purpose="submission",
        facts=ground.sample.facts.with_values(values),
        origin={},
        reply={},
    )


def marked_submission(link: Link, ground: Ground, media_type: str, extra: Sequence[Document] = ()) -> Desk:
    """Return a submission that is marked as a test, with data of the type the recipient takes."""
    sample = sample_of(ground, link.settings)
    documents = [one for one in sample.documents if one.role != "structured"][:2]
    structured = [one for one in sample.documents if one.role == "structured"]
    data = next((one for one in structured if DATA_TYPES.get(one.media_type) == media_type), None)
    if data is None:
        name, content = _DATA[media_type]
        data = sample_document(ground.room, "structured", name, content, media_type=media_type)
    marked = sample.facts.with_values({"submission.reference": f"{MARK} {uuid7().hex[-8:]}"})
    occasion = replace(sample, submission_id=uuid7(), facts=marked, documents=[*documents, *extra, data])
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
    source, left = random.Random(size), size
    while left > 0:
        piece = source.randbytes(min(left, 1 << 20))
        left -= len(piece)
        yield piece
