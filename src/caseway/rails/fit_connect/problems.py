"""The reasons a submission may be rejected for, in the words of the standard.

`type` and `instance` must be taken exactly from FITKO's list (docs, receiving/verification). Of that list
only the form and some entries are public: the slugs here are this product's reading, in one place, to be
corrected in one place (README.md, doubts).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from caseway.rails.inbound import Problem

BASE: Final = "https://schema.fitko.de/fit-connect/events/problems/"

_TITLES: Final[dict[str, str]] = {
    "incorrect-authentication-tag": "Das Authentifizierungs-Tag stimmt nicht überein",
    "encryption-issue": "Die Entschlüsselung ist nicht möglich",
    "syntax-violation": "Die Syntax ist verletzt",
    "missing-schema": "Es ist kein Schema angegeben",
    "schema-violation": "Das Schema ist verletzt",
    "unsupported-schema": "Das Schema wird nicht unterstützt",
    "unsupported-service": "Die Leistung wird nicht unterstützt",
    "hash-mismatch": "Die Prüfsumme stimmt nicht überein",
    "missing-data": "Die Fachdaten fehlen",
    "missing-attachment": "Eine Anlage fehlt",
    "attachments-mismatch": "Angekündigte und beschriebene Anlagen stimmen nicht überein",
    "technical-error": "Technischer Fehler",
}
# What each may be about; a person is offered these, a check names the attachment itself.
_INSTANCES: Final[dict[str, tuple[str, ...]]] = {
    "incorrect-authentication-tag": ("metadata", "data"),
    "encryption-issue": ("metadata", "data"),
    "syntax-violation": ("metadata", "data"),
    "missing-schema": ("metadata",),
    "schema-violation": ("metadata", "data"),
    "unsupported-schema": ("metadata", "data"),
    "unsupported-service": ("metadata",),
    "hash-mismatch": ("data",),
    "missing-data": ("data",),
    "missing-attachment": ("metadata",),
    "attachments-mismatch": ("metadata",),
    "technical-error": ("metadata", "data"),
}


def problem(slug: str, instance: str, detail: str = "") -> Problem:
    """Return a problem of the list. Raises `KeyError` for a slug that is not on it."""
    return Problem(BASE + slug, _TITLES[slug], detail, instance)


def catalogue() -> Sequence[Problem]:
    """Return every problem with each of its instances, for a person to choose from."""
    return [problem(slug, instance) for slug, found in _INSTANCES.items() for instance in found]
