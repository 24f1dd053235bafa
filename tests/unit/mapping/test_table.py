"""The five-column table: read as people write it, written back the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.core.errors import Invalid, TooLarge
from caseway.mapping.document import TARGETS
from caseway.mapping.findings import has_errors
from caseway.mapping.lint import lint
from caseway.mapping.render import render
from caseway.mapping.resolve import resolve
from caseway.mapping.table import read_table, table_losses, write_table
from caseway.mapping.vocabulary import TERMS
from tests.unit.mapping.mappings import APPLICATION, ATTACHMENT, MESSAGE, STRUCTURED, facts, finder, resolved

HEADER = "Name;Ziel;Repo-ID;Typ;Wert\n"
ROW = "Auftrag-ID;Akte;355;Eigenschaft;antrag.id\n"
RULE = {"label": "Auftrag-ID", "value": {"property": "antrag.id"}}


def read(data: bytes | str) -> dict[str, Any]:
    targets: dict[str, Any] = read_table(data, mapping_id="t")["targets"]
    return targets


@pytest.fixture
def example(shared: Path) -> bytes:
    return (shared / "specs/cmis/mapping/optigov-example-table.csv").read_bytes()


def test_the_example_table_works_as_it_stands(example: bytes) -> None:
    mapping = resolve(read_table(example, mapping_id="optigov"), finder())
    rendered = render(mapping, facts(), [APPLICATION, STRUCTURED, ATTACHMENT, MESSAGE])

    assert not has_errors(lint(mapping))
    assert [
        ("case", {"304": "hundesteuer", "355": "sub-1"}),
        ("application", {"355": "sub-1", "362": "DOC01"}),
        ("structured", {"355": "sub-1"}),
        ("attachment", {"355": "sub-1", "362": "DOC02"}),
        ("message", {"41": "Portalnachricht", "361": "ACT02"}),
    ] == [(one.target, {found.id: found.value for found in one.properties}) for one in rendered.targets]


def test_the_example_table_is_written_back_row_for_row(example: bytes) -> None:
    mapping = resolve(read_table(example, mapping_id="optigov"), finder())

    assert sorted(example.decode().split()) == sorted(write_table(mapping).split())
    assert [] == table_losses(mapping)


@pytest.mark.parametrize(
    "data",
    [
        HEADER + ROW,
        "\ufeff" + HEADER + ROW,
        (HEADER + ROW).encode("utf-8-sig"),
        (HEADER + ROW).encode("utf-16"),
        "sep=;\r\n" + (HEADER + ROW).replace("\n", "\r\n"),
        (HEADER + "\n;;;;\n" + ROW).replace(";", "|"),
        (HEADER + ROW).replace(";", "\t"),
        (HEADER + ROW).replace(";", ","),
        "Name;Target;Repository ID;Type;Value\nAuftrag-ID;Case file;355;Property;antrag.id\n",
        "Typ;Wert;Ziel;Repo-ID;Name\nproperty;antrag.id;case;355; Auftrag-ID \n",
    ],
)
def test_every_common_way_of_writing_a_table_is_read(data: bytes | str) -> None:
    assert {"case": {"properties": {"355": RULE}}} == read(data)


def test_an_old_windows_table_keeps_its_umlauts() -> None:
    targets = read((HEADER + "Gebühr;Akte;1;Konstante;groß\n").encode("cp1252"))

    assert {"label": "Gebühr", "value": {"const": "groß"}} == targets["case"]["properties"]["1"]


@pytest.mark.parametrize(
    ("rows", "code", "line"),
    [
        ("", "mapping.table_header", 1),
        ("Name;Ziel;Typ;Wert\n", "mapping.table_header", 1),
        (HEADER + ROW + "x;Ordner;1;Konstante;a\n", "mapping.table_target", 3),
        (HEADER + ROW + "\nx;Akte;1;Formel;a\n", "mapping.table_kind", 4),
        (HEADER + "x;Akte;;Konstante;a\n", "mapping.table_empty_cell", 2),
        (HEADER + "x;Akte;1;Konstante;\n", "mapping.table_empty_cell", 2),
        (HEADER + "x;Akte;1;Konstante\n", "mapping.table_columns", 2),
        (HEADER + "x;Akte;1;Konstante;a;b\n", "mapping.table_columns", 2),
        (HEADER + ROW + ROW, "mapping.table_duplicate", 3),
        (HEADER + "x;Akte;1;Eigenschaft;antrag.nr\n", "mapping.property_unknown", 2),
    ],
)
def test_what_is_wrong_is_named_with_its_line(rows: str, code: str, line: int) -> None:
    with pytest.raises(Invalid) as refused:
        read(rows)

    assert (code, line) == (refused.value.code, refused.value.details["line"])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("x\x00", "mapping.control_character"),
        (b"\x81\x8d", "mapping.table_encoding"),
        ("x" * 2**21, "mapping.too_large"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes | str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(data)

    assert code == refused.value.code


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(TooLarge):
        read(HEADER + "".join(f"x;Akte;{n};Konstante;a\n" for n in range(2002)))


def test_a_misspelt_target_gets_the_close_word() -> None:
    with pytest.raises(Invalid) as refused:
        read(HEADER + "x;Datei (Antag);1;Konstante;a\n")

    assert "Did you mean Datei (Antrag)?" == refused.value.remedy


@pytest.mark.parametrize("cell", ["=1+1", "+49", "-x", "@f", "'=x", "''", "'x"])
def test_a_formula_is_data_here_and_harmless_in_a_spreadsheet(cell: str) -> None:
    mapping = resolved({"case": {"properties": {"1": {"value": {"const": cell}}}}})
    written = write_table(mapping).splitlines()[1].split(";")[-1]

    assert f"'{cell}" == written
    assert cell == read(write_table(mapping))["case"]["properties"]["1"]["value"]["const"]


def test_a_formula_typed_by_hand_is_kept() -> None:
    assert "=1+1" == read(HEADER + "x;Akte;1;Konstante;=1+1\n")["case"]["properties"]["1"]["value"]["const"]


words = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool)
)
rules = st.fixed_dictionaries(
    {
        "value": st.builds(lambda word: {"const": word}, words)
        | st.builds(lambda word: {"xpath": word}, words)
        | st.sampled_from([{"property": term.name} for term in TERMS])
    },
    optional={"label": words},
)
tables = st.dictionaries(
    st.sampled_from(TARGETS),
    st.fixed_dictionaries({"properties": st.dictionaries(words, rules, min_size=1, max_size=4)}),
    min_size=1,
)


@settings(max_examples=80)
@given(tables, st.sampled_from(["de", "en"]), st.sampled_from([";", "|", "\t", ","]))
def test_what_five_columns_can_say_survives_the_way_out_and_in(
    targets: Any, language: Any, delimiter: str
) -> None:
    mapping = resolved(targets)

    assert targets == read(write_table(mapping, language=language, delimiter=delimiter).encode())
    assert [] == table_losses(mapping)


def test_what_five_columns_cannot_say_is_named(dog_tax_resolved: dict[str, Any]) -> None:
    lost = {finding.path for finding in table_losses(dog_tax_resolved)}

    assert {
        "lookups",
        "namespaces",
        "remit",
        "targets.case.type",
        "targets.case.properties.410.value",
        "targets.case.properties.412.convert",
        "targets.case.properties.413.multi",
    } <= lost
