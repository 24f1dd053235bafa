"""Which mapping serves a form or service at a connection: exactly one at any time."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.access.prepared import run
from caseway.core.clock import now
from caseway.core.errors import Conflict, Invalid, NotFound
from caseway.mapping.models import MappingBinding, MappingVersion
from caseway.mapping.resolve import ensure_bindable

_BEST = """
SELECT mapping_id FROM mapping_mappingbinding
 WHERE organisation_id = $1 AND connection_slug = $2 AND form_id IN ($3, '') AND service_id IN ($4, '')
   AND valid_from <= $5
 ORDER BY form_id <> '' DESC, service_id <> '' DESC, valid_from DESC
 LIMIT 1
"""
_KEPT = 256
_published: dict[UUID, MappingVersion] = {}


def bind(
    actor: Actor,
    mapping: MappingVersion,
    *,
    form_id: str = "",
    service_id: str = "",
    connection_slug: str,
    valid_from: datetime | None = None,
) -> MappingBinding:
    """Have a published version serve a form, a service, or (both empty) everything, from a time on.

    Raises `Invalid` (`mapping.draft_bound`, `mapping.abstract_bound`, `mapping.binding_incomplete`) and
    `Conflict` (`mapping.bound_already`) when something else begins there at the very same moment.
    """
    require(actor, "mappings.publish")
    _ensure_published(mapping)
    ensure_bindable(mapping.document)
    if not connection_slug:
        raise Invalid(
            "A binding needs a connection.",
            code="mapping.binding_incomplete",
            remedy="Choose the connection.",
        )
    try:
        with transaction.atomic():
            binding = MappingBinding.objects.create(
                organisation_id=actor.organisation_id,
                form_id=form_id.strip(),
                service_id=service_id.strip(),
                connection_slug=connection_slug,
                mapping=mapping,
                valid_from=valid_from or now(),
                created_by=actor.name,
            )
    except IntegrityError as error:
        raise _bound_already() from error
    audit.record(actor, "mappings.bind", "mapping", mapping.mapping_id, **_words(binding))
    return binding


def unbind(actor: Actor, binding_id: UUID) -> None:
    """Take a binding back before it holds. Raises `NotFound`, `Conflict` (`mapping.binding_in_use`).

    A binding that holds already stays as the record of what was filed with what; bind another from now on.
    """
    require(actor, "mappings.publish")
    binding = _binding(actor.organisation_id, binding_id)
    if binding.valid_from <= now():
        raise Conflict(
            "This binding holds already, and filings may rest on it.",
            code="mapping.binding_in_use",
            remedy="Bind another version from now on; the later one wins.",
        )
    audit.record(actor, "mappings.unbind", "mapping", binding.mapping.mapping_id, **_words(binding))
    binding.delete()


def mapping_for(
    organisation_id: UUID, *, form_id: str, service_id: str, connection_slug: str, at: datetime
) -> MappingVersion | None:
    """Return the one version that serves a form and service at a connection at a time, or None.

    The most particular binding wins: form and service, form, service, everything; among equals the one with
    the latest `valid_from` that is not after `at`. Two with the same `valid_from` cannot exist.
    """
    best = run(_BEST, organisation_id, connection_slug, form_id, service_id, at).fetchone()
    return published(best[0]) if best else None


def published(version_id: UUID) -> MappingVersion:
    """Return a published version by its id, in the caller's scope. It never changes: it is read once.

    The row is shared by the threads of the process; nobody may change it.
    """
    known = _published.get(version_id)
    if known is None:
        known = MappingVersion.objects.get(id=version_id)
        if len(_published) >= _KEPT:
            _published.clear()
        _published[version_id] = known
    return known


def in_force(bindings: list[MappingBinding], at: datetime) -> set[UUID]:
    """Return the ids of the bindings that hold at a time: for each form, service, connection the latest."""
    latest: dict[tuple[str, str, str], MappingBinding] = {}
    for binding in bindings:
        key = (binding.connection_slug, binding.form_id, binding.service_id)
        if binding.valid_from <= at and (key not in latest or latest[key].valid_from < binding.valid_from):
            latest[key] = binding
    return {binding.id for binding in latest.values()}


def succeed(actor: Actor, version: MappingVersion) -> list[MappingBinding]:
    """Have a version serve, from now on, whatever an earlier version of the same mapping serves now.

    Returns the new bindings; none where nothing was bound. Raises what `bind` raises.
    """
    require(actor, "mappings.publish")
    moment = now()
    everything = list(MappingBinding.objects.select_related("mapping"))
    holding = in_force(everything, moment)
    return [
        bind(
            actor,
            version,
            form_id=one.form_id,
            service_id=one.service_id,
            connection_slug=one.connection_slug,
            valid_from=moment,
        )
        for one in everything
        if one.id in holding and one.mapping.mapping_id == version.mapping_id and one.mapping_id != version.id
    ]


def _ensure_published(mapping: MappingVersion) -> None:
    if mapping.state != MappingVersion.State.PUBLISHED:
        raise Invalid(
            f"{mapping} is a draft; only what is published can be bound.",
            code="mapping.draft_bound",
            remedy="Publish it first.",
        )


def _binding(organisation_id: UUID, binding_id: UUID) -> MappingBinding:
    rows = MappingBinding.objects.filter(organisation_id=organisation_id, id=binding_id)
    found = rows.select_related("mapping").first()
    if found is None:
        raise NotFound(
            "There is no such binding.", code="mapping.binding_not_found", remedy="Open the mapping again."
        )
    return found


def _bound_already() -> Conflict:
    return Conflict(
        "Another mapping begins to serve this form and service at the very same moment.",
        code="mapping.bound_already",
        remedy="Choose another time, or take the other binding back.",
    )


def _words(binding: MappingBinding) -> dict[str, Any]:
    return {
        "version": binding.mapping.version,
        "form": binding.form_id,
        "service": binding.service_id,
        "connection": binding.connection_slug,
        "valid_from": binding.valid_from.isoformat(),
    }
