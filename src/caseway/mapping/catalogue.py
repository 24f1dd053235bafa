"""The mappings an organisation keeps: questions asked of the store. Nothing here changes anything."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.core.errors import NotFound
from caseway.mapping import resolve as inheritance
from caseway.mapping.layout import in_order
from caseway.mapping.models import MappingBinding, MappingVersion

PUBLISHED = MappingVersion.State.PUBLISHED
DRAFT = MappingVersion.State.DRAFT


@dataclass(frozen=True)
class MappingLine:
    """One mapping in the list: its newest published version, its draft, and what it serves."""

    mapping_id: str
    title: str
    newest: MappingVersion | None
    draft: MappingVersion | None
    versions: int
    bindings: tuple[MappingBinding, ...]
    abstract: bool
    extends: str
    changed_at: datetime

    @property
    def connection_slug(self) -> str:
        """The connection whose definitions it is written for, or that it is bound to; empty: none yet."""
        row = self.draft or self.newest
        named = str(row.document.get("connection") or "") if row else ""
        return named or (self.bindings[0].connection_slug if self.bindings else "")


def list_mappings(actor: Actor) -> list[MappingLine]:
    """Return every mapping of the organisation by id, drafts included."""
    require(actor, "mappings.read")
    rows: defaultdict[str, list[MappingVersion]] = defaultdict(list)
    for row in _versions(actor.organisation_id).order_by("mapping_id", "-version"):
        rows[row.mapping_id].append(row)
    bindings: defaultdict[str, list[MappingBinding]] = defaultdict(list)
    for binding in bindings_of(actor):
        bindings[binding.mapping.mapping_id].append(binding)
    return [_line(mapping_id, found, bindings[mapping_id]) for mapping_id, found in rows.items()]


def versions_of(actor: Actor, mapping_id: str) -> list[MappingVersion]:
    """Return the versions of one mapping, newest first. Raises `NotFound` when there is none."""
    require(actor, "mappings.read")
    found = list(_versions(actor.organisation_id).filter(mapping_id=mapping_id).order_by("-version"))
    if not found:
        raise no_mapping(mapping_id)
    return found


def get_version(actor: Actor, mapping_id: str, version: int) -> MappingVersion:
    """Return one version, draft or published. Raises `NotFound`."""
    require(actor, "mappings.read")
    row = _versions(actor.organisation_id).filter(mapping_id=mapping_id, version=version).first()
    if row is None:
        raise no_mapping(f"{mapping_id}@{version}")
    return row


def newest_published(actor: Actor, mapping_id: str) -> MappingVersion | None:
    """Return the published version with the highest number, or None."""
    require(actor, "mappings.read")
    return (
        _versions(actor.organisation_id)
        .filter(mapping_id=mapping_id, state=PUBLISHED)
        .order_by("-version")
        .first()
    )


def get_draft(actor: Actor, mapping_id: str) -> MappingVersion | None:
    """Return the draft of a mapping, or None."""
    require(actor, "mappings.read")
    return _versions(actor.organisation_id).filter(mapping_id=mapping_id, state=DRAFT).first()


def bindings_of(actor: Actor, mapping_id: str | None = None) -> list[MappingBinding]:
    """Return the bindings, of one mapping or all, latest first."""
    require(actor, "mappings.read")
    rows = MappingBinding.objects.filter(organisation_id=actor.organisation_id).select_related("mapping")
    if mapping_id is not None:
        rows = rows.filter(mapping__mapping_id=mapping_id)
    return list(rows.order_by("connection_slug", "form_id", "service_id", "-valid_from"))


def derived_from(actor: Actor, mapping_id: str) -> list[MappingVersion]:
    """Return the newest version of each mapping that extends this one, whatever version it is pinned to."""
    require(actor, "mappings.read")
    newest: dict[str, MappingVersion] = {}
    for row in _versions(actor.organisation_id).order_by("mapping_id", "version"):
        newest[row.mapping_id] = row
    return [row for row in newest.values() if _base_id(row.document) == mapping_id]


def resolved(actor: Actor, document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with its published bases applied. Raises `Invalid` as `resolve.resolve` does."""
    require(actor, "mappings.read")
    return inheritance.resolve(document, finder(actor.organisation_id))


def written(version: MappingVersion) -> dict[str, Any]:
    """Return the document of a version with its keys in the order they were written."""
    return in_order(version.document, version.layout)


def finder(organisation_id: UUID) -> inheritance.Find:
    """Return the function that finds a published version for `mapping.resolve.resolve`."""

    def find(mapping_id: str, version: int) -> Mapping[str, Any] | None:
        row = (
            _versions(organisation_id)
            .filter(mapping_id=mapping_id, version=version, state=PUBLISHED)
            .only("document")
            .first()
        )
        return None if row is None else dict(row.document)

    return find


def revision(document: Mapping[str, Any]) -> str:
    """Return a short name for exactly this content: what an editor saw when it began."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


def no_mapping(name: str) -> NotFound:
    """Return the error for a mapping or version that is not there."""
    return NotFound(
        f"There is no mapping {name}.",
        code="mapping.not_found",
        remedy="Choose one from the list of mappings.",
        mapping=name,
    )


def _versions(organisation_id: UUID) -> QuerySet[MappingVersion]:
    return MappingVersion.objects.filter(organisation_id=organisation_id)


def _line(mapping_id: str, rows: Sequence[MappingVersion], bindings: Sequence[MappingBinding]) -> MappingLine:
    published = [row for row in rows if row.state == PUBLISHED]
    draft = next((row for row in rows if row.state == DRAFT), None)
    leading = draft or rows[0]
    return MappingLine(
        mapping_id=mapping_id,
        title=leading.title or mapping_id,
        newest=published[0] if published else None,
        draft=draft,
        versions=len(published),
        bindings=tuple(bindings),
        abstract=bool(leading.document.get("abstract")),
        extends=str(leading.document.get("extends") or ""),
        changed_at=leading.changed_at,
    )


def _base_id(document: Mapping[str, Any]) -> str:
    base = inheritance.base_of(document)
    return base[0] if base else ""
