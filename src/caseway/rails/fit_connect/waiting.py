"""What waits for us, and how a connection answers it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from caseway.core.errors import CasewayError
from caseway.rails.contract import Link
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.config import FitConnectSettings
from caseway.rails.fit_connect.replies import Replies
from caseway.rails.fit_connect.submissions import Submissions
from caseway.rails.inbound import Arriving, Manners


def manners(settings: FitConnectSettings) -> Manners:
    """Return how a connection receives and answers: submissions as a subscriber, replies as a sender."""
    return Manners(
        receives=settings.receives or takes_replies(settings),
        accept=settings.accept,
        reject_proven_faults=settings.reject_proven_faults,
        poll_seconds=settings.poll_seconds,
        alarm_after_days=settings.alarm_after_days,
        forwards=settings.api_version == "v1",
    )


def takes_replies(settings: FitConnectSettings) -> bool:
    """Say whether answers to what we sent come back over FIT-Connect."""
    return settings.sends and settings.reply_channel == "fit_connect"


def waiting(link: Link) -> Iterator[Arriving]:
    """Yield submissions for each of our destinations, then replies to what we sent.

    A list that cannot be read keeps nobody from the others; why is raised at the end.
    """
    failed: list[CasewayError] = []
    for look in _lists(link):
        try:
            yield from look()
        except CasewayError as error:
            failed.append(error)
    if failed:
        raise failed[0]


def _lists(link: Link) -> Iterator[Callable[[], Iterator[Arriving]]]:
    settings: FitConnectSettings = link.settings
    client = Client.of(link)
    if settings.receives:
        for destination in settings.receive_destinations:
            yield partial(_submissions, client, destination)
    if takes_replies(settings):
        yield partial(_replies, client)


def _submissions(client: Client, destination: str) -> Iterator[Arriving]:
    for one in Submissions(client).waiting(destination):
        yield Arriving("submission", one.submission_id, one.case_id, one.destination_id)


def _replies(client: Client) -> Iterator[Arriving]:
    for one in Replies(client).waiting():
        yield Arriving("reply", one.reply_id, one.case_id)
