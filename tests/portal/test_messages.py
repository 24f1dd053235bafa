"""The list of messages: filters in the address, paging both ways, search, selection."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import quote

from django.test import Client
from django.urls import reverse

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.core.clock import now
from caseway.delivery.models import Connection, DeliveryState, Receipt, Replay
from caseway.intake.models import Submission
from caseway.testing.builders import a_case, a_connection, a_delivery, a_submission, nothing_to_send

LIST = "/messages/"


def shown(client: Client, query: str = "") -> list[str]:
    """Return the references in the order of the page."""
    page = client.get(f"{LIST}{query}").content.decode()
    return re.findall(r'<span class="mono">(S-[0-9A-Z]{8})</span>', page)


def link(client: Client, query: str, rel: str) -> str | None:
    """Return where the link to the next or previous page leads."""
    found = re.search(rf'rel="{rel}" href="([^"]+)"', client.get(f"{LIST}{query}").content.decode())
    return found[1].replace("&amp;", "&") if found else None


def test_the_newest_message_stands_first(administrator: Client, organisation: Organisation) -> None:
    references = [a_submission(organisation).reference for _ in range(3)]

    assert references[::-1] == shown(administrator)


def test_paging_there_and_back_neither_skips_nor_repeats(
    administrator: Client, organisation: Organisation
) -> None:
    references = [a_submission(organisation, documents=0).reference for _ in range(120)][::-1]
    queries, query = [""], link(administrator, "", "next")
    while query:
        queries.append(query)
        query = link(administrator, query, "next")
    forward = [shown(administrator, query) for query in queries]

    back, query = [forward[-1]], link(administrator, queries[-1], "prev")
    while query:
        back.append(shown(administrator, query))
        query = link(administrator, query, "prev")

    assert references == [one for page in forward for one in page]
    assert forward == back[::-1]


def test_what_arrives_meanwhile_moves_no_page(administrator: Client, organisation: Organisation) -> None:
    references = [a_submission(organisation, documents=0).reference for _ in range(60)][::-1]
    older = link(administrator, "", "next")
    a_submission(organisation)

    assert references[50:] == shown(administrator, str(older))


def test_filters_stay_in_the_address_of_the_next_page(
    administrator: Client, organisation: Organisation
) -> None:
    for _ in range(51):
        a_submission(organisation, documents=0, form_id="wohngeld")

    assert "form=wohngeld" in str(link(administrator, "?form=wohngeld", "next"))


def test_a_state_shows_messages_that_have_a_delivery_in_it(
    administrator: Client, organisation: Organisation, dms: Connection
) -> None:
    stuck, fine = a_submission(organisation), a_submission(organisation)
    a_delivery(stuck, dms, DeliveryState.REFUSED)
    a_delivery(fine, dms, DeliveryState.DELIVERED)

    assert [stuck.reference] == shown(administrator, "?state=refused")


def test_a_connection_and_a_state_must_be_of_the_same_delivery(
    administrator: Client, organisation: Organisation, dms: Connection
) -> None:
    other = a_connection(organisation, "other")
    message = a_submission(organisation)
    a_delivery(message, dms, DeliveryState.REFUSED)
    a_delivery(message, other, DeliveryState.DELIVERED)

    assert [] == shown(administrator, "?connection=other&state=refused")


def test_days_are_days_of_the_reader(administrator: Client, organisation: Organisation) -> None:
    a_submission(organisation, received_at=now() - timedelta(days=3))
    today = a_submission(organisation)

    assert [today.reference] == shown(administrator, f"?since={now() - timedelta(days=1):%Y-%m-%d}")


def test_nonsense_in_the_address_filters_nothing(administrator: Client, organisation: Organisation) -> None:
    reference = a_submission(organisation).reference

    assert [reference] == shown(administrator, "?state=lost&since=yesterday&after=x&before=y")


def test_counts_say_how_many_messages_are_in_each_state(
    administrator: Client, organisation: Organisation, dms: Connection
) -> None:
    for state in (DeliveryState.REFUSED, DeliveryState.REFUSED, DeliveryState.DELIVERED):
        a_delivery(a_submission(organisation), dms, state)
    page = administrator.get(LIST).content.decode()

    assert ["2", "1"] == [
        re.search(rf"{words} <b>(\d+)</b>", page)[1]  # type: ignore[index]
        for words in ("refused by the other side", "delivered, receipt held")
    ]


def test_a_message_is_found_by_reference_case_and_remote_id(
    administrator: Client, organisation: Organisation, dms: Connection
) -> None:
    wanted = a_submission(organisation)
    a_delivery(wanted, dms, DeliveryState.DELIVERED)
    a_submission(organisation)
    with scope(organisation.id):
        remote = Receipt.objects.first()
        assert remote is not None

    names = [wanted.reference, wanted.reference.lower(), wanted.case.reference, remote.remote_id]

    assert [[wanted.reference]] * 4 == [shown(administrator, f"?q={name}") for name in names]


def test_a_reference_of_another_system_is_found_however_it_is_typed(
    administrator: Client, organisation: Organisation
) -> None:
    case = a_case(organisation, "Hs-Grünau k56")
    wanted = a_submission(organisation, case=case)
    a_submission(organisation)

    names = ["Hs-Grünau k56", "HS-GRÜNAU K56", "hs-grünau k56", "hS-gRÜNau K56"]

    assert [[wanted.reference]] * 4 == [shown(administrator, f"?q={quote(name)}") for name in names]


def test_names_of_persons_are_masked_in_lists(administrator: Client, organisation: Organisation) -> None:
    a_submission(organisation)
    page = administrator.get(LIST).content.decode()

    assert (True, False) == ("E•••• M••••" in page, "Mustermann</td>" in page)


def test_a_message_that_owes_nothing_says_so(administrator: Client, organisation: Organisation) -> None:
    nothing_to_send(a_submission(organisation))

    assert "nothing to send (rule)" in administrator.get(LIST).content.decode()


def plan_of(client: Client, organisation: Organisation, **form: object) -> Replay | None:
    client.post(reverse("portal:messages_plan"), form)
    with scope(organisation.id):
        return Replay.objects.order_by("-id").first()


def test_a_selection_becomes_a_plan_of_its_stuck_deliveries(
    administrator: Client, organisation: Organisation, dms: Connection
) -> None:
    chosen, other = a_submission(organisation), a_submission(organisation)
    delivery = a_delivery(chosen, dms, DeliveryState.REFUSED)
    a_delivery(other, dms, DeliveryState.REFUSED)

    plan = plan_of(administrator, organisation, which="selected", message=[str(chosen.id)])

    assert plan is not None
    with scope(organisation.id):
        assert [(delivery.id, "send")] == list(plan.items.values_list("delivery_id", "decision"))


def test_all_of_a_filter_reaches_beyond_the_page(
    administrator: Client, organisation: Organisation, dms: Connection
) -> None:
    for _ in range(55):
        a_delivery(a_submission(organisation, documents=0), dms, DeliveryState.REFUSED, steps=0)

    plan = plan_of(administrator, organisation, which="all", filter="state=refused")

    assert plan is not None
    with scope(organisation.id):
        assert 55 == plan.items.count()


def test_an_empty_selection_plans_nothing(administrator: Client, organisation: Organisation) -> None:
    a_submission(organisation)

    assert plan_of(administrator, organisation, which="selected") is None


def test_an_auditor_cannot_plan(auditor: Client, organisation: Organisation, dms: Connection) -> None:
    message: Submission = a_submission(organisation)
    a_delivery(message, dms, DeliveryState.REFUSED)

    assert plan_of(auditor, organisation, which="selected", message=[str(message.id)]) is None
