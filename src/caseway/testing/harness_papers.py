"""Numbered applications that travel over FIT-Connect: data, a small file, and one that goes in fragments."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from caseway.intake.data import SubmissionData
from caseway.intake.files import IncomingFile
from caseway.mapping.facts import Facts
from caseway.rails.contract import Occasion
from caseway.rails.samples import sample_document
from caseway.testing.harness_platform import LEIKA

FRAGMENT = 2000  # bytes
PARTS = 3
STEPS = 5
"""Announced, three uploads, submitted."""

_SPACE = UUID("0199c5a1-7a00-7000-8000-00000000c7a5")
_PARTS = (
    ("data", "structured", "antrag.json", "application/json"),
    ("form", "application", "antrag.pdf", "application/pdf"),
    ("plan", "attachment", "lageplan.pdf", "application/pdf"),
)


def contents(world: str, number: int) -> Mapping[str, bytes]:
    """Return the contents of one application by part; no two applications have one in common."""
    name = f"{world} {number}"
    return {
        "data": json.dumps({"bauvorhaben": {"art": "Carport", "nummer": name}}).encode(),
        "form": f"%PDF-1.7\n% {name} form\n".encode(),
        "plan": f"%PDF-1.7\n% {name} plan\n".encode() + number.to_bytes(4) * (FRAGMENT // 4),
    }


def digests(world: str, numbers: Sequence[int]) -> Counter[str]:
    """Return the SHA-256 of every content of these applications."""
    return Counter(sha256(one).hexdigest() for number in numbers for one in contents(world, number).values())


def as_submission(world: str, number: int) -> tuple[SubmissionData, list[IncomingFile]]:
    """Return an application as a door takes it."""
    said: dict[str, Any] = {
        "form": {"id": "bauantrag", "name": "Bauantrag"},
        "service": {"id": LEIKA, "name": "Baugenehmigung", "leikaId": LEIKA},
        "documents": [{"part": part, "role": role} for part, role, _, _ in _PARTS],
    }
    held = contents(world, number)
    files = [IncomingFile(part, filename, kind, [held[part]]) for part, _, filename, kind in _PARTS]
    return SubmissionData.model_validate_json(json.dumps(said)), files


def as_occasion(world: str, number: int, room: Path) -> Occasion:
    """Return an application as a rail takes it; its files lie in the room."""
    held = contents(world, number)
    documents = [
        sample_document(room, role, filename, held[part], media_type=kind, index=index)
        for index, (part, role, filename, kind) in enumerate(_PARTS, 1)
    ]
    values = {"service.leikaId": LEIKA, "service.name": "Baugenehmigung"}
    name = uuid5(_SPACE, f"{world}/{number}")
    return Occasion(name, name, "application", Facts(values), documents, None)
