"""The structured file of a submission as text for a screen: bounded, indented, never interpreted."""

from __future__ import annotations

import json
from dataclasses import dataclass

from caseway.cases.models import Document
from caseway.core.errors import CasewayError
from caseway.intake.contents import contents

SHOWN_TO = 200_000  # bytes


@dataclass(frozen=True)
class StructuredFile:
    """What is shown of a structured file. `cut` says that there is more than is shown."""

    document: Document
    text: str
    cut: bool
    missing: str = ""


def structured_file(documents: list[Document]) -> StructuredFile | None:
    """Return the structured file among documents, or None. Its text is data: the template escapes it."""
    document = next((one for one in documents if one.role == "structured"), None)
    rendition = document.renditions.first() if document else None
    if document is None or rendition is None:
        return None
    try:
        with contents().open(rendition.sha256) as stream:
            raw = stream.read(SHOWN_TO + 1)
    except CasewayError as error:
        return StructuredFile(document, "", False, error.sentence)
    cut = len(raw) > SHOWN_TO
    text = raw[:SHOWN_TO].decode("utf-8", "replace")
    return StructuredFile(document, text if cut else _indented(text, rendition.media_type), cut)


def _indented(text: str, media_type: str) -> str:
    if "json" not in media_type:
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
