"""A desk to file from: documents, a mapping, a link to a DMS, and an engine that journals in memory."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from caseway.core.errors import OutcomeUnknown, Unavailable
from caseway.core.http import Exchange, open_client
from caseway.mapping.facts import Facts
from caseway.mapping.resolve import resolve
from caseway.rails.cmis.config import CmisSettings
from caseway.rails.contract import Document, Link, Occasion, PlannedStep, Receipt, Step
from caseway.rails.registry import rail

SPACE = UUID("0199c5a1-7a00-7000-8000-000000000000")
CASE_ID = uuid5(SPACE, "case")


class Memory:
    """A cache that never forgets by itself."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def get(self, key: str) -> Any | None:
        return self.values.get(key)

    def put(self, key: str, value: Any, seconds: int) -> None:
        self.values[key] = value

    def drop(self, key: str) -> None:
        self.values.pop(key, None)


@contextmanager
def link_to(url: str, exchanges: list[Exchange] | None = None, **settings: Any) -> Iterator[Link]:
    """Open a connection to a DMS."""
    typed = CmisSettings(service_url=url, **{"login": "none", **settings})
    recorder = exchanges.append if exchanges is not None else None
    with open_client(typed.http(), typed.auth(), recorder) as client:
        yield Link(UUID(int=1), "sandbox", typed, client, Memory())


def document(
    role: str, name: str, content: bytes, index: int = 1, media: str = "application/pdf"
) -> Document:
    """Build a document."""
    return Document(
        id=uuid5(SPACE, f"{role}/{name}/{index}"),
        role=role,
        index=index,
        filename=name,
        media_type=media,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        title=name,
        field_key="",
        open=lambda: closing(io.BytesIO(content)),
    )


APPLICATION = document("application", "Antrag Müller.pdf", b"%PDF-1.7 application")
STRUCTURED = document("structured", "antrag.xml", b"<antrag/>", media="application/xml")
ATTACHMENT = document("attachment", "Impfpass.pdf", b"%PDF-1.7 attachment", index=2)
ALL = (APPLICATION, STRUCTURED, ATTACHMENT)


def mapping(**changes: Any) -> dict[str, Any]:
    """Build the resolved mapping of the public example; `idempotency=…` and targets by name change it."""
    auftrag = {"label": "Auftrag-ID", "value": {"property": "submission.id"}, "required": True}
    targets: dict[str, Any] = {
        "case": {
            "type": "D_AKTE",
            "parent": {"path": "/Onlineantraege"},
            "name": {"template": "{submission.reference} {service.name}"},
            "properties": {"355": auftrag, "304": {"value": {"property": "service.id"}}},
        },
        "application": _of("DOC01", auftrag),
        "structured": _of("DOC07", auftrag),
        "attachment": _of("DOC02", auftrag),
        "message": {
            "type": "DNACHRICHT",
            "properties": {"355": auftrag, "41": {"value": {"const": "Portalnachricht"}}},
        },
    }
    for name in ("case", "application", "structured", "attachment", "message"):
        targets[name] |= changes.get(name, {})
    return resolve(
        {
            "apiVersion": "caseway/mapping/v1",
            "kind": "DmsMapping",
            "id": "onlinevorgang",
            "version": 1,
            "idempotency": {"keyProperty": "355", **changes.get("idempotency", {})},
            "targets": targets,
        },
        lambda _id, _version: None,
    )


def _of(kind: str, auftrag: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "DPORT", "properties": {"355": auftrag, "362": {"value": {"const": kind}}}}


def occasion(
    documents: Sequence[Document] = ALL,
    resolved: dict[str, Any] | None = None,
    *,
    submission: str = "one",
    kind: str = "application",
    **values: Any,
) -> Occasion:
    """Build an occasion on the one case."""
    submission_id = uuid5(SPACE, f"submission/{submission}")
    facts = {
        "submission.id": str(submission_id),
        "submission.reference": f"S-{submission.upper()}",
        "submission.submittedAt": datetime(2026, 11, 16, 13, 3, tzinfo=UTC),
        "case.id": str(CASE_ID),
        "case.reference": "C-4T7M2XQA",
        "service.id": "hundesteuer",
        "service.name": "Hundesteuer anmelden",
        **values,
    }
    return Occasion(submission_id, CASE_ID, kind, Facts(facts), documents, resolved or mapping())


@dataclass
class Desk:
    """Sends the steps of occasions as an engine would: journal, probe before a second send, receipts."""

    link: Link
    receipts: dict[str, Receipt] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)
    progress: dict[str, dict[str, Any]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)

    def file(self, what: Occasion, *, tries: int = 6) -> dict[str, Receipt]:
        """File everything; a step that is unknown or unavailable is tried again, probed first."""
        what = replace(what, receipted=frozenset(self.receipts))
        documents = {one.id: one for one in what.documents}
        for planned in rail("cmis").plan(what, self.link):
            while planned.key not in self.receipts:
                if self.attempts.get(planned.key, 0) >= tries:
                    raise AssertionError(f"{planned.key} does not arrive")
                self.go(planned, documents.get(planned.document_id) if planned.document_id else None)
        return self.receipts

    def go(self, planned: PlannedStep, content: Document | None) -> None:
        """Make one try of one step."""
        try:
            if planned.key in self.unknown:
                found = rail("cmis").probe(self.step(planned, content), self.link)
                if found is not None:
                    self.receipts[planned.key] = found
                    return
                self.unknown.discard(planned.key)
            self.attempts[planned.key] = self.attempts.get(planned.key, 0) + 1
            self.receipts[planned.key] = rail("cmis").send(self.step(planned, content), self.link)
        except OutcomeUnknown:
            self.unknown.add(planned.key)
        except Unavailable:
            return

    def step(self, planned: PlannedStep, content: Document | None) -> Step:
        """Return a planned step at the moment of sending."""

        def keep(progress: Mapping[str, Any]) -> None:
            self.progress[planned.key] = dict(progress)

        return Step(
            planned.key,
            planned.kind,
            planned.payload,
            content,
            self.attempts.get(planned.key, 0) or 1,
            self.receipts,
            self.progress.get(planned.key, {}),
            keep,
        )
