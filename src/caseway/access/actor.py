"""Who acts: a person, a system with a token, or Caseway itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID


@dataclass(frozen=True)
class Actor:
    """Who acts, for which organisation, and what they are allowed (actions of `access.permissions`)."""

    kind: Literal["user", "client", "system"]
    id: str
    name: str
    organisation_id: UUID
    role: str = ""  # of a person
    scopes: frozenset[str] = frozenset()  # of a system's token


def system(organisation_id: UUID) -> Actor:
    """Return Caseway itself acting for an organisation."""
    return Actor("system", "caseway", "Caseway", organisation_id)
