"""The questions of a checklist as a letter: plain text, to be sent to whoever can answer them."""

from __future__ import annotations

from collections.abc import Iterator

from caseway.access.actor import Actor
from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.delivery.models import Connection
from caseway.delivery.onboarding import ItemView, checklist
from caseway.rails.onboarding import Who

_WORDS = {
    "en": {
        "responsible_officer": "Questions to the responsible officer",
        "it_provider": "Tasks of the IT provider",
        "about": "Connection “{connection}” of {organisation}, {environment} environment",
        "none": "Nothing is open.",
        "help": "Note",
        "asked": "Asked: {of}, {at}",
        "answer": "Answer:",
    },
    "de": {
        "responsible_officer": "Fragen an die fachlich verantwortliche Stelle",
        "it_provider": "Aufgaben des IT-Dienstleisters",
        "about": "Verbindung „{connection}“, {organisation}, Umgebung: {environment}",
        "none": "Es ist nichts offen.",
        "help": "Hinweis",
        "asked": "Angefragt bei: {of}, {at}",
        "answer": "Antwort:",
    },
}
_ENVIRONMENTS = {"sandbox": "Sandbox", "test": "Test", "reference": "Referenz", "production": "Produktion"}


def request_text(actor: Actor, slug: str, who: Who, language: str = "en") -> str:
    """Return the open questions of a checklist for one side, as text to be sent.

    Languages: en and de; another one is answered in English. Raises as `checklist`.
    """
    items = [item for item in checklist(actor, slug, language) if item.who == who and item.is_open]
    with scope(actor.organisation_id):
        connection = Connection.objects.select_related("organisation").get(slug=slug)
    words = _WORDS.get(language, _WORDS["en"])
    head = [words[who], "=" * len(words[who]), _about(connection, connection.organisation, language), ""]
    lines = [line for number, item in enumerate(items, 1) for line in _lines(number, item, words)]
    return "\n".join([*head, *(lines or [words["none"], ""])])


def _about(connection: Connection, organisation: Organisation, language: str) -> str:
    environment = connection.environment
    return _WORDS.get(language, _WORDS["en"])["about"].format(
        connection=connection.name,
        organisation=organisation.name,
        environment=_ENVIRONMENTS[environment] if language == "de" else environment,
    )


def _lines(number: int, item: ItemView, words: dict[str, str]) -> Iterator[str]:
    yield f"{number}. {item.title}"
    yield f"   {item.question}"
    yield f"   {words['help']}: {item.help}"
    if item.asked_at is not None:
        yield f"   {words['asked'].format(of=item.asked_of, at=f'{item.asked_at:%Y-%m-%d}')}"
    yield f"   {words['answer']}"
    yield ""
