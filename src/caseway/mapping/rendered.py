"""What rendering yields: plain values that go to JSON and come back, the same bytes for the same input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

MASK = "•••"


@dataclass(frozen=True)
class RenderedProperty:
    """One property as the DMS will get it.

    `value` is JSON: text for string, id, html and uri; true or false; a whole number; a decimal as text of
    plain digits; a datetime as ISO 8601 text with offset. It is a list when `multi`, None to say "not set".
    `type` is the CMIS property type, None where neither the mapping nor a type definition says it.
    """

    id: str
    label: str
    type: str | None
    value: Any = field(repr=False)
    multi: bool = False
    sensitive: bool = False
    source: str = ""

    @property
    def shown(self) -> Any:
        """The value for a screen or a log: masked when sensitive."""
        return MASK if self.sensitive and self.value is not None else self.value


@dataclass(frozen=True)
class RenderedTarget:
    """One object to be filed.

    `target` is case, application, structured, attachment or message; `parent` is one of `{"path": …}`,
    `{"id": …}`, `{"target": "case"}`; `key` is the filing key, the same for ever for the same object.
    """

    target: str
    document_id: str | None
    object_type: str
    secondary_types: list[str]
    parent: dict[str, str]
    name: str = field(repr=False)
    properties: list[RenderedProperty]
    key: str
    versioning: str
    on_existing: str
    acl: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON, which `from_json` reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> RenderedTarget:
        """Return the target in what `as_json` gave."""
        properties = [RenderedProperty(**one) for one in data["properties"]]
        return cls(**{**data, "properties": properties})

    def find(self, property_id: str) -> RenderedProperty | None:
        """Return one of its properties by CMIS property id, or None."""
        return next((one for one in self.properties if one.id == property_id), None)


@dataclass(frozen=True)
class Skipped:
    """What the mapping leaves out: `reason` is off (no such target, or switched off), condition or exists."""

    target: str
    document_id: str | None
    reason: str


@dataclass(frozen=True)
class Rendered:
    """Every object of one occasion, parents first, in the order of filing; and what is left out."""

    targets: list[RenderedTarget]
    skipped: list[Skipped] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)
