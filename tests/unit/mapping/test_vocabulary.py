"""The vocabulary is closed, complete and in two languages."""

from __future__ import annotations

import re

import pytest

from caseway.core.errors import Invalid
from caseway.mapping.facts import DocumentFacts, document_values
from caseway.mapping.vocabulary import ALWAYS_KNOWN, TERMS, find_term, term


def test_every_name_and_alias_is_there_once() -> None:
    names = [name for one in TERMS for name in (one.name, one.alias) if name]

    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(\.[a-zA-Z0-9]+)+", name) for name in names)


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("antrag.id", "submission.id"),
        ("antrag.name", "form.name"),
        ("dienstleistung.id", "service.id"),
        ("dienstleistung.name", "service.name"),
    ],
)
def test_the_german_names_of_the_forms_are_known(alias: str, name: str) -> None:
    assert name == term(alias).name


def test_every_fact_of_a_document_is_a_name() -> None:
    names = {one.name for one in TERMS if one.scope == "document"}

    assert names == set(document_values(DocumentFacts("1", "attachment")))


def test_what_is_always_known_is_in_the_vocabulary() -> None:
    assert {one.name for one in TERMS} >= ALWAYS_KNOWN


def test_an_unknown_name_is_refused() -> None:
    assert find_term("antrag.nummer") is None
    with pytest.raises(Invalid) as refused:
        term("antrag.nummer")

    assert "mapping.property_unknown" == refused.value.code
