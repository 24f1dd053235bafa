"""The digest: what happened since yesterday and what needs a person, by cause. It names no applicant.

Another part of Caseway that knows of more, such as arrivals without an answer, registers a look at it when
its app is ready.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from caseway.access.scope import scope
from caseway.delivery.endings import Ending, endings
from caseway.delivery.models import STUCK_STATES, Delivery, DeliveryState
from caseway.delivery.queries import attention_groups, connections_health
from caseway.intake.models import Submission
from caseway.rails.contract import Finding

Look: TypeAlias = Callable[[], Sequence[Finding]]

_looks: list[Look] = []


def tell(look: Look) -> Look:
    """Have findings told in every digest, one with a `count` in its details for as many; in its scope."""
    if look not in _looks:
        _looks.append(look)
    return look


@dataclass(frozen=True)
class Cause:
    """Deliveries that need a person for one cause at one connection."""

    code: str
    connection: str
    sentence: str
    remedy: str
    count: int
    oldest: datetime


@dataclass(frozen=True)
class Waiting:
    """A connection that has not delivered something."""

    connection: str
    open: int
    oldest: datetime
    answers: bool


@dataclass(frozen=True)
class Digest:
    """What a person who looks once a day must know."""

    since: datetime
    accepted: int
    delivered: int
    stuck: int
    causes: tuple[Cause, ...]
    waiting: tuple[Waiting, ...]
    endings: tuple[Ending, ...] = ()
    findings: tuple[Finding, ...] = ()  # what other parts of Caseway have to tell

    @property
    def needed(self) -> int:
        """How many things need a person: deliveries that are stuck, and what else was found."""
        return self.stuck + sum(int(one.details.get("count", 1)) for one in self.findings)

    @property
    def quiet(self) -> bool:
        """Whether nobody needs to do anything, nor be warned today."""
        ends = any(one.due for one in self.endings)
        answers = all(one.answers for one in self.waiting)
        return not self.causes and not self.findings and not ends and answers

    def as_json(self) -> dict[str, Any]:
        """Return the digest as JSON."""
        return {**asdict(self), "quiet": self.quiet}

    def as_text(self) -> str:
        """Return the digest as lines for a mail or a shell."""
        lines = [
            f"Since {self.since:%d %b %Y, %H:%M} UTC: {self.accepted} accepted, {self.delivered} delivered, "
            f"{self.needed} need a person."
        ]
        for cause in self.causes:
            lines += [
                "",
                f"{cause.count} × {cause.sentence}",
                f"    {cause.code} at {cause.connection}, the oldest since {cause.oldest:%d %b, %H:%M}",
                *([f"    What helps: {cause.remedy}"] if cause.remedy else []),
            ]
        for found in self.findings:
            lines += ["", found.sentence, *([f"    What helps: {found.remedy}"] if found.remedy else [])]
        for one in self.waiting:
            state = "answers" if one.answers else "DOES NOT ANSWER"
            lines += [
                "",
                f"{one.connection} {state}: {one.open} wait, the oldest since {one.oldest:%d %b, %H:%M}",
            ]
        if self.endings:
            lines += ["", *(one.sentence() for one in self.endings)]
        return "\n".join([*lines, ""])


def digest(organisation_id: UUID, since: datetime) -> Digest:
    """Return the digest of an organisation since a moment."""
    with scope(organisation_id):
        return Digest(
            since=since,
            accepted=Submission.objects.filter(received_at__gte=since).count(),
            delivered=Delivery.objects.filter(state=DeliveryState.DELIVERED, finished_at__gte=since).count(),
            stuck=Delivery.objects.filter(state__in=STUCK_STATES).count(),
            causes=_causes(),
            waiting=_waiting(),
            endings=tuple(endings()),
            findings=tuple(finding for look in _looks for finding in look() if not finding.ok),
        )


def _causes() -> tuple[Cause, ...]:
    groups = sorted(attention_groups(), key=lambda group: group.oldest)
    return tuple(
        Cause(one.code, one.connection_name, one.sentence, one.remedy, one.count, one.oldest)
        for one in groups
    )


def _waiting() -> tuple[Waiting, ...]:
    return tuple(
        Waiting(one.connection.name, one.open, one.oldest, one.connection.circuit == "closed")
        for one in connections_health()
        if one.oldest is not None
    )
