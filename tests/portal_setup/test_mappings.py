"""Around the editor: list, import, export, versions, differences, bindings, drift."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from caseway.access.actor import Actor
from caseway.access.models import Role
from caseway.access.scope import scope
from caseway.core.clock import now
from caseway.delivery.models import Connection
from caseway.mapping import catalogue
from caseway.mapping.publishing import mapping_for, new_draft_from, publish, save_draft
from caseway.rails.cmis.simulator import CmisSimulator
from tests.portal_setup.test_editor import document


def published(actor: Actor, **more: Any) -> None:
    with scope(actor.organisation_id):
        save_draft(actor, document(**more))
        publish(actor, "hund")


def test_a_new_mapping_opens_in_the_editor(client: Client, connection: Connection) -> None:
    sent = {"mapping_id": "wohnsitz", "title": "Wohnsitz", "connection": "dms-stadt"}
    response = client.post("/mappings-new/", sent, follow=True)
    again = client.post("/mappings-new/", sent)

    assert "Wohnsitz" in response.content.decode()
    assert 422 == again.status_code
    assert "There is a mapping wohnsitz already." in again.content.decode()


@pytest.mark.mission("C-12")
def test_the_table_of_the_public_example_is_imported_and_exported_unchanged(
    client: Client, actor: Actor, shared: Path
) -> None:
    table = (shared / "specs/cmis/mapping/optigov-example-table.csv").read_bytes()
    file = SimpleUploadedFile("table.csv", table)
    client.post("/mappings-import/", {"mapping_id": "onlinevorgang", "file": file})
    exported = client.get("/mappings/onlinevorgang/1/export.csv", HTTP_ACCEPT_LANGUAGE="de").content

    rows = sorted(table.decode("utf-8-sig").split())
    assert rows == sorted(exported.decode("utf-8-sig").split())


def test_an_import_that_cannot_be_read_says_which_line(client: Client) -> None:
    page = client.post(
        "/mappings-import/", {"mapping_id": "x", "text": "Name;Ziel;Repo-ID;Typ;Wert\nA;Nirgends;1;XPath;/a"}
    )

    assert 422 == page.status_code
    assert "Line 2" in page.content.decode()


def test_versions_are_compared(client: Client, actor: Actor) -> None:
    published(actor)
    other = document()
    other["targets"]["case"]["properties"]["304"] = {
        "label": "Dienstleistung",
        "value": {"property": "service.id"},
    }
    published(actor, targets=other["targets"])
    page = client.get("/mappings/hund/diff/?from=1&to=2").content.decode()

    assert "targets.case.properties.304" in page
    assert "property service.id" in page


@pytest.mark.mission("C-03")
def test_a_version_is_bound_to_a_form_from_a_day_on(
    client: Client, actor: Actor, connection: Connection
) -> None:
    published(actor)
    from_when = now() + timedelta(days=2)
    sent = {"version": "1", "connection": "dms-stadt", "form_id": "hund-an"}
    client.post("/mappings/hund/bind/", {**sent, "valid_from": from_when.strftime("%Y-%m-%dT%H:%M")})
    page = client.get("/mappings/hund/").content.decode()

    assert "to come" in page
    asked = {"form_id": "hund-an", "service_id": "", "connection_slug": "dms-stadt"}
    with scope(actor.organisation_id):
        assert mapping_for(actor.organisation_id, **asked, at=now()) is None
        later = mapping_for(actor.organisation_id, **asked, at=now() + timedelta(days=3))
        assert "hund@1" == str(later)


def test_a_binding_to_come_is_taken_back_and_one_that_holds_is_not(
    client: Client, actor: Actor, connection: Connection
) -> None:
    published(actor)
    client.post("/mappings/hund/bind/", {"version": "1", "connection": "dms-stadt", "form_id": "hund-an"})
    with scope(actor.organisation_id):
        binding = catalogue.bindings_of(actor)[0]
    page = client.post(f"/mappings/hund/bindings/{binding.id}/remove/")

    assert 409 == page.status_code


def test_a_draft_is_begun_from_an_old_version_and_thrown_away(client: Client, actor: Actor) -> None:
    published(actor)
    client.post("/mappings/hund/1/begin/")
    assert "draft" in client.get("/mappings/hund/").content.decode()
    client.post("/mappings/hund/draft/discard/")

    with scope(actor.organisation_id):
        assert catalogue.get_draft(actor, "hund") is None


def test_drift_is_told_when_the_dms_wants_more_than_before(
    client: Client, actor: Actor, connection: Connection, dms: CmisSimulator
) -> None:
    changed = document()
    changed["targets"]["case"]["type"] = "D_HUND"
    published(actor, targets=changed["targets"])
    page = client.post("/mappings-drift/").content.decode()

    assert "would be refused" in page
    assert "Rasse" in page


def test_an_api_client_gets_its_secret_once(enter: Callable[..., Client]) -> None:
    administrator = enter(Role.ADMINISTRATOR)
    sent = {"name": "DMS", "grants": ["authorization_code"], "scopes": ["openid", "remit"]}
    wrong = administrator.post("/clients/new/", sent)
    page = administrator.post("/clients/new/", {**sent, "redirect_uris": "https://dms.example.org/back"})
    secret = page.content.decode().partition('class="mono secret">')[2].partition("<")[0]

    assert 422 == wrong.status_code
    assert len(secret) > 30
    assert secret not in administrator.get("/clients/").content.decode()
    assert "https://dms.example.org/back" in administrator.get("/clients/").content.decode()


def test_people_are_invited_given_a_role_and_let_go(enter: Callable[..., Client]) -> None:
    administrator = enter(Role.ADMINISTRATOR)
    sent = {"email": "erika.mustermann@example.org", "name": "Erika Mustermann", "role": "caseworker"}
    page = administrator.post("/people/invite/", sent)

    assert "/sign-in/welcome/" in page.content.decode()
    assert "Erika Mustermann" in administrator.get("/people/").content.decode()


@pytest.mark.parametrize("path", ["/clients/", "/clients/new/", "/people/"])
def test_clients_and_people_are_for_administrators(client: Client, path: str) -> None:
    assert 403 == client.get(path).status_code


def test_a_new_draft_starts_with_what_was_written(actor: Actor) -> None:
    published(actor)
    with scope(actor.organisation_id):
        draft = new_draft_from(actor, "hund", 1)

    assert 2 == draft.version
