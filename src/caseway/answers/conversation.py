"""What was said on a case, both ways and in order, with how far each answer has come."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import allowed, require
from caseway.answers import words
from caseway.cases.models import Document
from caseway.cases.queries import case as find_case
from caseway.delivery.models import Delivery
from caseway.intake.models import Submission
from caseway.rails.registry import rails

NOT_CONNECTED = "not_connected"
RECEIVED = "received"
LONGEST = 200  # of a case


@dataclass(frozen=True)
class Turn:
    """One thing said: an application, a message, or an answer of ours.

    `state` of an answer is that of the delivery that carries it, or `not_connected`; of what came it is
    `received`. `body` is empty for who may not read documents.
    """

    submission: Submission
    direction: Literal["in", "out"]
    at: datetime
    channel: str
    state: str
    subject: str
    body: str = field(repr=False)
    documents: Sequence[Document] = ()
    delivery: Delivery | None = None  # that carries an answer

    @property
    def kind(self) -> str:
        return self.submission.kind


def conversation(actor: Actor, case_id: UUID) -> list[Turn]:
    """Return what was said on a case, oldest first, at most the newest `LONGEST`; in the caller's scope.

    That somebody read it goes to the trail. Raises `NotFound` (`case.not_found`), `NotPermitted`.
    """
    require(actor, "cases.read")
    found = find_case(actor, case_id)
    readable = allowed(actor, "documents.read")
    said = list(Submission.objects.filter(case=found).select_related("case").order_by("-id")[:LONGEST])[::-1]
    audit.read(actor, "conversation", found.id, person=_person(said))
    ids = [one.id for one in said]
    carried, documents = _carried(ids), _documents(ids)
    return [_turn(one, carried.get(one.id), documents.get(one.id, []), readable=readable) for one in said]


def _turn(
    submission: Submission, delivery: Delivery | None, documents: Sequence[Document], *, readable: bool
) -> Turn:
    ours = submission.kind == Submission.Kind.ANSWER
    state = RECEIVED if not ours else delivery.state if delivery else NOT_CONNECTED
    subject, body = _words(submission, documents) if readable else (_subject(submission), "")
    return Turn(
        submission=submission,
        direction="out" if ours else "in",
        at=submission.received_at,
        channel=submission.channel,
        state=state,
        subject=subject,
        body=body,
        documents=[one for one in documents if not (ours and one.role == "structured")],
        delivery=delivery,
    )


def _subject(submission: Submission) -> str:
    return str(submission.message.get("subject") or submission.form_name or submission.service_name)


def _words(submission: Submission, documents: Sequence[Document]) -> tuple[str, str]:
    """What came over a connection may have its words in its data only."""
    body = str(submission.message.get("body") or "")
    if submission.kind == Submission.Kind.MESSAGE and submission.origin and not body:
        kept = [r for one in documents if one.role == "structured" for r in one.renditions.all()]
        found = words.read(kept[0].sha256, kept[0].size) if kept else None
        if found is not None:
            return found
    return _subject(submission), body


def _carried(ids: Collection[UUID]) -> dict[UUID | None, Delivery]:
    """The delivery of each that goes to the applicant; what files it elsewhere does not answer anybody."""
    ways = [name for name, one in rails().items() if one.manifest.answers]
    rows = Delivery.objects.filter(submission_id__in=ids, connection__rail__in=ways)
    return {one.submission_id: one for one in rows.select_related("connection").order_by("-id")}


def _documents(ids: Collection[UUID]) -> dict[UUID | None, list[Document]]:
    found: dict[UUID | None, list[Document]] = {}
    rows = Document.objects.filter(submission_id__in=ids).prefetch_related("renditions")
    for one in rows.order_by("index", "id"):
        found.setdefault(one.submission_id, []).append(one)
    return found


def _person(said: Sequence[Submission]) -> str | None:
    keys = (one.applicant.get("mailboxId") or one.applicant.get("email") for one in said)
    return next((str(key) for key in keys if key), None)
