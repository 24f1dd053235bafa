"""Connections: nothing is saved untested, secrets never come back, pausing has a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from caseway.access.models import Organisation, Role
from caseway.access.scope import scope
from caseway.delivery.links import unseal
from caseway.delivery.models import Connection
from caseway.portal.setup.connection_form import ConnectionForm
from caseway.rails.cmis.simulator import CmisSimulator
from caseway.rails.registry import rail
from tests.portal_setup.pages import hidden


def typed(url: str, **more: str) -> dict[str, str]:
    """What a browser sends for a connection of the CMIS rail."""
    form = ConnectionForm(rail("cmis"), None)
    sent = {name: str(value) for name, value in form.initial.items() if value not in (None, False, "")}
    return {
        **sent,
        "name": "DMS der Stadt",
        "slug": "dms",
        "settings-service_url": url,
        "settings-login": "none",
        **more,
    }


def stored(organisation: Organisation, slug: str = "dms") -> Connection | None:
    with scope(organisation.id):
        return Connection.objects.filter(slug=slug).first()


@pytest.mark.mission("C-01")
def test_a_connection_that_passes_its_test_is_saved(
    client: Client, organisation: Organisation, dms: CmisSimulator
) -> None:
    response = client.post("/connections-new/cmis/", {**typed(dms.browser_url), "do": "save"})

    assert 302 == response.status_code
    saved = stored(organisation)
    assert saved is not None
    assert saved.paused_at is None
    assert saved.check_report


def test_a_connection_that_fails_its_test_is_not_saved_and_says_why(
    client: Client, organisation: Organisation
) -> None:
    response = client.post("/connections-new/cmis/", {**typed("http://127.0.0.1:9/"), "do": "save"})

    assert 409 == response.status_code
    assert stored(organisation) is None
    assert "save-paused" in response.content.decode()


def test_it_is_saved_paused_only_when_somebody_says_so(client: Client, organisation: Organisation) -> None:
    client.post("/connections-new/cmis/", {**typed("http://127.0.0.1:9/"), "do": "save-paused"})

    saved = stored(organisation)
    assert saved is not None
    assert saved.paused_at is not None


def test_only_testing_saves_nothing(client: Client, organisation: Organisation, dms: CmisSimulator) -> None:
    response = client.post("/connections-new/cmis/", {**typed(dms.browser_url), "do": "test"})

    assert 200 == response.status_code
    assert "The DMS answers." in response.content.decode()
    assert stored(organisation) is None


def test_a_password_survives_the_test_without_being_shown(
    client: Client, organisation: Organisation, dms: CmisSimulator
) -> None:
    sent = typed(dms.browser_url, **{"settings-login": "basic", "settings-username": "portal"})
    page = client.post("/connections-new/cmis/", {**sent, "settings-password": "geheim-123", "do": "test"})
    kept = hidden(page, "kept")

    assert "geheim-123" not in page.content.decode()
    client.post("/connections-new/cmis/", {**sent, "kept": kept, "do": "save-paused"})
    saved = stored(organisation)
    assert saved is not None
    assert "geheim-123" == _password(saved)


def test_an_empty_password_keeps_the_stored_one(
    client: Client, organisation: Organisation, dms: CmisSimulator
) -> None:
    sent = typed(dms.browser_url, **{"settings-login": "basic", "settings-username": "portal"})
    client.post("/connections-new/cmis/", {**sent, "settings-password": "geheim-123", "do": "save-paused"})
    page = client.get("/connections/dms/edit/")
    client.post("/connections/dms/edit/", {**sent, "name": "Neuer Name", "do": "save-paused"})

    assert "geheim-123" not in page.content.decode()
    saved = stored(organisation)
    assert saved is not None
    assert ("Neuer Name", "geheim-123") == (saved.name, _password(saved))


def _password(connection: Connection) -> Any:
    password: Any = unseal(connection).password  # type: ignore[attr-defined]
    return password.get_secret_value()


def test_an_error_of_the_settings_stands_at_its_field(client: Client, dms: CmisSimulator) -> None:
    page = client.post("/connections-new/cmis/", {**typed("ftp://dms"), "do": "save"})

    assert 422 == page.status_code
    assert 'class="error-summary"' in page.content.decode()


def test_a_short_name_in_use_does_not_change_the_other_connection(
    client: Client, organisation: Organisation, connection: Connection, dms: CmisSimulator
) -> None:
    page = client.post("/connections-new/cmis/", {**typed(dms.browser_url, slug="dms-stadt"), "do": "save"})

    assert 422 == page.status_code
    kept = stored(organisation, "dms-stadt")
    assert kept is not None
    assert connection.name == kept.name


@pytest.mark.mission("C-02")
def test_the_page_of_a_connection_reports_what_the_dms_can(client: Client, connection: Connection) -> None:
    client.post("/connections/dms-stadt/check/")
    page = client.get("/connections/dms-stadt/").content.decode()

    assert "The DMS accepts our login." in page
    assert "productName" in page


def test_pausing_needs_a_reason_and_shows_it(client: Client, connection: Connection) -> None:
    client.post("/connections/dms-stadt/pause/", {"reason": " "})
    before = client.get("/connections/dms-stadt/").content.decode()
    client.post("/connections/dms-stadt/pause/", {"reason": "Wartung bis Freitag"})
    after = client.get("/connections/dms-stadt/").content.decode()
    client.post("/connections/dms-stadt/resume/")

    assert "Paused by" not in before
    assert "Wartung bis Freitag" in after
    assert "Wartung bis Freitag" not in client.get("/connections/dms-stadt/").content.decode()


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.AUDITOR])
def test_who_may_only_look_cannot_change(
    enter: Callable[..., Client], connection: Connection, role: Role
) -> None:
    visitor = enter(role)

    assert 200 == visitor.get("/connections/").status_code
    assert 403 == visitor.get("/connections-new/cmis/").status_code
    assert 403 == visitor.post("/connections/dms-stadt/edit/").status_code
    assert 403 == visitor.post("/connections/dms-stadt/pause/", {"reason": "x"}).status_code


def test_a_connection_of_another_organisation_is_not_there(
    enter: Callable[..., Client], connection: Connection, other_organisation: Organisation
) -> None:
    stranger = enter(Role.ADMINISTRATOR, other_organisation)

    assert b"DMS der Stadt" not in stranger.get("/connections/").content
    assert 404 == stranger.get("/connections/dms-stadt/").status_code
    assert 404 == stranger.post("/connections/dms-stadt/check/").status_code


def test_a_route_is_made_changed_and_removed(client: Client, connection: Connection) -> None:
    sent = {
        "name": "Hund",
        "connection": connection.slug,
        "form_id": "hund-an",
        "position": "10",
        "active": "on",
    }
    client.post("/routes/new/", sent)
    with scope(connection.organisation_id):
        route = connection.routes.get()
    client.post(f"/routes/{route.id}/", {**sent, "name": "Hunde"})
    page = client.get("/routes/").content.decode()
    client.post(f"/routes/{route.id}/delete/")

    assert "Hunde" in page
    assert "hund-an" in page
    with scope(connection.organisation_id):
        assert 0 == connection.routes.count()


def test_a_route_cannot_lead_to_a_connection_of_another_organisation(
    enter: Callable[..., Client], connection: Connection, other_organisation: Organisation
) -> None:
    stranger = enter(Role.ADMINISTRATOR, other_organisation)
    page = stranger.post("/routes/new/", {"name": "X", "connection": connection.slug, "position": "1"})

    assert 422 == page.status_code


def test_a_new_route_offers_the_last_place_and_the_connection_one_came_from(
    client: Client, connection: Connection
) -> None:
    page = client.get(f"/routes/new/?connection={connection.slug}").content.decode()

    assert f'<option value="{connection.slug}" selected>' in page
    assert 'name="position" value="10"' in page


def test_what_cannot_be_a_route_is_said_beside_its_field(client: Client, connection: Connection) -> None:
    said = {"name": "Hund\u0007", "connection": connection.slug, "position": str(2**31), "kind": "parcel"}
    page = client.post("/routes/new/", said)

    assert 422 == page.status_code
    with scope(connection.organisation_id):
        assert 0 == connection.routes.count()


def test_the_diagnosis_is_downloaded_by_those_who_may_change_the_connection(
    client: Client, connection: Connection, enter: Callable[..., Client]
) -> None:
    address = f"/connections/{connection.slug}/diagnosis/"
    page = client.get(f"/connections/{connection.slug}/").content.decode()
    response = client.get(address)

    assert address in page
    assert 'attachment; filename="diagnosis-dms-stadt-' in response["Content-Disposition"]
    assert ("dms-stadt", "cmis") == (
        response.json()["connection"]["slug"],
        response.json()["connection"]["rail"],
    )
    caseworker = enter(Role.CASEWORKER)
    assert address not in caseworker.get(f"/connections/{connection.slug}/").content.decode()
    assert 403 == caseworker.get(address).status_code
