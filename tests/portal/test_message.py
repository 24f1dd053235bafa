"""One message: its way, its failure, what was received, mapped and sent, and who may see it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from caseway.access.models import AuditEntry, Organisation
from caseway.access.scope import scope
from caseway.cases.models import Document
from caseway.delivery.models import Connection, Delivery, DeliveryState
from caseway.intake.models import Submission
from caseway.testing.builders import a_delivery, a_mapping, a_submission


@pytest.fixture
def refused(organisation: Organisation, dms: Connection) -> Delivery:
    return a_delivery(
        a_submission(organisation, documents=3), dms, DeliveryState.REFUSED, mapping=a_mapping(organisation)
    )


def page(client: Client, submission: Submission, view: str = "") -> str:
    address = reverse("portal:message", args=[submission.id])
    return client.get(address, {"view": view}).content.decode()


def trail(organisation: Organisation) -> list[str]:
    with scope(organisation.id):
        entries = AuditEntry.objects.exclude(action__startswith="session.").order_by("number")
        return list(entries.values_list("action", flat=True))


def test_the_way_of_a_message_is_told_in_order(administrator: Client, refused: Delivery) -> None:
    text = page(administrator, refused.submission)
    told = [
        "Received: interface",
        "Placed on case",
        "Owed to d.velop",
        "Filed: Case folder",
        "Refused: Antrag",
    ]
    places = [text.index(words) for words in [*told, "Waits for a person"]]

    assert sorted(places) == places


def test_a_failure_says_cause_consequence_help_and_their_words(
    administrator: Client, refused: Delivery
) -> None:
    text = page(administrator, refused.submission)

    assert all(
        words in text
        for words in (refused.sentence, "Nothing is lost", refused.remedy, "Pflichtfeld 413 nicht gefüllt")
    )


def test_a_retry_starts_where_one_is(
    administrator: Client, organisation: Organisation, refused: Delivery
) -> None:
    answer = administrator.post(reverse("portal:retry", args=[refused.id]))

    assert reverse("portal:message", args=[refused.submission_id]) == answer["Location"]
    with scope(organisation.id):
        assert DeliveryState.WAITING == Delivery.objects.get().state


def test_a_second_retry_is_refused_in_words(
    administrator: Client, organisation: Organisation, dms: Connection
) -> None:
    delivered = a_delivery(a_submission(organisation), dms, DeliveryState.DELIVERED)

    answer = administrator.post(reverse("portal:retry", args=[delivered.id]))

    assert (409, True) == (answer.status_code, b"delivery.cannot_be_retried" in answer.content)


def test_an_auditor_sees_no_retry_and_cannot_do_it(auditor: Client, refused: Delivery) -> None:
    address = reverse("portal:retry", args=[refused.id])

    assert address not in page(auditor, refused.submission)
    assert 403 == auditor.post(address).status_code


def test_closing_needs_a_reason(administrator: Client, organisation: Organisation, refused: Delivery) -> None:
    address = reverse("portal:close", args=[refused.id])

    assert (422, 302) == (
        administrator.post(address, {"reason": " "}).status_code,
        administrator.post(address, {"reason": "filed by hand"}).status_code,
    )
    with scope(organisation.id):
        assert DeliveryState.NOT_APPLICABLE == Delivery.objects.get().state


def test_the_wire_shows_every_exchange_with_time_act_status_and_duration(
    administrator: Client, refused: Delivery
) -> None:
    text = page(administrator, refused.submission, "wire")

    assert all(
        words in text for words in ("createFolder", "createDocument", "201", "409", "84 ms", "[redacted]")
    )


def test_mapped_values_of_persons_are_masked_until_asked_for(
    administrator: Client, refused: Delivery
) -> None:
    masked = page(administrator, refused.submission, "mapped")
    address = reverse("portal:message_reveal", args=[refused.submission_id])
    revealed = administrator.post(address, {"view": "mapped"}).content.decode()

    assert (False, True) == ("Erika Mustermann</td>" in masked, "Erika Mustermann</td>" in revealed)


def test_without_its_mapping_every_value_counts_as_personal(
    administrator: Client, organisation: Organisation, dms: Connection
) -> None:
    delivery = a_delivery(a_submission(organisation), dms, DeliveryState.REFUSED)
    text = page(administrator, delivery.submission, "mapped")

    assert f'class="wrap">{delivery.submission.reference}' not in text


def test_looking_at_a_message_and_showing_what_is_masked_are_in_the_trail(
    administrator: Client, organisation: Organisation, refused: Delivery
) -> None:
    page(administrator, refused.submission)
    administrator.post(reverse("portal:message_reveal", args=[refused.submission_id]))

    assert ["submission.read", "submission.revealed"] == trail(organisation)


def test_the_structured_file_is_shown_as_text_only(administrator: Client, refused: Delivery) -> None:
    address = reverse("portal:message_reveal", args=[refused.submission_id])
    text = administrator.post(address, {"view": "raw"}).content.decode()

    assert ("&lt;rufname&gt;Bello" in text, "<rufname>" in text) == (True, False)


def test_a_document_is_taken_away_never_opened_and_the_trail_knows(
    administrator: Client, organisation: Organisation, refused: Delivery
) -> None:
    with scope(organisation.id):
        document = Document.objects.get(role="structured")
    answer = administrator.get(reverse("portal:document", args=[document.id]))

    assert b"<rufname>Bello" in b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert ('attachment; filename="antrag.xml"', "nosniff", True) == (
        answer["Content-Disposition"],
        answer["X-Content-Type-Options"],
        "sandbox" in answer["Content-Security-Policy"],
    )
    assert ["document.read"] == trail(organisation)


def test_an_auditor_gets_no_documents(auditor: Client, organisation: Organisation, refused: Delivery) -> None:
    with scope(organisation.id):
        document = Document.objects.get(role="structured")

    assert 403 == auditor.get(reverse("portal:document", args=[document.id])).status_code
    assert 403 == auditor.post(reverse("portal:message_reveal", args=[refused.submission_id])).status_code
