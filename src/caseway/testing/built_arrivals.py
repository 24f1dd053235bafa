"""Builders of what arrived over a connection, as receiving leaves it."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.cases.models import Case
from caseway.core.clock import now
from caseway.delivery.links import seal
from caseway.delivery.models import (
    Connection,
    Delivery,
    DeliveryState,
    Lane,
    Purpose,
    RemoteLogEntry,
    WireExchange,
)
from caseway.rails.registry import rail
from caseway.receiving.models import Arrival, PollState
from caseway.testing.builders import a_case, a_connection, a_submission, nothing_to_send

HASH_MISMATCH = {
    "type": "https://schema.fitko.de/fit-connect/events/problems/hash-mismatch",
    "title": "Die Prüfsumme stimmt nicht überein",
    "detail": "SHA-512 der Fachdaten weicht ab.",
    "instance": "data",
}


DESTINATION = "5a1f3a52-7a0f-4d0c-9b53-0c6f7d3e1a01"


def a_receiving_connection(organisation: Organisation, slug: str = "bauamt", **fields: Any) -> Connection:
    """Return a connection over which things come, asked a moment ago."""
    settings, secrets = seal(
        rail("fit_connect").settings_type.model_validate(
            {
                "api_version": "v1",
                "client_id": "bauamt",
                "client_secret": "a secret of a builder",
                "roles": "receive",
                "receive_destinations": [DESTINATION],
            }
        )
    )
    values = {"rail": "fit_connect", "name": "FIT-Connect Bauamt", "settings": settings, "secrets": secrets}
    connection = a_connection(organisation, slug, **{**values, **fields})
    with scope(organisation.id):
        PollState.objects.create(
            organisation=organisation, connection=connection, polled_at=now() - timedelta(seconds=40)
        )
    return connection


def an_arrival(
    connection: Connection, remote_id: str, state: str = Arrival.State.FOUND, **fields: Any
) -> Arrival:
    """Return an arrival in a state; one that was taken in has its submission."""
    found_at: datetime = fields.pop("found_at", now() - timedelta(hours=3))
    values: dict[str, Any] = {
        "kind": "submission",
        "remote_case_id": f"case-{remote_id}",
        "destination": DESTINATION,
        "found_by": "poll",
        "found_at": found_at,
        "answer_by": found_at + timedelta(days=14),
        "alarm_at": found_at + timedelta(days=3),
        "next_try_at": None,
    }
    if state == Arrival.State.HELD:
        values |= {
            "problems": [HASH_MISMATCH],
            "code": "fit_connect.hash_differs",
            "sentence": "The content has another SHA-512 than the metadata say.",
            "remedy": "Look whether it is the sender's fault indeed; then reject it, or collect it again.",
        }
    if state == Arrival.State.TAKEN_IN and "submission" not in fields:
        origin = {"connection": str(connection.id), "remote_case_id": f"case-{remote_id}"}
        values["submission"] = taken_in = a_submission(
            connection.organisation, channel="fit_connect", origin=origin, documents=2, received_at=found_at
        )
        nothing_to_send(taken_in)
    with scope(connection.organisation_id):
        return Arrival.objects.create(
            organisation_id=connection.organisation_id,
            connection=connection,
            remote_id=remote_id,
            state=state,
            **{**values, **fields},
        )


def an_answer(arrival: Arrival, purpose: str, state: str = DeliveryState.WAITING, **fields: Any) -> Delivery:
    """Return the answer owed to an arrival, in a state, and note it there."""
    connection = arrival.connection
    case: Case = arrival.submission.case if arrival.submission else a_case(connection.organisation)
    with scope(connection.organisation_id):
        lane, _ = Lane.objects.get_or_create(
            organisation_id=connection.organisation_id, connection=connection, case_id=case.id
        )
        answer = Delivery.objects.create(
            organisation_id=connection.organisation_id,
            lane=lane,
            position=lane.deliveries.count() + 1,
            connection=connection,
            case=case,
            submission=arrival.submission,
            purpose=purpose,
            brief={"kind": arrival.kind, "remote_id": arrival.remote_id},
            remote_case_id=arrival.remote_case_id,
            route_name=purpose,
            state=state,
            **fields,
        )
        arrival.answer, arrival.decided_by = answer, "Erika Mustermann"
        if purpose == Purpose.REJECT and arrival.submission is None:
            arrival.state = Arrival.State.REJECTED
        arrival.save()
    return answer


def a_log_entry(
    connection: Connection, remote_case_id: str, what: str, at: datetime, **fields: Any
) -> RemoteLogEntry:
    """Return an entry of the other side's log, verified unless told otherwise, with a token of its form."""
    about = f"{what.rpartition('-')[2]}:ce75a6b8-d72f-4b94-b09e-af6be35bc2ae"
    facts = fields.pop("facts", {"jti": "0c6f7d3e", "authenticationTags": {"data": "UCGiqJxhBI3IFVdPalHHvA"}})
    said = {"iss": "https://platform.example.org", "sub": about, "events": {what: facts}}
    token = ".".join(
        _base64url(part) for part in ({"alg": "PS512", "typ": "secevent+jwt"}, said, "signature")
    )
    with scope(connection.organisation_id):
        position = RemoteLogEntry.objects.filter(connection=connection, remote_case_id=remote_case_id).count()
        return RemoteLogEntry.objects.create(
            organisation_id=connection.organisation_id,
            connection=connection,
            remote_case_id=remote_case_id,
            position=position,
            digest=hashlib.sha256(f"{position}{token}".encode()).hexdigest(),
            what=what,
            about=about,
            at=at,
            facts=facts,
            **{"issuer": "https://platform.example.org", "verified": True, "token": token, **fields},
        )


def an_exchange(arrival: Arrival, **fields: Any) -> WireExchange:
    """Return an exchange of collecting an arrival."""
    with scope(arrival.organisation_id):
        return WireExchange.objects.create(
            organisation_id=arrival.organisation_id,
            connection=arrival.connection,
            arrival_id=arrival.id,
            **{
                "method": "GET",
                "url": f"https://platform.example.org/v1/submissions/{arrival.remote_id}",
                "action": "getSubmission",
                "status": 200,
                "duration_ms": 41.0,
                "response_bytes": 18_400,
                **fields,
            },
        )


def _base64url(part: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
