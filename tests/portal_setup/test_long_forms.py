"""The form of a rail with many settings: its own words, closed parts, what a link brings along."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils.translation import override
from lxml import html

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.delivery.models import Connection
from caseway.portal.setup.connection_form import ConnectionForm
from caseway.portal.setup.settings_fields import groups_of
from caseway.rails.fit_connect.config import FitConnectSettings
from caseway.rails.registry import rail
from caseway.testing.builders import a_connection

FORM = "/connections-new/fit_connect/"
DESTINATION = "d40e7b13-9e11-4f4b-8f3a-000000000001"


def parts(page: str) -> dict[str, bool]:
    """Return the parts of a form by name, and whether each is open."""
    found = html.fromstring(page).xpath("//details[@class='part']")
    return {one.xpath("string(.//fieldset/@id)"): "open" in one.attrib for one in found}


def value(page: str, name: str) -> str:
    """Return what stands in a field of a page."""
    form = html.fromstring(page).xpath("//form[contains(@class, 'settings-form')]")[0]
    return str(dict(form.form_values()).get(name, ""))


@pytest.mark.parametrize(("language", "words"), [("en", "Sending"), ("de", "Senden"), ("nl", "Verzenden")])
def test_groups_are_called_what_the_rail_calls_them(language: str, words: str) -> None:
    with override(language):
        named = {group: said for group, said, _ in groups_of(FitConnectSettings)}

    assert words == named["sending"]


def test_every_setting_is_in_one_group_of_the_form() -> None:
    form = ConnectionForm(rail("fit_connect"), None)
    shown = [field.name for group in form.groups() for field in group.fields]

    assert sorted(shown) == sorted(name for name in form.fields if name.startswith("settings-"))


def test_parts_where_nothing_is_asked_are_closed_and_the_list_leads_to_all(client: Client) -> None:
    page = client.get(FORM).content.decode()

    found = parts(page)
    assert (True, False, False) == (found["part-platform"], found["part-limits"], found["part-network"])
    assert all(f'href="#{name}"' in page for name in found)


def test_a_part_with_an_error_is_open_and_the_error_stands_at_its_field(client: Client) -> None:
    page = client.post(
        FORM, {"name": "FIT", "slug": "fit", "environment": "test", "settings-max_attachments": "0"}
    )

    assert 422 == page.status_code
    assert parts(page.content.decode())["part-limits"]


def test_a_link_brings_settings_along_but_no_secret(client: Client) -> None:
    page = client.get(f"{FORM}?destination_id={DESTINATION}&client_secret=geheim&name=Hund").content.decode()

    assert (DESTINATION, "Hund") == (value(page, "settings-destination_id"), value(page, "name"))
    assert parts(page)["part-sending"]
    assert "" == value(page, "settings-client_secret")


def test_a_link_takes_the_settings_of_another_connection(client: Client, organisation: Organisation) -> None:
    a_connection(organisation, "fit", rail="fit_connect", settings={"client_id": "c-1", "roles": "both"})
    page = client.get(f"{FORM}?like=fit&destination_id={DESTINATION}").content.decode()

    assert ("c-1", "both") == (value(page, "settings-client_id"), value(page, "settings-roles"))


@pytest.mark.parametrize(
    ("language", "trust", "accept"),
    [
        ("en", ["those of the system", "only the private one", "those of the system and the private one"],
         ["by itself", "a person decides"]),
        ("de", ["die des Systems", "nur die private", "die des Systems und die private"],
         ["von selbst", "ein Mensch entscheidet"]),
    ],
)  # fmt: skip
def test_choices_are_said_in_words_and_kept_as_they_were(
    client: Client, language: str, trust: list[str], accept: list[str]
) -> None:
    client.post("/account/language/", {"language": language})
    page = html.fromstring(client.get(FORM).content.decode())

    def offered(name: str, what: str) -> list[str]:
        return [str(one) for one in page.xpath(f"//select[@name='settings-{name}']/option/{what}")]

    assert (trust, accept) == (offered("trust", "text()"), offered("accept", "text()"))
    assert ["system", "private", "both"] == offered("trust", "@value")
    assert ["automatic", "by_person"] == offered("accept", "@value")


def test_a_page_of_settings_tells_what_was_chosen_apart_from_defaults(
    client: Client, organisation: Organisation
) -> None:
    settings = {"client_id": "c-1", "poll_seconds": 300, "revocation": "soft"}
    made = a_connection(organisation, "fit", rail="fit_connect", settings=settings)
    page = html.fromstring(client.get("/connections/fit/").content.decode())

    chosen = page.xpath("string(//section[@aria-labelledby='settings']/div/dl)")
    assert ("while in doubt, send with a warning" in chosen, "300" in chosen) == (True, False)
    with scope(organisation.id):
        assert Connection.objects.filter(id=made.id).exists()
