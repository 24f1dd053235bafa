"""Cases with all that belongs to them; the trail, searched and taken away."""

from __future__ import annotations

import csv
import io
import json

from django.test import Client
from django.urls import reverse

from caseway.access.models import AuditEntry, Organisation
from caseway.access.scope import scope
from caseway.delivery.models import Connection, DeliveryState, Receipt
from caseway.testing.builders import a_case, a_connection, a_delivery, a_submission, a_user
from caseway.testing.people import signed_in


def test_a_case_shows_messages_documents_and_what_was_filed(
    administrator: Client, organisation: Organisation, dms: Connection
) -> None:
    submission = a_submission(organisation, documents=2)
    a_delivery(submission, dms, DeliveryState.DELIVERED)
    page = administrator.get(reverse("portal:case", args=[submission.case_id])).content.decode()
    with scope(organisation.id):
        remote_ids = list(Receipt.objects.values_list("remote_id", flat=True))

    assert (submission.reference in page, "antrag.xml" in page) == (True, True)
    assert 3 == len(remote_ids)
    assert all(remote_id in page for remote_id in remote_ids)


def test_a_case_is_found_by_its_reference(administrator: Client, organisation: Organisation) -> None:
    a_case(organisation, "HS-0412")
    a_case(organisation, "HS-0413")
    page = administrator.get("/cases/?q=hs-0412").content.decode()

    assert ("HS-0412</a>" in page, "HS-0413</a>" in page) == (True, False)


def test_looking_at_a_case_is_in_the_trail(administrator: Client, organisation: Organisation) -> None:
    case = a_case(organisation)
    administrator.get(reverse("portal:case", args=[case.id]))

    with scope(organisation.id):
        entry = AuditEntry.objects.latest("number")
    assert ("case.read", str(case.id)) == (entry.action, entry.subject_id)


def test_the_trail_names_who_looked(
    auditor: Client, administrator: Client, organisation: Organisation
) -> None:
    administrator.get(reverse("portal:case", args=[a_case(organisation).id]))
    page = auditor.get("/audit/").content.decode()

    assert ("Erika Mustermann" in page, "case.read" in page) == (True, True)


def test_the_trail_of_a_person_is_found_by_their_identifier_and_never_in_an_address(
    administrator: Client, organisation: Organisation
) -> None:
    administrator.get(reverse("portal:message", args=[a_submission(organisation).id]))
    administrator.get(reverse("portal:case", args=[a_case(organisation).id]))
    page = administrator.post("/audit/", {"person": "Erika.Mustermann@example.org"}).content.decode()

    assert ("submission.read" in page, "<code>case.read" in page) == (True, False)


def test_the_trail_is_taken_away_as_csv_and_json_lines(
    administrator: Client, organisation: Organisation
) -> None:
    administrator.get(reverse("portal:case", args=[a_case(organisation).id]))
    files = {
        form: b"".join(
            administrator.post("/audit/export/", {"form": form, "action": "case.read"}).streaming_content  # type: ignore[attr-defined]
        ).decode()
        for form in ("csv", "jsonl")
    }

    rows = list(csv.DictReader(io.StringIO(files["csv"])))
    lines = [json.loads(line) for line in files["jsonl"].splitlines()]
    assert ["case.read", "case.read"] == [rows[0]["action"], lines[0]["action"]]


def test_the_trail_is_not_for_functional_administrators(organisation: Organisation) -> None:
    assert 403 == signed_in(a_user(organisation)).get("/audit/").status_code


def test_simulators_are_listed_with_how_to_start_them(
    administrator: Client, organisation: Organisation
) -> None:
    a_connection(organisation, settings={"base_url": "http://user:secret@127.0.0.1:8085/browser"})
    page = administrator.get("/simulators/").content.decode()

    assert ("caseway simulate cmis --port 8085" in page, "secret" in page) == (True, False)
