"""What a rail can also do where the other side keeps a directory: find who is responsible for what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from caseway.rails.contract import Finding, Link


@dataclass(frozen=True)
class Area:
    """A place in the directory's own words."""

    id: str
    name: str
    kind: str


@dataclass(frozen=True)
class Wanted:
    """Who is looked for: a service by its key, and one of the ways to name a place."""

    service_key: str
    ars: str = ""
    ags: str = ""
    area_id: str = ""


@dataclass(frozen=True)
class Accepts:
    """A service that a party takes, in which forms and where."""

    service: str
    schemas: Sequence[tuple[str, str]]  # schema URI, media type
    regions: Sequence[str] = ()


@dataclass(frozen=True)
class Party:
    """Somebody to send to: who it is, what they take, whether they are reachable, and what is proven."""

    id: str
    name: str
    reachable: bool
    status: str
    accepts: Sequence[Accepts] = ()
    reply_channels: Sequence[str] = ()
    metadata_versions: Sequence[str] = ()
    findings: Sequence[Finding] = ()  # signed data checked, key and chain checked
    details: dict[str, str] = field(default_factory=dict)  # contact, imprint, privacy …

    @property
    def trusted(self) -> bool:
        return all(one.ok for one in self.findings)


@runtime_checkable
class Finds(Protocol):
    """A rail with a directory."""

    def areas(self, words: str, link: Link) -> Sequence[Area]:
        """Search places by name or post code (`*` stands for anything). Raises `Invalid`, `Unavailable`."""

    def parties(self, wanted: Wanted, link: Link) -> Sequence[Party]:
        """Return who takes this service there, each checked. Raises `Invalid`, `Unavailable`."""
