"""From an occasion to the steps owed: case folder, application, structured file, attachments, messages.

Pure apart from reading type definitions, which are remembered. Everything that can be known to fail is said
here, before the first effect: required properties, values that do not fit, an object without a key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from caseway.core.errors import Invalid, NotConfigured
from caseway.mapping.names import hash8
from caseway.mapping.render import render
from caseway.mapping.rendered import RenderedProperty, RenderedTarget
from caseway.rails.cmis.errors import ObjectNotFound
from caseway.rails.cmis.keys import keys_of
from caseway.rails.cmis.session import Session
from caseway.rails.cmis.target import DOCUMENT, ContentFacts, Target
from caseway.rails.cmis.types import TypeDefinition
from caseway.rails.contract import Document, Occasion, PlannedStep

CASE = "case"
_TITLES = {
    "case": "Case folder",
    "application": "Application",
    "structured": "Structured file",
    "attachment": "Attachment {}",
    "message": "Message",
}


def plan(occasion: Occasion, session: Session) -> list[PlannedStep]:
    """Return the steps of an occasion in order. Raises `Invalid` (`mapping.*`, `cmis.*`), `NotConfigured`."""
    if occasion.mapping is None:
        raise NotConfigured(
            "There is no mapping for this form.",
            code="cmis.mapping_missing",
            remedy="Publish a mapping and bind it to the form or service.",
        )
    types = types_of(occasion.mapping, session)
    rendered = render(
        occasion.mapping,
        occasion.facts,
        occasion.documents,
        {key: one.raw for key, one in types.items()},
        case_exists=CASE in occasion.receipted,
    )
    planner = _Planner(occasion, occasion.mapping, session, types)
    return [step for target in rendered.targets for step in planner.steps(target)]


def types_of(mapping: Mapping[str, Any], session: Session) -> dict[str, TypeDefinition]:
    """Return the types a mapping names, as far as the DMS has them."""
    targets = [one for one in mapping["targets"].values() if one and one.get("enabled", True)]
    wanted = {type_id for one in targets for type_id in (one["type"], *one["secondaryTypes"])}
    aspect = mapping["idempotency"].get("secondaryType")
    found: dict[str, TypeDefinition] = {}
    for type_id in sorted(wanted | ({aspect} if aspect else set())):
        try:
            found[type_id] = session.type(type_id)
        except ObjectNotFound:
            continue
    return found


class _Planner:
    """Turns rendered objects into steps."""

    def __init__(
        self,
        occasion: Occasion,
        mapping: Mapping[str, Any],
        session: Session,
        types: Mapping[str, TypeDefinition],
    ) -> None:
        self.occasion = occasion
        self.mapping = mapping
        self.session = session
        self.types = types
        self.documents = {str(document.id): document for document in occasion.documents}

    def steps(self, rendered: RenderedTarget) -> Iterator[PlannedStep]:
        document = self.documents.get(rendered.document_id or "")
        target = self._target(rendered, document)
        key = step_key(rendered)
        title = _TITLES[rendered.target].format(document.index if document else "").strip()
        document_id = document.id if document else None
        kind = "folder" if rendered.target == CASE else "document"
        yield PlannedStep(key, kind, title, target.payload(), document_id)
        if rendered.acl:
            yield _access_step(key, title, rendered.acl, document_id)

    def _target(self, rendered: RenderedTarget, document: Document | None) -> Target:
        kind = self.types[rendered.object_type]
        idempotency = self.mapping["idempotency"]
        keys, more, aspects = keys_of(
            rendered, self.mapping, self.types, self.occasion.facts.values, document
        )
        target = Target(
            role=rendered.target,
            base=kind.base_id,
            type=rendered.object_type,
            name=rendered.name,
            token=_token(rendered),
            parent={"step": CASE} if "target" in rendered.parent else dict(rendered.parent),
            properties={one.id: self._entry(one, kind) for one in rendered.properties} | more,
            secondary_types=tuple(dict.fromkeys([*rendered.secondary_types, *aspects])),
            keys=keys,
            content=_content(kind, document),
            content_required=kind.content == "required",
            versioning=_versioning(rendered.versioning, kind),
            on_existing=rendered.on_existing,
            lookup=tuple(idempotency["strategy"]),
            settle_seconds=max(int(idempotency["settleSeconds"]), self.session.settings.settle_seconds),
            fingerprints={
                name: self.types[name].fingerprint
                for name in (rendered.object_type, *rendered.secondary_types, *aspects)
            },
        )
        _check(target)
        return target

    def _entry(self, one: RenderedProperty, kind: TypeDefinition) -> dict[str, Any]:
        value = one.value
        definition = kind.definition_of(one.id) or {}
        whole_days = definition.get("resolution") == "date" and self.session.settings.date_only == "noon"
        if one.type == "datetime" and whole_days and value is not None:
            zone = ZoneInfo(self.mapping["timezone"])
            value = [_noon(item, zone) for item in value] if one.multi else _noon(value, zone)
        return {"type": one.type or "string", "multi": one.multi, "value": value}


def step_key(rendered: RenderedTarget) -> str:
    """Return the key of a step, the same for ever for the same object."""
    if rendered.target == CASE:
        return CASE
    return f"document:{rendered.document_id}" if rendered.document_id else f"message:{rendered.key}"


def _access_step(
    key: str, title: str, entries: Sequence[Mapping[str, Any]], document_id: UUID | None
) -> PlannedStep:
    payload = {"of": key, "entries": [dict(entry) for entry in entries]}
    return PlannedStep(f"access:{key}", "access", f"{title}: access rights", payload, document_id)


def _token(rendered: RenderedTarget) -> str | None:
    """Return the part of the name that is ours alone, as rendering put it in brackets."""
    candidates = (rendered.key.rpartition("/")[2], hash8(rendered.key))
    return next((f"({one})" for one in candidates if f"({one})" in rendered.name), None)


def _content(kind: TypeDefinition, document: Document | None) -> ContentFacts | None:
    if document is None or kind.base_id != DOCUMENT or kind.content == "notallowed":
        return None
    return ContentFacts(document.filename, document.media_type, document.size, document.sha256)


def _versioning(wanted: str, kind: TypeDefinition) -> str:
    """Return the versioningState: a versionable type takes no `none`, any other nothing else (§2.2.4.1)."""
    if wanted != "auto":
        return wanted
    return "major" if kind.versionable else "none"


def _noon(text: str, zone: ZoneInfo) -> str:
    day = datetime.fromisoformat(text).astimezone(zone).date()
    return datetime.combine(day, time(12), zone).isoformat()


def _check(target: Target) -> None:
    if target.content_required and target.content is None:
        raise Invalid(
            "The document type requires content, but there is no file.",
            code="cmis.content_required",
            remedy="Choose a document type that allows an empty document.",
            target=target.role,
        )
    shared_only = not target.token and not any(key.unique for key in target.keys)
    if shared_only and (target.content is None or not target.keys):
        raise Invalid(
            "Nothing on this object would tell later that it is ours.",
            code="cmis.key_missing",
            remedy="Map the key property to filing.key, or let the name end in the key (nameSuffix).",
            target=target.role,
        )
