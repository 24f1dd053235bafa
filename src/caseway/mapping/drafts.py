"""Drafts: the one changing version of a mapping, and the guard against two people changing it unseen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.core.clock import now
from caseway.core.errors import Conflict, NotFound
from caseway.mapping import catalogue
from caseway.mapping.document import check
from caseway.mapping.layout import layout_of
from caseway.mapping.models import MappingVersion

NOTHING_SEEN = ""  # as `seen`: the editor knows of no draft


def save_draft(actor: Actor, document: Mapping[str, Any], *, seen: str | None = None) -> MappingVersion:
    """Keep a document as the draft of its mapping; the draft's number is always the next one.

    `seen` is the `catalogue.revision` of the draft the editor began with (`NOTHING_SEEN`: there was none);
    None skips the comparison. Raises `Invalid` (`mapping.schema`) and `Conflict` (`mapping.draft_changed`,
    `mapping.draft_exists`, `mapping.draft_gone`).
    """
    require(actor, "mappings.edit")
    checked = check({**document, "version": 1})
    mapping_id = str(checked["id"])
    draft = lock_draft(actor.organisation_id, mapping_id)
    _compare(draft, seen, mapping_id)
    if draft is None:
        return _begin(actor, mapping_id, checked)
    return _write(actor, draft, checked)


def new_draft_from(actor: Actor, mapping_id: str, version: int) -> MappingVersion:
    """Begin a draft with the content of a version. Raises `NotFound`, `Conflict` (`mapping.draft_exists`)."""
    require(actor, "mappings.edit")
    source = catalogue.get_version(actor, mapping_id, version)
    return save_draft(actor, catalogue.written(source), seen=NOTHING_SEEN)


def copy_as(actor: Actor, source: MappingVersion, mapping_id: str, title: str) -> MappingVersion:
    """Begin a mapping of another name with the content of a version. Raises `Conflict` if it is taken."""
    require(actor, "mappings.edit")
    document = {**catalogue.written(source), "id": mapping_id, "title": title or mapping_id}
    ensure_unused(actor, mapping_id)
    return save_draft(actor, document, seen=NOTHING_SEEN)


def discard_draft(actor: Actor, mapping_id: str, *, seen: str | None = None) -> None:
    """Throw the draft away. Raises `NotFound` (`mapping.not_found`), `Conflict` (`mapping.draft_changed`)."""
    require(actor, "mappings.edit")
    draft = need_draft(actor.organisation_id, mapping_id)
    _compare(draft, seen, mapping_id)
    audit.record(actor, "mappings.discard", "mapping", draft.mapping_id, version=draft.version)
    draft.delete()


def ensure_unused(actor: Actor, mapping_id: str) -> None:
    """Raise `Conflict` (`mapping.id_taken`) when the organisation has a mapping of this name."""
    if MappingVersion.objects.filter(organisation_id=actor.organisation_id, mapping_id=mapping_id).exists():
        raise Conflict(
            f"There is a mapping {mapping_id} already.",
            code="mapping.id_taken",
            remedy="Choose another name, or begin a draft of that mapping.",
        )


def lock_draft(organisation_id: UUID, mapping_id: str) -> MappingVersion | None:
    """Return the draft, held against everybody else until the transaction ends, or None."""
    rows = MappingVersion.objects.select_for_update().filter(
        organisation_id=organisation_id, mapping_id=mapping_id, state=MappingVersion.State.DRAFT
    )
    return rows.first()


def need_draft(organisation_id: UUID, mapping_id: str) -> MappingVersion:
    """Return the locked draft. Raises `NotFound` (`mapping.no_draft`)."""
    draft = lock_draft(organisation_id, mapping_id)
    if draft is None:
        raise NotFound(
            f"The mapping {mapping_id} has no draft.",
            code="mapping.no_draft",
            remedy="Begin a draft from one of its versions.",
            mapping=mapping_id,
        )
    return draft


def _compare(draft: MappingVersion | None, seen: str | None, mapping_id: str) -> None:
    if seen is None:
        return
    if draft is None and seen != NOTHING_SEEN:
        raise Conflict(
            f"The draft of {mapping_id} was published or thrown away while you were working on it.",
            code="mapping.draft_gone",
            remedy="Open the mapping again and begin a draft from its newest version.",
        )
    if draft is not None and seen == NOTHING_SEEN:
        raise Conflict(
            f"{mapping_id} has a draft already, last changed by {draft.changed_by}.",
            code="mapping.draft_exists",
            remedy="Work on that draft, or throw it away first.",
        )
    if draft is not None and seen != catalogue.revision(draft.document):
        raise _changed(draft)


def _changed(draft: MappingVersion) -> Conflict:
    return Conflict(
        f"{draft.changed_by} changed this draft while you were working on it. Nothing of yours was kept yet.",
        code="mapping.draft_changed",
        remedy="Look at the changes, then keep yours on top of them or take theirs.",
        changed_at=draft.changed_at.isoformat(),
        revision=catalogue.revision(draft.document),
    )


def _begin(actor: Actor, mapping_id: str, document: dict[str, Any]) -> MappingVersion:
    known = MappingVersion.objects.filter(organisation_id=actor.organisation_id, mapping_id=mapping_id)
    number = (known.aggregate(Max("version"))["version__max"] or 0) + 1
    try:
        with transaction.atomic():
            draft = MappingVersion.objects.create(
                organisation_id=actor.organisation_id,
                mapping_id=mapping_id,
                version=number,
                title=document.get("title") or "",
                document={**document, "version": number},
                layout=layout_of(document),
                changed_by=actor.name,
            )
    except IntegrityError as error:  # another began one in the same moment
        raise Conflict(
            f"{mapping_id} has a draft already.",
            code="mapping.draft_exists",
            remedy="Work on that draft, or throw it away first.",
        ) from error
    audit.record(actor, "mappings.edit", "mapping", draft.mapping_id, version=draft.version)
    return draft


def _write(actor: Actor, draft: MappingVersion, document: dict[str, Any]) -> MappingVersion:
    numbered, layout = {**document, "version": draft.version}, layout_of(document)
    if numbered == draft.document and layout == draft.layout:
        return draft
    draft.document, draft.layout = numbered, layout
    draft.title = document.get("title") or ""
    draft.changed_at, draft.changed_by = now(), actor.name
    draft.save(update_fields=["document", "layout", "title", "changed_at", "changed_by"])
    audit.record(actor, "mappings.edit", "mapping", draft.mapping_id, version=draft.version)
    return draft
