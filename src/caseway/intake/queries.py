"""Questions about submissions. Each runs in the caller's scope."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.core.errors import NotFound
from caseway.intake.models import Submission


@dataclass(frozen=True)
class SubmissionFilter:
    """Which submissions; what is empty does not matter. `state` is that of any of its deliveries."""

    form: str = ""
    state: str = ""
    since: datetime | None = None
    case_id: UUID | None = None


def submissions(
    actor: Actor, wanted: SubmissionFilter, *, after: UUID | None = None, limit: int = 50
) -> list[Submission]:
    """Return submissions, newest first, below the id `after`."""
    require(actor, "submissions.read")
    rows = Submission.objects.filter(organisation_id=actor.organisation_id).select_related("case")
    conditions = {
        "form_id": wanted.form,
        "received_at__gte": wanted.since,
        "case_id": wanted.case_id,
        "id__lt": after,
    }
    rows = rows.filter(**{name: value for name, value in conditions.items() if value})
    if wanted.state:
        # The name of the relation is the middle's contract; intake does not import delivery.
        rows = rows.filter(deliveries__state=wanted.state).distinct()
    return list(rows.order_by("-id")[:limit])


def submission(actor: Actor, submission_id: UUID) -> Submission:
    """Return one submission with its case. Raises `NotFound` (`submission.not_found`)."""
    require(actor, "submissions.read")
    rows = Submission.objects.filter(organisation_id=actor.organisation_id, id=submission_id)
    found = rows.select_related("case").first()
    if found is None:
        raise NotFound("There is no such submission.", code="submission.not_found")
    return found
