"""The words of the five-column table, German and English, as people and other products write them."""

from __future__ import annotations

COLUMNS = ("name", "target", "property", "kind", "value")
HEADERS = {
    "de": ("Name", "Ziel", "Repo-ID", "Typ", "Wert"),
    "en": ("Name", "Target", "Repository ID", "Type", "Value"),
}
TARGET_WORDS = {
    "de": {
        "case": "Akte",
        "application": "Datei (Antrag)",
        "attachment": "Datei (Sonstige)",
        "structured": "Datei (Strukturiert)",
        "message": "Nachricht",
    },
    "en": {
        "case": "Case file",
        "application": "File (application)",
        "attachment": "File (other)",
        "structured": "File (structured)",
        "message": "Message",
    },
}
KIND_WORDS = {
    "de": {
        "property": "Eigenschaft",
        "xpath": "XPath",
        "const": "Konstante",
        "jsonpath": "JSONPath",
        "template": "Vorlage",
    },
    "en": {
        "property": "Property",
        "xpath": "XPath",
        "const": "Constant",
        "jsonpath": "JSONPath",
        "template": "Template",
    },
}
_MORE_HEADERS = {
    "repoid": "property",
    "repositoryid": "property",
    "propertyid": "property",
    "eigenschaftsid": "property",
    "bezeichnung": "name",
    "label": "name",
    "target": "target",
    "art": "kind",
}


def _plain(word: str) -> str:
    """Reduce a word to its letters, so that `Repo-ID`, `repo id` and `Datei(Antrag)` meet."""
    return "".join(letter for letter in word.casefold() if letter.isalnum())


_COLUMN_OF = _MORE_HEADERS | {
    _plain(word): column for words in HEADERS.values() for column, word in zip(COLUMNS, words, strict=True)
}
_TARGET_OF = {_plain(word): name for words in TARGET_WORDS.values() for name, word in words.items()}
_KIND_OF = {_plain(word): kind for words in KIND_WORDS.values() for kind, word in words.items()}


def column_of(word: str) -> str | None:
    """Return which of the five columns a header names, or None."""
    return _COLUMN_OF.get(_plain(word))


def target_of(word: str) -> str | None:
    """Return which target a word names; the English keys (`case`) are understood too."""
    plain = _plain(word)
    return plain if plain in TARGET_WORDS["de"] else _TARGET_OF.get(plain)


def kind_of_word(word: str) -> str | None:
    """Return which kind of value a word names; the English keys (`const`) are understood too."""
    plain = _plain(word)
    return plain if plain in KIND_WORDS["de"] else _KIND_OF.get(plain)
