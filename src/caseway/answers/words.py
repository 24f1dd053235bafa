"""The words of an answer as data: how they travel where only data travel, and how they are read again."""

from __future__ import annotations

import json
from typing import Any

from caseway.core.errors import CasewayError
from caseway.intake.contents import contents

PART = "structured"  # the part that carries them
FILENAME = "answer.json"
LONGEST = 500_000  # bytes that are looked into


def written(subject: str, body: str) -> bytes:
    """Return the words as JSON."""
    return json.dumps({"subject": subject, "body": body}, ensure_ascii=False).encode()


def read(sha256: str, size: int) -> tuple[str, str] | None:
    """Return subject and body from a kept file, or None where it is something else, or not here."""
    if size > LONGEST:
        return None
    try:
        with contents().open(sha256) as stream:
            return _words(json.loads(stream.read().decode("utf-8-sig")))
    except (CasewayError, ValueError, RecursionError):
        return None


def _words(found: Any) -> tuple[str, str] | None:
    if not isinstance(found, dict):
        return None
    subject, body = found.get("subject"), found.get("body")
    return (subject, body) if isinstance(subject, str) and isinstance(body, str) else None
