"""The query dialect of the simulated DMS (CMIS 1.1, 2.1.14.2)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.rails.cmis.simulator.querytext import parse_query
from tests.rails.cmis.simulator.client import Dms


@pytest.fixture
def filled(dms: Dms) -> Dms:
    hund = {
        "cmis:objectTypeId": "D_HUND",
        "355": "K-2",
        "413": ["R017", "R004"],
        "414": "12.50",
        "412": "true",
    }
    dms.folder("Akte", key="O'Neill")
    dms.act("createFolder", "/root/Akte", {**hund, "cmis:name": "Hund", "411": "1794787200000"})
    aspect = {"cmis:secondaryObjectTypeIds": ["hub:filing"], "hub:key": "s-1", "hub:sha256": "ab"}
    values = {"cmis:objectTypeId": "DPORT", "cmis:name": "a.pdf", "355": "K-2", "362": "DOC01", **aspect}
    dms.send("createDocument", b"x", values, "/root/Akte/Hund")
    dms.document("b.pdf", key="K-3")
    return dms


def names(dms: Dms, kind: str, where: str, **controls: str) -> list[str]:
    statement = f"SELECT cmis:name FROM {kind}" + (f" WHERE {where}" if where else "")
    answer: Any = dms.query(statement, **controls).json
    return [row["succinctProperties"]["cmis:name"] for row in answer["results"]]


@pytest.mark.parametrize(
    ("kind", "where", "found"),
    [
        ("D_AKTE", "", ["Akte", "Hund"]),
        ("D_HUND", "", ["Hund"]),
        ("D_AKTE", r"p355 = 'O\'Neill'", ["Akte"]),
        ("D_AKTE", "p355 = 'O''Neill'", ["Akte"]),
        ("D_AKTE", "p355 = 'none'", []),
        ("D_AKTE", "p355 <> 'K-2'", ["Akte"]),
        ("D_AKTE", "p355 IN ('K-2', 'K-9')", ["Hund"]),
        ("D_AKTE", "p355 NOT IN ('K-2')", ["Akte"]),
        ("D_AKTE", "p355 LIKE 'K-%' AND NOT cmis:name = 'x'", ["Hund"]),
        ("D_AKTE", "p355 NOT LIKE 'K_2'", ["Akte"]),
        ("D_AKTE", "p304 IS NULL AND p355 IS NOT NULL", ["Akte", "Hund"]),
        ("D_AKTE", "(cmis:name = 'Akte' OR cmis:name = 'Hund') AND p355 = 'K-2'", ["Hund"]),
        ("D_HUND", "'R004' = ANY p413", ["Hund"]),
        ("D_HUND", "ANY p413 IN ('R000', 'R017')", ["Hund"]),
        ("D_HUND", "p414 > 12 AND p414 <= 12.50 AND p412 = TRUE", ["Hund"]),
        ("D_HUND", "p411 >= TIMESTAMP '2026-11-16T00:00:00.000Z'", ["Hund"]),
        ("D_HUND", "p411 < TIMESTAMP '2026-11-16T00:00:00.000Z'", []),
        ("cmis:document", "cmis:objectTypeId = 'DPORT'", ["a.pdf", "b.pdf"]),
        ("DPORT", "IN_FOLDER('100')", ["b.pdf"]),
        ("DPORT", "IN_TREE('100') AND p355 = 'K-2'", ["a.pdf"]),
    ],
)
def test_a_statement_finds_what_it_says(kind: str, where: str, found: list[str], filled: Dms) -> None:
    assert names(filled, kind, where) == found


def test_a_secondary_type_is_joined(filled: Dms) -> None:
    statement = (
        "SELECT d.cmis:name, f.hub:sha256 AS hash FROM DPORT AS d JOIN hub:filing AS f "
        "ON d.cmis:objectId = f.cmis:objectId WHERE f.hub:key = 's-1'"
    )

    rows = filled.query(statement).json["results"]

    assert [row["succinctProperties"] for row in rows] == [{"cmis:name": "a.pdf", "hash": "ab"}]


def test_results_are_ordered_and_paged(filled: Dms) -> None:
    answer = filled.query("SELECT cmis:name FROM cmis:document ORDER BY cmis:name DESC", maxItems="1").json

    assert [row["succinctProperties"]["cmis:name"] for row in answer["results"]] == ["b.pdf"]
    assert (answer["hasMoreItems"], answer["numItems"]) == (True, 2)


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "SELECT",
        "SELECT * FROM nothing",
        "SELECT nothing FROM DPORT",
        "SELECT cmis:name FROM DPORT WHERE 355 = 'x'",
        "SELECT cmis:name FROM DPORT WHERE p355 = 'x",
        "SELECT cmis:name FROM DPORT WHERE p355 = 5",
        "SELECT cmis:name FROM DPORT WHERE p355",
        "SELECT cmis:name FROM DPORT WHERE p355 = 'x' garbage",
        "SELECT cmis:name FROM DPORT WHERE cmis:changeToken = 'x'",
        "SELECT cmis:name FROM D_HUND WHERE p413 = 'R017'",
        "SELECT hub:key FROM hub:filing",
        "SELECT x.cmis:name FROM DPORT AS d",
        "SELECT cmis:name FROM DPORT WHERE CONTAINS('x')",
        "SELECT cmis:name FROM D_HUND WHERE p411 = TIMESTAMP 'tomorrow'",
        "DELETE FROM DPORT",
    ],
)
def test_a_statement_that_cannot_be_run_is_refused(statement: str, filled: Dms) -> None:
    assert filled.query(statement).exception == (400, "invalidArgument")


@settings(max_examples=100)
@given(st.text(max_size=40))
def test_any_text_survives_quoting(text: str) -> None:
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")

    where = parse_query(f"SELECT cmis:name FROM DPORT WHERE p355 = '{quoted}'").where

    assert where is not None
    assert where.literals == (text,)
