"""From draft to version: checked, resolved, numbered, sealed. And the doors to what belongs to it.

Drafts live in `drafts`, bindings in `bindings`, files in `exchange`, previews in `preview`; whoever uses
mappings imports the verbs from here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.cases.events import record
from caseway.core.clock import now
from caseway.core.errors import Conflict, Invalid
from caseway.mapping import catalogue, resolve
from caseway.mapping.bindings import bind, mapping_for, succeed, unbind
from caseway.mapping.drafts import (
    NOTHING_SEEN,
    copy_as,
    discard_draft,
    need_draft,
    new_draft_from,
    save_draft,
)
from caseway.mapping.exchange import export_table, export_yaml, import_table, import_yaml
from caseway.mapping.findings import Finding, has_errors
from caseway.mapping.lint import lint
from caseway.mapping.models import MappingVersion
from caseway.mapping.preview import preview
from caseway.mapping.typedefs import TypeDefinitions
from caseway.mapping.verify import verify

__all__ = [
    "NOTHING_SEEN",
    "Drift",
    "bind",
    "copy_as",
    "discard_draft",
    "drift",
    "export_table",
    "export_yaml",
    "findings_of",
    "import_table",
    "import_yaml",
    "mapping_for",
    "new_draft_from",
    "preview",
    "publish",
    "save_draft",
    "succeed",
    "types_fingerprint",
    "unbind",
]


def publish(
    actor: Actor, mapping_id: str, types: TypeDefinitions | None = None, *, seen: str | None = None
) -> MappingVersion:
    """Make the draft a version that never changes again, after it passed every check.

    With `types` (the live type definitions of the DMS) a required property without a rule, an unknown one or
    a type that differs stops it; without them only the mapping itself is checked. `seen` is the revision of
    the draft that was looked at. Raises `NotFound` (`mapping.no_draft`), `Conflict` (`mapping.draft_changed`)
    and `Invalid` (`mapping.not_publishable`) with `findings` in its details.
    """
    require(actor, "mappings.publish")
    draft = need_draft(actor.organisation_id, mapping_id)
    if seen is not None and seen != catalogue.revision(draft.document):
        raise _not_what_was_seen(draft)
    findings = findings_of(actor, draft.document, types)
    if has_errors(findings):
        raise _not_publishable(draft, findings)
    _seal(actor, draft, types)
    audit.record(actor, "mappings.publish", "mapping", mapping_id, version=draft.version)
    record(
        "mapping.published",
        actor.organisation_id,
        actor=actor.name,
        mapping=mapping_id,
        version=draft.version,
        verified=bool(types),
    )
    return draft


def findings_of(
    actor: Actor, document: Mapping[str, Any], types: TypeDefinitions | None = None
) -> list[Finding]:
    """Return what lint, and with types verify, say about a document with its bases applied."""
    require(actor, "mappings.read")
    found = lint(document, catalogue.finder(actor.organisation_id))
    if types is not None and not has_errors(found):
        found += verify(catalogue.resolved(actor, document), types)
    return found


@dataclass(frozen=True)
class Drift:
    """What the type definitions of the DMS say to a published version now."""

    version: MappingVersion
    changed: bool  # the definitions are not those it was published against
    findings: Sequence[Finding]

    @property
    def breaks(self) -> bool:
        """Whether filing with this version would fail."""
        return has_errors(self.findings)


def drift(actor: Actor, version: MappingVersion, types: TypeDefinitions) -> Drift:
    """Hold a published version against the type definitions as they are now. Raises `Invalid` for a draft."""
    require(actor, "mappings.read")
    if version.resolved is None:
        raise Invalid(
            f"{version} is a draft; drift is measured from what was published.",
            code="mapping.draft_drift",
            remedy="Publish it first.",
        )
    now_is = types_fingerprint(version.resolved, types)
    changed = bool(version.types_fingerprint) and version.types_fingerprint != now_is
    return Drift(version, changed, tuple(verify(version.resolved, types)))


def types_fingerprint(resolved: Mapping[str, Any], types: TypeDefinitions) -> str:
    """Return the SHA-256 (hex) of those type definitions that a resolved mapping speaks of."""
    named = {
        type_id
        for target in resolved["targets"].values()
        for type_id in (target["type"], *target["secondaryTypes"])
    }
    spoken_of = {type_id: types[type_id] for type_id in sorted(named) if type_id in types}
    text = json.dumps(spoken_of, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _seal(actor: Actor, draft: MappingVersion, types: TypeDefinitions | None) -> None:
    draft.resolved = catalogue.resolved(actor, draft.document)
    draft.fingerprint = resolve.fingerprint(draft.resolved)
    draft.types_fingerprint = types_fingerprint(draft.resolved, types) if types is not None else ""
    draft.state = MappingVersion.State.PUBLISHED
    draft.published_at, draft.published_by = now(), actor.name
    draft.save()


def _not_what_was_seen(draft: MappingVersion) -> Conflict:
    return Conflict(
        f"{draft.changed_by} changed the draft after you looked at it.",
        code="mapping.draft_changed",
        remedy="Look at the changes, then publish.",
    )


def _not_publishable(draft: MappingVersion, findings: Sequence[Finding]) -> Invalid:
    errors = [finding for finding in findings if finding.level == "error"]
    return Invalid(
        f"{draft} cannot be published: {errors[0].sentence}"
        + (f" And {len(errors) - 1} more." if len(errors) > 1 else ""),
        code="mapping.not_publishable",
        remedy=errors[0].remedy or "Correct the errors listed, then publish.",
        findings=[
            {"code": f.code, "level": f.level, "path": f.path, "sentence": f.sentence, "remedy": f.remedy}
            for f in findings
        ],
    )
