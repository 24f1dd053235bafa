"""Who receives what: looked up by service and place, judged, kept, found again, used for a connection."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import pytest
from django.test import Client
from lxml import html

from caseway.access.actor import Actor
from caseway.access.models import Organisation, Role
from caseway.core.errors import Unavailable
from caseway.delivery.catalogue import look_up, search_catalogue
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.rails.contract import Finding
from caseway.rails.directory import Wanted
from tests.portal_setup.pages import text
from tests.portal_setup.proving import DESTINATION, SCHEMA, SERVICE, ProvingRail, a_party

HOME = "/connections/fit/directory/"
ASKED = {"service": f"urn:de:fim:leika:leistung:{SERVICE}", "place_kind": "ars", "place": "091620000000"}


@pytest.fixture(autouse=True)
def rail(actor: Actor, monkeypatch: pytest.MonkeyPatch) -> ProvingRail:
    rail = ProvingRail()
    monkeypatch.setattr("caseway.rails.registry.rails", lambda: MappingProxyType({"proving": rail}))
    settings = {"client_secret": "geheim-1"}
    save_connection(actor, ConnectionDraft("fit", "FIT-Connect", "proving", "sandbox", settings))
    return rail


@pytest.mark.mission("F-01")
def test_who_takes_a_service_in_a_place_is_shown_with_what_they_take(
    client: Client, rail: ProvingRail
) -> None:
    page = text(client.post(HOME, ASKED))

    assert [Wanted(SERVICE, ars="091620000000")] == rail.asked
    for words in ("Steueramt Beispielhausen", "can be reached", SCHEMA, "FIT-Connect, e-mail", "2.1.0"):
        assert words in page


@pytest.mark.mission("F-01")
def test_who_cannot_be_reached_says_why(client: Client, rail: ProvingRail) -> None:
    bad = Finding("trust.signature", False, "The signature of the portal is wrong.", "Ask the platform.")
    rail.known = [a_party(reachable=False, findings=[bad])]
    page = text(client.post(HOME, ASKED))

    for words in (
        "cannot be reached",
        "not proven",
        "The signature of the portal is wrong. Ask the platform.",
    ):
        assert words in page


@pytest.mark.mission("F-01")
def test_a_name_is_turned_into_an_area_first(client: Client, rail: ProvingRail) -> None:
    said = {**ASKED, "place_kind": "area", "place": "Beispiel*"}
    choice = client.post(HOME, said)
    areas = html.fromstring(choice.content.decode()).xpath("//button[@name='area_id']/@value")
    found = client.post(HOME, {**said, "area_id": areas[0]})

    assert (["4711", "4712"], [Wanted(SERVICE, area_id="4711")]) == (areas, rail.asked)
    assert "Steueramt Beispielhausen" in text(found)


@pytest.mark.parametrize("change", [{"place": "Beispielhausen"}, {"service": ""}, {"place": ""}])
def test_what_cannot_be_asked_is_said_beside_its_field(
    client: Client, rail: ProvingRail, change: dict[str, str]
) -> None:
    page = client.post(HOME, {**ASKED, **change})

    assert (422, []) == (page.status_code, rail.asked)
    assert 'class="error-summary"' in page.content.decode()


def test_a_directory_that_does_not_answer_keeps_the_form(
    client: Client, rail: ProvingRail, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_: object) -> None:
        raise Unavailable("The directory does not answer.", code="proving.down", remedy="Try again later.")

    monkeypatch.setattr(rail, "parties", down)
    page = client.post(HOME, ASKED)

    assert 503 == page.status_code
    assert "The directory does not answer. Try again later." in text(page)
    assert 'value="091620000000"' in page.content.decode()


def test_the_link_makes_a_connection_that_always_sends_there(client: Client) -> None:
    page = html.fromstring(client.post(HOME, ASKED).content.decode())
    (link,) = page.xpath("//article//a[contains(., 'New connection with this destination')]/@href")
    form = html.fromstring(client.get(link).content.decode())
    values = dict(form.xpath("//form[contains(@class, 'settings-form')]")[0].form_values())

    assert (DESTINATION, "fixed", "Steueramt Beispielhausen") == (
        values["settings-destination_id"], values["settings-addressing"], values["name"],
    )  # fmt: skip


@pytest.mark.mission("F-12")
def test_what_was_found_is_found_again_by_name_service_and_schema(client: Client, actor: Actor) -> None:
    look_up(actor, "fit", Wanted(SERVICE, ars="09162"))

    for query in ("q=steueramt", f"service={SERVICE}", f"schema={SCHEMA}"):
        assert "Steueramt Beispielhausen" in text(client.get(f"/catalogue/?{query}"))
    assert "Nobody known fits" in text(client.get("/catalogue/?q=friedhof"))


@pytest.mark.mission("F-12")
def test_what_may_be_used_again_for_a_service_is_said(client: Client, actor: Actor) -> None:
    look_up(actor, "fit", Wanted(SERVICE, ars="09162"))
    page = text(client.get(f"/catalogue/?service={SERVICE}&schema={SCHEMA}"))

    assert "Steueramt Beispielhausen takes this service in this very form." in page


def test_the_entry_of_the_directory_leads_to_the_only_connection_that_has_one(client: Client) -> None:
    assert HOME == client.get("/directory/")["Location"]


def test_who_may_only_look_searches_the_catalogue_and_asks_nobody(
    enter: Callable[..., Client], actor: Actor, rail: ProvingRail, other_organisation: Organisation
) -> None:
    look_up(actor, "fit", Wanted(SERVICE, ars="09162"))
    visitor, stranger = enter(Role.CASEWORKER), enter(Role.ADMINISTRATOR, other_organisation)

    assert (200, 403) == (visitor.get(HOME).status_code, visitor.post(HOME, ASKED).status_code)
    assert "Steueramt Beispielhausen" in text(visitor.get("/catalogue/"))
    assert "Steueramt Beispielhausen" not in text(stranger.get("/catalogue/"))
    assert 404 == stranger.post(HOME, ASKED).status_code
    assert 1 == len(search_catalogue(actor))
