"""The portal speaks German and English; the catalogue is whole and its compiled form is current."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

import caseway
from caseway.access.models import Organisation, Role, User
from caseway.delivery.models import Connection, DeliveryState
from caseway.locale.compile import compiled, messages
from caseway.portal.words import STATES
from caseway.testing.builders import a_delivery, a_submission, a_user
from caseway.testing.people import a_stranger, signed_in

ROOT = Path(caseway.__file__).parent
CATALOGUE = ROOT / "locale/de/LC_MESSAGES/django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")


@pytest.fixture(scope="module")
def german() -> dict[str, str]:
    found: dict[str, str] = {}
    for catalogue in ROOT.rglob("locale/de/LC_MESSAGES/*.po"):
        found |= messages(catalogue.read_text(encoding="utf-8"))
    return found


def words_of(template: Path) -> list[str]:
    """Return the words a template has translated, `translate` tags only."""
    tags = re.findall(r"""\{% translate (?:"([^"]+)"|'([^']+)')""", template.read_text(encoding="utf-8"))
    return [one or other for one, other in tags]


def test_the_compiled_catalogue_is_current() -> None:
    assert compiled(CATALOGUE.read_text(encoding="utf-8")) == CATALOGUE.with_suffix(".mo").read_bytes()


def test_every_message_of_the_catalogue_is_translated() -> None:
    assert 'msgstr ""\n\n' not in CATALOGUE.read_text(encoding="utf-8")


def test_every_word_of_the_templates_is_in_the_catalogue(german: dict[str, str]) -> None:
    used = {words for template in ROOT.rglob("*.html") for words in words_of(template)}

    assert set() == used - set(german)


def test_translations_keep_the_places_of_values(german: dict[str, str]) -> None:
    lost = [
        key for key, text in german.items() if set(PLACEHOLDER.findall(key)) != set(PLACEHOLDER.findall(text))
    ]

    assert [] == lost


def test_the_states_are_called_as_the_glossary_calls_them(shared: Path, german: dict[str, str]) -> None:
    table = (shared / "RELIABILITY.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| ([^|]+?) \| ([^|]+?) \|", table.split("States and their words")[1], re.M)
    glossary = {code: (en, de) for code, en, de in rows if code in STATES}
    ours = {code: (str(words), german[str(words)]) for code, (words, _) in STATES.items()}

    assert glossary == ours


def test_a_browser_that_asks_for_german_gets_it(organisation: Organisation) -> None:
    page = signed_in(a_user(organisation), language="de").get("/").content.decode()

    assert ('lang="de"' in page, "Eingriff nötig" in page) == (True, True)


def test_the_state_of_a_message_is_said_in_german(organisation: Organisation, dms: Connection) -> None:
    a_delivery(a_submission(organisation), dms, DeliveryState.UNKNOWN)

    page = signed_in(a_user(organisation), language="de").get("/messages/").content.decode()

    assert "Ausgang unklar, wird geprüft" in page


def test_who_is_not_signed_in_can_change_the_language(db: None) -> None:
    client = a_stranger()
    client.post("/account/language/", {"language": "de"})

    assert 'lang="de"' in client.get("/nothing/").content.decode()


def test_the_language_of_a_person_follows_them_to_the_next_browser(organisation: Organisation) -> None:
    user: User = a_user(organisation, Role.CASEWORKER)
    signed_in(user).post("/account/language/", {"language": "de"})

    assert 'lang="de"' in signed_in(User.objects.get(pk=user.pk)).get("/").content.decode()


def test_a_language_that_does_not_exist_changes_nothing(administrator: Client) -> None:
    administrator.post("/account/language/", {"language": "xx"})

    assert 'lang="en"' in administrator.get("/").content.decode()
