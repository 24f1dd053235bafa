"""Who is called back on what (facts 4.1, table)."""

from __future__ import annotations

from functools import partial
from typing import Any

from caseway.rails.fit_connect.simulator import events
from caseway.rails.fit_connect.simulator.model import Callback, Event, Parcel
from caseway.rails.fit_connect.simulator.platform import Platform


def submitted(platform: Platform, parcel: Parcel) -> None:
    """Something is ready to be fetched: the receiving side is told."""
    kind = "new-submissions" if parcel.kind == "submission" else "new-replies"
    arrived = None
    if parcel.kind == "submission" and platform.options.notify == "callback":
        arrived = partial(notify, platform, parcel)
    platform.caller.call(_receiver(platform, parcel), kind, _content(parcel), arrived)


def notify(platform: Platform, parcel: Parcel) -> None:
    """The receiving side knows of a submission: the log says so, and the sender is told."""
    with platform.store.lock:
        if any(
            e.name == "notify-submission" and e.subject == parcel.subject for e in _events(platform, parcel)
        ):
            return
        events.record(platform, parcel, "notify-submission", events.tags(parcel))
    sender_events(platform, parcel)


def sender_events(platform: Platform, parcel: Parcel) -> None:
    """The log has news for the side that sent."""
    platform.caller.call(_author(platform, parcel), "new-events", _content(parcel))


def both_events(platform: Platform, parcel: Parcel) -> None:
    """The platform itself has ended something: both sides are told."""
    sender_events(platform, parcel)
    platform.caller.call(_receiver(platform, parcel), "new-events", _content(parcel))


def _author(platform: Platform, parcel: Parcel) -> Callback | None:
    if parcel.sent_by == "subscriber":
        return _destination(platform, parcel)
    return parcel.callback or platform.store.clients[parcel.author].callback


def _receiver(platform: Platform, parcel: Parcel) -> Callback | None:
    if parcel.sent_by == "sender":
        return _destination(platform, parcel)
    case = platform.store.cases[parcel.case_id]
    submissions = [
        other
        for other in platform.store.in_case(case.id)
        if other.kind == "submission" and other.callback is not None
    ]
    client = platform.store.clients.get(case.client)
    return submissions[-1].callback if submissions else client.callback if client else None


def _destination(platform: Platform, parcel: Parcel) -> Callback | None:
    found = platform.store.destinations.get(parcel.destination_id)
    return found.callback if found else None


def _events(platform: Platform, parcel: Parcel) -> list[Event]:
    return platform.store.cases[parcel.case_id].events


def _content(parcel: Parcel) -> dict[str, Any]:
    """v1 has the deprecated list of ids too; v2 dropped it (planning issue 3340)."""
    name = "submissionId" if parcel.kind == "submission" else "replyId"
    shown = {"destinationId": parcel.destination_id, name: parcel.id, "caseId": parcel.case_id}
    if parcel.kind == "reply":
        return {"replies": [shown]}
    older = {"submissionIds": [parcel.id]} if parcel.version == "v1" else {}
    return {**older, "submissions": [shown]}
