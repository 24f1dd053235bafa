"""The audit trail: who did or saw what, and when. Append-only, numbered, sealed (caseway.access.chain)."""

from __future__ import annotations

import re
from typing import Any

from caseway.access.actor import Actor
from caseway.access.chain import Anchor, append, head, verify_chain
from caseway.access.models import AuditEntry
from caseway.access.scope import within, write_last
from caseway.core.clock import now
from caseway.core.ids import uuid7
from caseway.core.redaction import redact_json, redact_text
from caseway.core.secrets import ring

__all__ = ["Anchor", "head", "person_keys", "read", "record", "verify_chain"]

_PURPOSE = "audit person"


def record(
    actor: Actor,
    action: str,
    subject_type: str,
    subject_id: object,
    *,
    person: str | None = None,
    **details: Any,
) -> None:
    """Write down that the actor did something, in the caller's transaction.

    The entry is written as the last thing of the running scope, so that nobody waits for the trail longer
    than for a commit; it is there when the scope ends, or not at all. Without a scope it is written at once.
    `person` is an identifier of the person concerned: only a keyed hash of it is stored, by which
    `caseway.access.trail.search` finds it again. `details` are redacted.
    """
    entry = AuditEntry(
        id=uuid7(),
        organisation_id=actor.organisation_id,
        at=now(),
        actor_kind=actor.kind,
        actor=actor.id[:200],
        action=action,
        subject_type=subject_type,
        subject_id=redact_text(_storable(str(subject_id)))[:100],
        person_key=person_keys(person)[0] if person else "",
        details=_plain(redact_json(details)),
    )
    with within(actor.organisation_id):
        write_last(append, entry)


def read(actor: Actor, subject_type: str, subject_id: object, person: str | None = None) -> None:
    """Write down that the actor saw a submission, document or case; Caseway's own reads are left out."""
    if actor.kind != "system":
        record(actor, f"{subject_type}.read", subject_type, subject_id, person=person)


def person_keys(person: str) -> list[str]:
    """Return the keyed hashes by which a person's entries are found, that of the present key first.

    Spaces, hyphens, dots and case do not count: `123 456-789` and `123456789` are one person.
    """
    return ring().keyed_hashes(re.sub(r"[\s.\-/]", "", person).casefold(), _PURPOSE)


def _plain(value: Any) -> Any:
    """Return what `jsonb` gives back as it took it: texts, whole numbers, lists, objects by text."""
    if isinstance(value, dict):
        return {_storable(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, bool | int):
        return value
    return _storable(str(value))


def _storable(text: str) -> str:
    """PostgreSQL stores no NUL and no half of a surrogate pair."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
