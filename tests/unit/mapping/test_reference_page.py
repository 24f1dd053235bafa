"""The reference page keeps its word: its example works, its lists are complete."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from caseway.mapping import document
from caseway.mapping.findings import has_errors
from caseway.mapping.lint import lint
from caseway.mapping.render import render
from caseway.mapping.resolve import resolve
from caseway.mapping.table import read_table
from caseway.mapping.template import FILTERS
from caseway.mapping.vocabulary import TERMS
from tests.unit.mapping.mappings import APPLICATION, ATTACHMENT, XML, facts, finder

PAGE = (Path(__file__).resolve().parents[3] / "docs/reference/mapping.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def example() -> tuple[dict[str, Any], dict[str, Any]]:
    base, form = (document.load(text) for text in blocks("yaml"))
    return base, form


def test_the_example_is_valid_and_lint_finds_no_error() -> None:
    base, form = example()

    assert [] == lint(form, finder(base))
    assert not has_errors(lint(base))


def test_the_example_renders_a_dog() -> None:
    base, form = example()
    rendered = render(resolve(form, finder(base)), facts(xml=XML), [APPLICATION, ATTACHMENT])

    assert {
        "355": "sub-1",
        "410": "Mustermann",
        "411": "2026-11-01T12:00:00+01:00",
        "412": False,
        "413": ["R017", "R004"],
        "414": "1212.50",
    } == {one.id: one.value for one in rendered.targets[0].properties}
    assert "03 Impfpass (doc-3).pdf" == rendered.targets[-1].name


def test_the_table_of_the_page_is_read() -> None:
    assert ["case", "application"] == list(read_table(blocks("csv")[0], mapping_id="t")["targets"])


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_every_name_of_the_vocabulary_is_on_the_page(term: Any) -> None:
    assert f"| `{term.name}` | `{term.alias}` | {term.type} | {term.meaning}" in PAGE


def test_every_filter_and_every_key_of_the_language_is_on_the_page() -> None:
    parts = document.schema()["$defs"]
    keys = set(FILTERS) | set(parts["value"]["properties"]) | set(parts["condition"]["properties"])
    for name in ("target", "property"):
        keys |= set(parts[name]["anyOf"][1]["properties"])
    keys |= set(parts["convert"]["properties"])

    assert set() == {key for key in keys if key not in PAGE}
