"""The facts a mapping may speak of: a fixed vocabulary, and the structured file of the submission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any


@dataclass(frozen=True)
class Facts:
    """What is known of one submission.

    `values` holds the vocabulary by dotted name (`submission.id`, `service.name`, `document.filename`); values
    are str, int, bool, datetime (aware) or None. `xml` is the structured file where it is XML, `json` the
    parsed structured file where it is JSON.
    """

    values: Mapping[str, Any]
    xml: bytes | None = field(default=None, repr=False)
    json: Any = field(default=None, repr=False)

    def with_values(self, more: Mapping[str, Any]) -> Facts:
        """Return these facts with more values (those of one document or message)."""
        return replace(self, values={**self.values, **more})
