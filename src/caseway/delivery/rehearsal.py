"""The probe of a mapping: a submission filed into a scratch folder of the live other side, then deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.access.scope import scope
from caseway.core.errors import NotFound
from caseway.delivery.links import open_connection, recording, write_exchanges
from caseway.delivery.models import Connection
from caseway.delivery.occasion import occasion_for
from caseway.intake.models import Submission
from caseway.mapping import catalogue
from caseway.rails.contract import Report


def rehearse(actor: Actor, document: Mapping[str, Any], submission_id: UUID, slug: str, place: str) -> Report:
    """File a submission by a mapping (draft or version, as written) at a place set aside, and take it away.

    This has an effect on the other side for a moment; whoever calls it asks first. Kept in the wire log and
    the audit trail. Raises `NotFound`, `NotPermitted`, and `Invalid` where the mapping cannot fill what is
    required.
    """
    require(actor, "mappings.publish")
    with scope(actor.organisation_id):
        connection = Connection.objects.filter(slug=slug).first()
        submission = (
            Submission.objects.select_related("case", "organisation").filter(id=submission_id).first()
        )
        if connection is None:
            raise NotFound(f"There is no connection “{slug}”.", code="connection.not_found")
        if submission is None:
            raise NotFound("There is no such submission.", code="submission.not_found")
        sample = occasion_for(submission, catalogue.resolved(actor, document))
        audit.record(
            actor, "mappings.rehearse", "connection", slug, place=place, submission=str(submission_id)
        )
    opened = open_connection(connection)
    with recording() as exchanges:
        try:
            return opened.rail.rehearse(sample, opened.link, place)
        finally:
            with scope(actor.organisation_id):
                write_exchanges(connection, exchanges, delivery_id=None, attempt_id=None)
