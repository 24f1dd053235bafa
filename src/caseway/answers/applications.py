"""Which application of a case is answered, and how its applicant wants that."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from caseway.core.errors import Conflict
from caseway.intake.models import Submission

NOT_CHOSEN = "not_chosen"
"""The channel of an answer whose applicant named none; a route may have it as its condition."""


def application_of(case_id: UUID) -> Submission:
    """Return what is answered on a case, in the caller's scope.

    The newest application that names a way to answer; else the first application; else the first message.
    Raises `Conflict` (`answer.nothing_to_answer`) where nothing came from an applicant.
    """
    came = Submission.objects.filter(case_id=case_id).exclude(kind=Submission.Kind.ANSWER)
    applications = came.filter(kind=Submission.Kind.APPLICATION).select_related("case").order_by("id")
    with_a_way = applications.filter(reply__has_key="channel").exclude(reply__channel="").last()
    found = with_a_way or applications.first() or came.select_related("case").order_by("id").first()
    if found is None:
        raise Conflict(
            "Nothing came for this case that could be answered.",
            code="answer.nothing_to_answer",
            remedy="Open the case of the application.",
        )
    return found


def reply_of(application: Submission) -> dict[str, Any]:
    """Return how the applicant wants to be answered: `channel`, `address`, and what else the channel needs.

    Who sent it over a connection and named no channel gets a letter (FIT-Connect metadata 2.1.0,
    replyChannel: without a choice the way is the letter).
    """
    said = application.reply
    channel = str(said.get("channel") or "") or ("letter" if application.origin else "")
    return {**said, "channel": channel, "address": str(said.get("address") or "")}


def channel_of(reply: dict[str, Any]) -> str:
    """Return the channel an answer goes out on, as routes name it."""
    return reply["channel"] or NOT_CHOSEN
