"""The other side's log of a case, kept here entry by entry: the evidence of what it said."""

from __future__ import annotations

from collections.abc import Sequence

from caseway.delivery.models import Connection, RemoteLogEntry
from caseway.rails.following import LogEntry


def keep_log(connection: Connection, remote_case_id: str, log: Sequence[LogEntry]) -> None:
    """Keep a log as it was read, each entry once, in the caller's transaction.

    What was verified once stays so: a certificate that ends later takes nothing back. What was doubtful may
    be verified by a later reading.
    """
    if not log or not remote_case_id:
        return
    proven = set(
        RemoteLogEntry.objects.filter(
            connection=connection, remote_case_id=remote_case_id, verified=True
        ).values_list("digest", flat=True)
    )
    RemoteLogEntry.objects.bulk_create(
        [
            RemoteLogEntry(
                organisation_id=connection.organisation_id,
                connection_id=connection.id,
                remote_case_id=remote_case_id,
                position=position,
                digest=entry.digest,
                what=entry.what[:60],
                about=entry.about[:120],
                issuer=entry.issuer[:300],
                at=entry.at,
                verified=entry.verified,
                code=entry.code[:80],
                sentence=entry.sentence[:500],
                facts=dict(entry.facts),
                token=entry.token,
            )
            for position, entry in enumerate(log)
            if entry.digest not in proven
        ],
        update_conflicts=True,
        unique_fields=["connection", "remote_case_id", "digest"],
        update_fields=["position", "verified", "code", "sentence"],
    )
