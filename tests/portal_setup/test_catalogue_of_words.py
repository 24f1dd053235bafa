"""What the set-up screens say is said in German too, and the compiled catalogue is current."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.utils.translation import override

import caseway.portal.setup
from caseway.locale.compile import compiled, messages
from caseway.portal.setup import checklist_view, trust_words

CATALOGUE = Path(caseway.portal.setup.__file__).parent / "locale/de/LC_MESSAGES/django.po"
TAGGED = (trust_words.KEY_STATES, trust_words.RUN_STATES, trust_words.CLAUSE_STATES, trust_words.ITEM_STATES)
PLAIN = (trust_words.KEY_USES, trust_words.WHO, trust_words.PLACE_KINDS, checklist_view.FACTS)


def test_the_compiled_catalogue_is_current() -> None:
    assert compiled(CATALOGUE.read_text(encoding="utf-8")) == CATALOGUE.with_suffix(".mo").read_bytes()


def test_every_message_is_translated() -> None:
    text = CATALOGUE.read_text(encoding="utf-8")

    assert text.count("msgid ") == len(messages(text))


@pytest.mark.parametrize("table", [*TAGGED, *PLAIN])
def test_states_have_a_german_word(table: dict[str, object]) -> None:
    words = [one[0] if isinstance(one, tuple) else one for one in table.values()]
    with override("en"):
        english = {str(word) for word in words}
    with override("de"):
        german = {str(word) for word in words}

    assert set() == english & german


def test_a_page_of_keys_speaks_german(client: Client) -> None:
    client.post("/account/language/", {"language": "de"})

    assert "Fachdatenschemata" in client.get("/schemas/").content.decode()
