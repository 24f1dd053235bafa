"""The CMIS rail alone, without database: plan and send, as the engine does, with a memory in the process."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import UUID, uuid4, uuid5

from caseway.core.http import open_client
from caseway.mapping.document import load
from caseway.mapping.facts import Facts
from caseway.mapping.resolve import resolve
from caseway.rails.cmis.config import CmisSettings
from caseway.rails.contract import Document, Link, Occasion, Receipt, Step
from caseway.rails.registry import rail

SPACE = UUID("0199c5a1-7a00-7000-8000-000000000000")


class Memory(dict[str, Any]):
    """What the connection remembers, as long as the process."""

    def put(self, key: str, value: Any, seconds: int) -> None:
        self[key] = value

    def drop(self, key: str) -> None:
        self.pop(key, None)


class Filer:
    """Files cases of documents over one connection."""

    def __init__(self, url: str, **settings: Any) -> None:
        typed = CmisSettings(service_url=url, **{"login": "none", **settings})
        self._stack = ExitStack()
        client = self._stack.enter_context(open_client(typed.http(), typed.auth(), lambda _: None))
        self._link = Link(UUID(int=1), "sandbox", typed, client, Memory())
        text = files("caseway.demo").joinpath("mappings/onlinevorgang.yaml").read_text(encoding="utf-8")
        self._mapping = resolve(load(text), lambda _id, _version: None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def file(self, key: str, papers: Sequence[Path]) -> dict[str, Receipt]:
        """File a case folder with the papers in it; returns the receipts."""
        documents = [_document(key, index, file) for index, file in enumerate(papers, start=1)]
        occasion = Occasion(uuid4(), uuid4(), "application", _facts(key), documents, self._mapping)
        by_id = {one.id: one for one in documents}
        receipts: dict[str, Receipt] = {}
        for planned in rail("cmis").plan(occasion, self._link):
            content = by_id.get(planned.document_id) if planned.document_id else None
            step = Step(planned.key, planned.kind, planned.payload, content, 1, receipts, {}, lambda _: None)
            receipts[planned.key] = rail("cmis").send(step, self._link)
        return receipts


def _facts(key: str) -> Facts:
    return Facts(
        {
            "submission.id": str(uuid5(SPACE, key)),
            "submission.reference": f"S-{key}",
            "submission.submittedAt": datetime(2026, 11, 16, 13, 3, tzinfo=UTC),
            "case.id": str(uuid5(SPACE, key)),
            "case.reference": f"C-{key}",
            "service.id": "99088001080000",
            "service.name": "Bewohnerparkausweis",
        }
    )


def _document(key: str, index: int, file: Path) -> Document:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Document(
        id=uuid5(SPACE, f"{key}/{index}"),
        role="application" if index == 1 else "attachment",
        index=index,
        filename=file.name,
        media_type="application/pdf",
        size=file.stat().st_size,
        sha256=digest,
        title=file.name,
        field_key="",
        open=lambda: file.open("rb"),
    )
