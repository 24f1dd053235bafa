"""Following what happens without missing anything.

An event gets its id before its transaction commits, so one with a smaller id may appear after one with a
larger id was read. A cursor therefore goes by the transaction's number, and stops before the oldest one that
still runs (PostgreSQL 18, 9.28.9: `txid_snapshot_xmin`): nothing can appear behind it any more.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import BigIntegerField, Func, Q

from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.cases.models import Event
from caseway.core.errors import Invalid

_CURSOR = re.compile(r"(?P<transaction>[0-9]{1,18})\.(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@dataclass(frozen=True)
class Followed:
    """Events behind a cursor, oldest first, and the cursor behind the last of them."""

    events: Sequence[Event]
    cursor: str


def events_behind(actor: Actor, cursor: str, *, limit: int = 100, kind: str = "") -> Followed:
    """Return the events behind a cursor ("" is the beginning). Raises `Invalid` (`event.cursor_invalid`)."""
    require(actor, "submissions.read")
    snapshot = Func(function="txid_current_snapshot")
    horizon = Func(snapshot, function="txid_snapshot_xmin", output_field=BigIntegerField())
    rows = Event.objects.filter(organisation_id=actor.organisation_id, transaction__lt=horizon)
    if cursor:
        transaction, event_id = _read(cursor)
        rows = rows.filter(Q(transaction__gt=transaction) | Q(transaction=transaction, id__gt=event_id))
    if kind:
        rows = rows.filter(kind=kind)
    found = list(rows.order_by("transaction", "id")[:limit])
    return Followed(found, f"{found[-1].transaction}.{found[-1].id}" if found else cursor)


def _read(cursor: str) -> tuple[int, UUID]:
    if (found := _CURSOR.fullmatch(cursor)) is None:
        raise Invalid(
            "This is no cursor of events.",
            code="event.cursor_invalid",
            remedy="Send `next` of the answer before, or nothing to begin at the beginning.",
        )
    return int(found["transaction"]), UUID(found["id"])
