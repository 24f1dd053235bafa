"""The other side's own log, for people: each entry in plain words, and whether it is proven."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from caseway.delivery.models import Connection, Delivery, RemoteLogEntry
from caseway.intake.models import Submission
from caseway.portal.reading.problems import ShownProblem, shown_problems
from caseway.portal.receiving_words import event_words
from caseway.portal.words import Words

LONGEST = 500  # entries shown


@dataclass(frozen=True)
class LogLine:
    """One entry. `payload` is what it says as JSON; `token` is it as it came."""

    at: datetime | None
    seen_at: datetime
    words: Words
    what: str
    about: str
    issuer: str
    verified: bool
    sentence: str  # why not
    code: str
    problems: list[ShownProblem]
    payload: str
    token: str


@dataclass(frozen=True)
class RemoteLog:
    """The log of one case at the other side of a connection."""

    connection: Connection
    remote_case_id: str
    lines: list[LogLine]


Place = tuple[UUID, str]  # connection, and what it calls the case there


def logs(places: Iterable[Place]) -> list[RemoteLog]:
    """Return the logs of cases at other sides, in the order given; of each case there one."""
    wanted = list(dict.fromkeys(place for place in places if place[1]))
    if not wanted:
        return []
    which = Q()
    for connection_id, remote_case_id in wanted:
        which |= Q(connection_id=connection_id, remote_case_id=remote_case_id)
    found: dict[Place, list[RemoteLogEntry]] = {}
    for entry in RemoteLogEntry.objects.filter(which).order_by("position", "id")[:LONGEST]:
        found.setdefault((entry.connection_id, entry.remote_case_id), []).append(entry)
    names = Connection.objects.in_bulk([connection_id for connection_id, _ in wanted])
    return [
        RemoteLog(names[place[0]], place[1], [_line(one) for one in found.get(place, [])])
        for place in wanted
        if place[0] in names
    ]


def places_of(submission: Submission, deliveries: Iterable[Delivery]) -> list[Place]:
    """Return where other sides keep a log about a submission: where it came from, and where it went."""
    origin = submission.origin
    came = [(UUID(origin["connection"]), str(origin["remote_case_id"]))] if _came_over(origin) else []
    return came + [(one.connection_id, one.remote_case_id) for one in deliveries if one.remote_case_id]


def _came_over(origin: dict[str, str]) -> bool:
    return bool(origin.get("connection") and origin.get("remote_case_id"))


def _line(entry: RemoteLogEntry) -> LogLine:
    problems = entry.facts.get("problems")
    return LogLine(
        at=entry.at,
        seen_at=entry.seen_at,
        words=event_words(entry.what),
        what=entry.what,
        about=entry.about,
        issuer=entry.issuer,
        verified=entry.verified,
        sentence=entry.sentence,
        code=entry.code,
        problems=shown_problems([one for one in problems if isinstance(one, dict)])
        if isinstance(problems, list)
        else [],
        payload=json.dumps(entry.facts, ensure_ascii=False, indent=2) if entry.facts else "",
        token=entry.token,
    )
