"""An object of the repository: folder, document (one version of it) or relationship."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from caseway.rails.cmis.simulator.content import Content
from caseway.rails.cmis.simulator.values import Value, from_record, to_record

DOCUMENT, FOLDER, RELATIONSHIP = "cmis:document", "cmis:folder", "cmis:relationship"


@dataclass
class Version:
    """Which version of a document an object is. `label` is None where the type has no versions."""

    series: str
    label: str | None = None
    major: bool = True
    latest: bool = True
    latest_major: bool = True
    working_copy: bool = False
    comment: str | None = None


@dataclass
class Ace:
    """One entry of an access control list."""

    principal: str
    permissions: list[str]


@dataclass
class CmisObject:
    """One object. `requested_name` is what the client asked for; `name` what the repository made of it."""

    id: str
    base: str
    type_id: str
    name: str
    requested_name: str
    parent: str | None
    created_by: str
    created: datetime
    modified_by: str
    modified: datetime
    change_token: int
    properties: dict[str, Value] = field(default_factory=dict)
    secondary: list[str] = field(default_factory=list)
    content: Content | None = None
    media_type: str | None = None
    filename: str | None = None
    version: Version | None = None
    aces: list[Ace] = field(default_factory=list)

    @property
    def working_copy(self) -> bool:
        """Whether it is a private working copy."""
        return self.version is not None and self.version.working_copy

    @property
    def latest(self) -> bool:
        """Whether it is the version that folders and queries show."""
        return self.version is None or (self.version.latest and not self.version.working_copy)

    def record(self) -> dict[str, Any]:
        """Return what the journal keeps."""
        data = {name: getattr(self, name) for name in _PLAIN}
        data["created"], data["modified"] = self.created.isoformat(), self.modified.isoformat()
        data["properties"] = {property_id: to_record(value) for property_id, value in self.properties.items()}
        data["version"] = vars(self.version) if self.version else None
        data["aces"] = [vars(ace) for ace in self.aces]
        if self.content is not None and self.content.path is not None:
            data["content"] = {"file": self.content.path.name, "size": self.content.size}
        return data


_PLAIN = (
    "id",
    "base",
    "type_id",
    "name",
    "requested_name",
    "parent",
    "created_by",
    "modified_by",
    "change_token",
    "secondary",
    "media_type",
    "filename",
)


def from_journal(data: Mapping[str, Any], content: Content | None) -> CmisObject:
    """Return the object the journal kept."""
    return CmisObject(
        **{name: data[name] for name in _PLAIN},
        created=datetime.fromisoformat(data["created"]),
        modified=datetime.fromisoformat(data["modified"]),
        properties={property_id: from_record(value) for property_id, value in data["properties"].items()},
        content=content,
        version=Version(**data["version"]) if data["version"] else None,
        aces=[Ace(**ace) for ace in data["aces"]],
    )
