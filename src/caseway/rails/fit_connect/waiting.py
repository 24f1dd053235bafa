"""What waits for us, and how a connection answers it."""

from __future__ import annotations

from collections.abc import Iterator

from caseway.rails.contract import Link
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.config import FitConnectSettings
from caseway.rails.fit_connect.replies import Replies
from caseway.rails.fit_connect.submissions import Submissions
from caseway.rails.inbound import Arriving, Manners


def manners(settings: FitConnectSettings) -> Manners:
    """Return how a connection receives and answers: submissions as a subscriber, replies as a sender."""
    return Manners(
        receives=settings.receives or settings.reply_channel == "fit_connect",
        accept=settings.accept,
        reject_proven_faults=settings.reject_proven_faults,
        poll_seconds=settings.poll_seconds,
        alarm_after_days=settings.alarm_after_days,
    )


def waiting(link: Link) -> Iterator[Arriving]:
    """Yield submissions for each of our destinations, then replies to what we sent."""
    settings: FitConnectSettings = link.settings
    client = Client.of(link)
    if settings.receives:
        for destination in settings.receive_destinations:
            for one in Submissions(client).waiting(destination):
                yield Arriving("submission", one.submission_id, one.case_id, one.destination_id)
    if settings.reply_channel == "fit_connect":
        for reply in Replies(client).waiting():
            yield Arriving("reply", reply.reply_id, reply.case_id)
