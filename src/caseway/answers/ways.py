"""Which way an answer on a case will go: the one the applicant chose, another, or honestly none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from caseway.access.actor import Actor
from caseway.access.permissions import allowed, require
from caseway.answers.applications import application_of, channel_of, reply_of
from caseway.cases.queries import case as find_case
from caseway.delivery.models import Connection
from caseway.delivery.owe import Match, matching_routes
from caseway.delivery.ways import CHANNELS, way_to_answer
from caseway.intake.models import Submission


@dataclass(frozen=True)
class Way:
    """A connected way: the connection an answer goes over, and the route that says so."""

    channel: str  # that it carries here
    connection_id: UUID
    name: str
    slug: str
    rail: str
    route: str
    fallback: bool  # it carries what no way of its own leads to
    usable: bool  # neither paused nor known to be down


@dataclass(frozen=True)
class Ways:
    """How the applicant wants to be answered, and what of that is connected.

    `way` is None where nothing connected leads there: an answer is then kept on the case and goes nowhere.
    `others` are ways for other channels, for an applicant who has said meanwhile where to answer.
    """

    channel: str  # a reply channel; empty: the applicant named none
    address: str = field(repr=False)  # empty for who may not read documents
    way: Way | None
    others: Sequence[Way]

    @property
    def connected(self) -> bool:
        return self.way is not None


def ways_of(actor: Actor, case_id: UUID) -> Ways:
    """Return the way an answer on a case will take. In the caller's scope.

    Raises `NotFound` (`case.not_found`), `Conflict` (`answer.nothing_to_answer`), `NotPermitted`.
    """
    require(actor, "cases.read")
    application = application_of(find_case(actor, case_id).id)
    reply = reply_of(application)
    others = [way_for(application, {"channel": one, "address": ""}) for one in sorted(CHANNELS)]
    return Ways(
        channel=reply["channel"],
        address=reply["address"] if allowed(actor, "documents.read") else "",
        way=way_for(application, reply),
        others=[one for one in others if one and not one.fallback and one.channel != reply["channel"]],
    )


def way_for(application: Submission, reply: dict[str, Any]) -> Way | None:
    """Return the way an answer to an application goes when it is answered like this."""
    answer = answer_to(application, reply)
    match = way_to_answer(answer, matching_routes(answer))
    return _way(match, answer.channel) if match else None


def answer_to(application: Submission, reply: dict[str, Any]) -> Submission:
    """Return an answer that is not written yet, as routes look at it."""
    return Submission(
        organisation_id=application.organisation_id,
        case_id=application.case_id,
        kind=Submission.Kind.ANSWER,
        channel=channel_of(reply),
        form_id=application.form_id,
        service_id=application.service_id,
        reply=reply,
    )


def _way(match: Match, channel: str) -> Way:
    connection = Connection.objects.get(id=match.connection.id)
    return Way(
        channel=channel,
        connection_id=connection.id,
        name=connection.name,
        slug=connection.slug,
        rail=connection.rail,
        route=match.route_name,
        fallback=channel not in (match.channel, connection.rail),
        usable=match.usable,
    )
