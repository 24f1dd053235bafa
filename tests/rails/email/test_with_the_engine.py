"""From the answer on a case to the mail, through the engine: once, or given to a person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from caseway.access.actor import system
from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.answers.conversation import conversation
from caseway.answers.sending import answer_case
from caseway.cases.models import Case
from caseway.core.clock import Clock
from caseway.delivery import engine
from caseway.delivery.drain import drain_lane
from caseway.delivery.links import seal
from caseway.delivery.models import Delivery, DeliveryState, Lane
from caseway.delivery.retry import retry_delivery
from caseway.intake.files import IncomingFile
from caseway.rails.email.simulator import EmailSimulator
from caseway.testing.builders import a_case, a_connection, a_route, a_submission
from tests.rails.email.desk import TO, settings_for

pytestmark = pytest.mark.mission("F-07")


@pytest.fixture
def case(
    organisation: Organisation, server: EmailSimulator, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Case:
    """A case whose applicant wants mail, and the connection for it."""
    monkeypatch.setattr(engine.drain, "defer", lambda lanes: None)
    monkeypatch.setattr(engine.drain, "batch_defer", lambda *jobs: None)
    settings, secrets = seal(settings_for(server))
    mail = a_connection(organisation, "mail", rail="email", settings=settings, secrets=secrets)
    a_route(mail, "answers", kind="answer", channel="email")
    case = a_case(organisation)
    a_submission(organisation, case, reply={"channel": "email", "address": TO})
    return case


def answer(case: Case) -> None:
    paper = IncomingFile("f1", "Bescheid für Erika.pdf", "application/pdf", [b"%PDF-1.7 Bescheid"])
    answer_case(system(case.organisation_id), case.id, "Ihr Antrag", "Bewilligt.", [paper], "k1")


def work(case: Case, clock: Clock, days: int = 6) -> Delivery:
    """Let workers work, hour by hour."""
    for _ in range(days * 24):
        with scope(case.organisation_id):
            lanes = list(Lane.objects.filter(due_at__isnull=False).values_list("id", flat=True))
        if not lanes:
            break
        for lane in lanes:
            drain_lane(lane, "w1")
        clock.advance(timedelta(hours=1))
    with scope(case.organisation_id):
        return Delivery.objects.get()


def test_an_answer_reaches_the_applicant_once(case: Case, server: EmailSimulator, clock: Clock) -> None:
    answer(case)
    delivery = work(case, clock)
    (mail,) = server.mails.all()

    assert (DeliveryState.DELIVERED, [TO], ["Bescheid für Erika.pdf"]) == (
        delivery.state,
        list(mail.recipients),
        [one.filename for one in mail.attachments],
    )
    with scope(case.organisation_id):
        turn = conversation(system(case.organisation_id), case.id)[-1]
    assert ("delivered", "Ihr Antrag") == (turn.state, turn.subject)


def test_an_outage_delays_an_answer_and_nothing_more(
    case: Case, server: EmailSimulator, clock: Clock
) -> None:
    server.faults.add("later", times=3)
    answer(case)
    delivery = work(case, clock)

    assert (DeliveryState.DELIVERED, 1) == (delivery.state, len(server.mails.all()))


def test_what_may_have_gone_out_is_never_sent_again_not_even_by_retry(
    case: Case, server: EmailSimulator, clock: Clock
) -> None:
    server.faults.add("drop_reply", actions="data", times=1)
    answer(case)
    first = work(case, clock)
    retry_delivery(system(case.organisation_id), first.id, "try")
    again = work(case, clock)

    assert (DeliveryState.REFUSED, "email.cannot_be_probed") == (first.state, first.code)
    assert (DeliveryState.REFUSED, 1) == (again.state, len(server.mails.all()))


def test_an_address_that_does_not_exist_goes_to_a_person_at_once(
    case: Case, server: EmailSimulator, clock: Clock
) -> None:
    server.faults.add("refuse", actions="rcpt")
    answer(case)
    delivery = work(case, clock)

    assert (DeliveryState.REFUSED, "email.refused", 1) == (delivery.state, delivery.code, delivery.attempts)
