"""What arrived at the building office: one of every state, with logs, verdicts, answers, a conversation."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from caseway.access.actor import Actor
from caseway.access.models import Organisation, Role
from caseway.answers.sending import answer_case
from caseway.core.clock import now
from caseway.delivery.models import Connection, DeliveryState, Purpose
from caseway.intake.files import IncomingFile
from caseway.receiving.models import Arrival
from caseway.testing.builders import (
    a_case,
    a_connection,
    a_delivery,
    a_route,
    a_submission,
    nothing_to_send,
)
from caseway.testing.built_arrivals import (
    HASH_MISMATCH,
    a_log_entry,
    a_receiving_connection,
    an_answer,
    an_arrival,
    an_exchange,
)

STATES = Arrival.State
FORM = {"form_id": "bauantrag", "form_name": "Bauantrag", "service_name": "Baugenehmigung"}


def seed_arrivals(organisation: Organisation) -> None:
    """Make what arrived, what was sent and awaits its verdict, and what was said."""
    office = a_receiving_connection(organisation)
    _arrivals(office)
    _verdicts(organisation, office)
    _conversations(organisation)


def _arrivals(office: Connection) -> None:
    an_arrival(office, "b9715dcb-700e-44d9-802f-12b45bf9f8a3", STATES.FOUND)
    an_arrival(office, "c1", STATES.FOUND, failures=3, code="fit_connect.unreachable",
               sentence="The delivery service does not answer.", remedy="It is tried again by itself.",
               next_try_at=now() + timedelta(minutes=9))  # fmt: skip
    held = an_arrival(office, "held-879ee109", STATES.HELD, found_at=now() - timedelta(days=4))
    an_exchange(held)
    a_log_entry(office, held.remote_case_id, "create-submission", held.found_at - timedelta(seconds=9))
    a_log_entry(office, held.remote_case_id, "submit-submission", held.found_at - timedelta(seconds=2))
    doubtful = {
        "code": "fit_connect.set_key_unknown",
        "sentence": "Its key is not published.",
        "verified": False,
    }
    a_log_entry(office, held.remote_case_id, "notify-submission", held.found_at, **doubtful)
    an_arrival(office, "held-to-be-rejected", STATES.HELD)
    an_arrival(office, "taken-1", STATES.TAKEN_IN)
    accepted = an_arrival(office, "taken-2", STATES.TAKEN_IN)
    an_answer(accepted, Purpose.ACCEPT, DeliveryState.DELIVERED, finished_at=now())
    stuck = an_arrival(office, "stuck-1", STATES.HELD)
    an_answer(stuck, Purpose.REJECT, DeliveryState.REFUSED, code="fit_connect.decided_otherwise",
              sentence="It was answered before with accept-submission.", next_attempt_at=None,
              remedy="Look at the log of the case: who answered? It cannot be answered twice.",
              details={"remote": "409 Conflict"})  # fmt: skip


def _verdicts(organisation: Organisation, office: Connection) -> None:
    sent = a_submission(organisation, documents=2, received_at=now() - timedelta(hours=5), **FORM)
    a_delivery(sent, office, DeliveryState.SENT, steps=0, remote_case_id="case-sent", attempts=1,
               sent_at=now() - timedelta(hours=5), follow_at=now() + timedelta(minutes=40),
               next_attempt_at=None)  # fmt: skip
    a_log_entry(office, "case-sent", "submit-submission", now() - timedelta(hours=5))
    rejected = a_submission(organisation, documents=2, received_at=now() - timedelta(hours=6), **FORM)
    a_delivery(rejected, office, DeliveryState.REFUSED, steps=0, remote_case_id="case-rejected", attempts=1,
               sent_at=now() - timedelta(hours=6), next_attempt_at=None, code="fit_connect.rejected",
               sentence="The recipient rejected it: Die Prüfsumme stimmt nicht überein",
               remedy="Mend what the problems name; then retry: it is sent as a new submission.",
               details={"problems": [HASH_MISMATCH]})  # fmt: skip
    a_log_entry(office, "case-rejected", "submit-submission", now() - timedelta(hours=6))
    a_log_entry(office, "case-rejected", "reject-submission", now() - timedelta(hours=5),
                issuer="5a1f3a52-7a0f-4d0c-9b53-0c6f7d3e1a01",
                facts={"problems": [HASH_MISMATCH]})  # fmt: skip


def _conversations(organisation: Organisation) -> None:
    mail = a_connection(organisation, "mail", rail="email", name="Mail server")
    a_route(mail, "Answers by e-mail", kind="answer", channel="email")
    for reference, channel in (("BA-TALK", "email"), ("BA-FINK", "fink")):
        case = a_case(organisation, reference, title="Bauantrag, Carport")
        reply = {"channel": channel, "address": "erika.mustermann@example.org"}
        nothing_to_send(a_submission(organisation, case, reply=reply, documents=2, **FORM))
        _answer(organisation, reference, case.id)
        said = {"subject": "Re: Lageplan", "body": "Guten Tag,\n\nanbei der Lageplan.", "direction": "in"}
        nothing_to_send(a_submission(organisation, case, kind="message", message=said, form_name=""))


def _answer(organisation: Organisation, key: str, case_id: UUID) -> None:
    caseworker = Actor("user", "1", "Max Mustermann", organisation.id, role=Role.CASEWORKER)
    paper = IncomingFile("f1", "Nachforderung.pdf", "application/pdf", [b"%PDF-1.7 Nachforderung"])
    text = "Sehr geehrte Frau Mustermann,\n\nbitte reichen Sie den Lageplan nach.\n\nIhr Bauamt"
    answer_case(caseworker, case_id, "Lageplan", text, [paper], key)
