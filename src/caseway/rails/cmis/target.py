"""The object a step owes: everything needed to make it, and to know it again, as JSON of the step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

FOLDER, DOCUMENT = "cmis:folder", "cmis:document"


@dataclass(frozen=True)
class Key:
    """A property of the object whose value is ours, with its names for a query where it can be queried.

    `unique` says that no other object in the DMS carries the value; else it names the case only, and name and
    content must agree as well.
    """

    property: str
    value: str
    unique: bool
    query_type: str | None = None
    query_property: str | None = None
    query_aspect: str | None = None  # the secondary type to join, where the property belongs to one


@dataclass(frozen=True)
class ContentFacts:
    """What the content must be."""

    filename: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Target:
    """One folder or document to be made; `properties` as `values.controls` takes them, less name and type."""

    role: str
    base: str
    type: str
    name: str
    token: str | None  # a part of the name that is ours alone
    parent: Mapping[str, str]  # {"step": key} | {"path": …} | {"id": …}
    properties: Mapping[str, Mapping[str, Any]]
    secondary_types: tuple[str, ...] = ()
    keys: tuple[Key, ...] = ()  # the strongest first
    content: ContentFacts | None = None
    content_required: bool = False
    versioning: str = "none"
    on_existing: str = "adopt"
    lookup: tuple[str, ...] = ("path", "query")
    settle_seconds: int = 0
    fingerprints: Mapping[str, str] = field(default_factory=dict)  # of the types it was planned with

    def payload(self) -> dict[str, Any]:
        """Return the JSON of the step."""
        return {
            **vars(self),
            "keys": [{**vars(key)} for key in self.keys],
            "content": {**vars(self.content)} if self.content else None,
        }

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> Self:
        """Read the JSON of the step back."""
        values = dict(payload)
        values["keys"] = tuple(Key(**key) for key in payload["keys"])
        values["content"] = ContentFacts(**payload["content"]) if payload["content"] else None
        values["secondary_types"] = tuple(payload["secondary_types"])
        values["lookup"] = tuple(payload["lookup"])
        return cls(**values)

    def all_properties(self, name: str) -> dict[str, Mapping[str, Any]]:
        """Return the properties of a create, under the given name."""
        head: dict[str, Mapping[str, Any]] = {
            "cmis:objectTypeId": {"type": "id", "multi": False, "value": self.type},
            "cmis:name": {"type": "string", "multi": False, "value": name},
        }
        if self.secondary_types:
            types = list(self.secondary_types)
            head["cmis:secondaryObjectTypeIds"] = {"type": "id", "multi": True, "value": types}
        return {**head, **self.properties}


def numbered_names(name: str, count: int = 9) -> Iterator[str]:
    """Yield the name, then `name~2`, `name~3` … before the extension."""
    yield name
    stem, dot, extension = name.rpartition(".")
    if not stem or not 1 <= len(extension) <= 10 or not extension.isalnum():
        stem, dot, extension = name, "", ""
    for number in range(2, count + 1):
        yield f"{stem}~{number}{dot}{extension}"
