"""The set-up screens over a simulated FIT-Connect platform, as an administrator goes through them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from lxml import html

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.delivery.links import close_clients
from caseway.delivery.models import Connection
from caseway.portal.setup.connection_form import ConnectionForm
from caseway.rails.fit_connect.simulator import FitConnectSimulator
from caseway.rails.registry import rail
from tests.portal_setup.pages import text

OURS = "5a1f3a52-7a0f-4d0c-9b53-0c6f7d3e1a01"
SERVICE = "urn:de:fim:leika:leistung:99010003001006"
HOME = "/connections/fit/directory/"


@pytest.fixture
def platform() -> Iterator[FitConnectSimulator]:
    with FitConnectSimulator() as running:
        yield running
    close_clients()


def typed(platform: FitConnectSimulator, **more: str) -> dict[str, str]:
    """What a browser sends for a connection to the platform, everything else at its default."""
    initial = ConnectionForm(rail("fit_connect"), None).initial
    plain = {name: str(value) for name, value in initial.items() if value not in (None, False, "")}
    where, root = platform.addresses, platform.platform.pki.root_pem()
    settings = {
        "platform": "custom",
        "client_id": "demo-sender",
        "client_secret": "demo-sender-secret",
        "token_url": where["token"],
        "submission_url": where["submissionV2"],
        "destination_url": where["destinationBaseUrl"],
        "routing_url": where["routing"],
        "portal_url": where["portal"],
        "addressing": "routing",
        "roots_pem": root,
        "trust": "private",
        "ca_pem": root,
        **more,
    }
    named = {f"settings-{name}": value for name, value in settings.items()}
    return {**plain, "name": "FIT-Connect", "slug": "fit", "do": "save-paused", **named}


@pytest.mark.mission("F-01")
def test_from_a_name_on_the_map_to_a_connection_that_sends_there(
    client: Client, platform: FitConnectSimulator, organisation: Organisation
) -> None:
    client.post("/connections-new/fit_connect/", typed(platform))
    said = {"service": SERVICE, "place_kind": "area", "place": "Musterling*"}
    choice = html.fromstring(client.post(HOME, said).content.decode())
    (area,) = choice.xpath("//button[@name='area_id']/@value")
    found = client.post(HOME, {**said, "area_id": area})
    (link,) = html.fromstring(found.content.decode()).xpath("//a[contains(., 'send there only')]/@href")
    form = html.fromstring(client.get(link).content.decode()).xpath("//form[contains(@class, 'settings')]")[0]
    sent = {name: str(value) for name, value in form.form_values()}
    client.post("/connections/fit/edit/", {**sent, "do": "save-paused"})

    for words in ("Stadt Musterlingen, Bauamt", "can be reached", "urn:xoev-de:bmk:standard:xbau_2.2"):
        assert words in text(found)
    with scope(organisation.id):
        settings = Connection.objects.get(slug="fit").settings
    assert ("fixed", OURS, SERVICE) == (
        settings["addressing"], settings["destination_id"], settings["service_identifier"],
    )  # fmt: skip


@pytest.mark.mission("F-01")
def test_a_key_without_the_right_form_is_said_beside_its_field(
    client: Client, platform: FitConnectSimulator, organisation: Organisation
) -> None:
    client.post("/connections-new/fit_connect/", typed(platform))
    page = client.post(HOME, {"service": SERVICE, "place_kind": "ars", "place": "4711"})

    assert 422 == page.status_code
    assert 'href="#id_place"' in page.content.decode()


@pytest.mark.mission("F-09")
def test_the_checklist_of_the_rail_has_both_sides(client: Client, platform: FitConnectSimulator) -> None:
    client.post("/connections-new/fit_connect/", typed(platform))
    page = text(client.get("/connections/fit/checklist/"))

    assert "The service key" in page
    assert "API client" in page
