"""What lint and verify say about a mapping: one finding a line, with what helps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from caseway.core.errors import Invalid

Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing found in a mapping.

    `path` names the place in the document, dotted (`targets.case.properties.355.value`). An error stops
    publishing; a warning is for a person to weigh.
    """

    code: str
    level: Level
    path: str
    sentence: str
    remedy: str = ""

    @classmethod
    def of(cls, error: Invalid, path: str = "") -> Finding:
        """Return the finding that says what an error says."""
        place = error.details.get("path") or path
        return cls(error.code, "error", str(place), error.sentence, error.remedy)


def has_errors(findings: Iterable[Finding]) -> bool:
    """Say whether one of the findings stops publishing."""
    return any(finding.level == "error" for finding in findings)
