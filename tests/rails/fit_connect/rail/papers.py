"""What is sent in these tests: documents in memory, occasions on a case. Invented people only."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any
from uuid import UUID, uuid5

from caseway.mapping.facts import Facts
from caseway.rails.contract import Document, Occasion

SPACE = UUID("0199c5a1-7a00-7000-8000-00000000f17c")
CASE = uuid5(SPACE, "case")
OURS = "5a1f3a52-7a0f-4d0c-9b53-0c6f7d3e1a01"  # the building office of the simulated platform
SERVICE = "99010003001006"
JSON_SCHEMA = "https://schema.fitko.de/fim/s00000121_1.0.0.schema.json"
XML_SCHEMA = "urn:xoev-de:bmk:standard:xbau_2.2#baugenehmigung.antrag.0200"
DATA = b'{"bauvorhaben": {"art": "Carport", "strasse": "Musterweg"}}'


def paper(
    role: str, filename: str, content: bytes, media_type: str = "application/pdf", index: int = 1
) -> Document:
    """Return a document; the same name and role is the same document."""
    return Document(
        id=uuid5(SPACE, f"{role}/{filename}/{index}"),
        role=role,
        index=index,
        filename=filename,
        media_type=media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        title=filename.rpartition(".")[0],
        field_key="",
        open=lambda: closing(io.BytesIO(content)),
    )


def data(content: bytes = DATA, media_type: str = "application/json", name: str = "antrag") -> Document:
    """Return the subject data."""
    ending = "json" if media_type.endswith("json") else "xml"
    return paper("structured", f"{name}.{ending}", content, media_type)


APPLICATION = paper("application", "Bauantrag.pdf", b"%PDF-1.7 Bauantrag")
PLAN = paper("attachment", "Lageplan.pdf", b"%PDF-1.7 Lageplan", index=2)


def occasion(
    documents: Sequence[Document] | None = None,
    *,
    name: str = "one",
    kind: str = "application",
    values: Mapping[str, Any] | None = None,
    **more: Any,
) -> Occasion:
    """Return a submission on the one case; the same name is the same submission."""
    facts = {
        "submission.reference": f"S-{name.upper()}",
        "service.leikaId": SERVICE,
        "service.name": "Baugenehmigung",
        **(values or {}),
    }
    papers = [data(), APPLICATION, PLAN] if documents is None else list(documents)
    given: dict[str, Any] = {"submission_id": uuid5(SPACE, f"submission/{name}"), "case_id": CASE, **more}
    return Occasion(kind=kind, facts=Facts(facts), documents=papers, mapping=None, **given)
