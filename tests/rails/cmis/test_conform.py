"""The conformance run: it holds where the DMS does, fails where the DMS fails, and leaves nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from caseway.rails.cmis.rail import CmisRail
from caseway.rails.cmis.simulator import CmisSimulator
from caseway.rails.conformance import Conforms, Ground
from caseway.rails.contract import Finding, Link
from tests.rails.cmis.desk import mapping, occasion

pytestmark = pytest.mark.mission("F-08")
CODES = [
    "connect", "types", "filing", "read_back", "once", "conflict", "large", "names", "refusal", "clean",
]  # fmt: skip


def run(link: Link, room: Path, place: str = "", patience: float = 5, **changes: Any) -> dict[str, Finding]:
    """Make a run; return the findings by clause."""
    cmis = CmisRail()
    sample = occasion(resolved=changes.pop("resolved", mapping()), **changes)
    ground = Ground(sample, place, room, 300_000, patience)
    return {one.code.removeprefix("cmis.conform_"): one for one in cmis.conform(link, ground)}


def bad(found: dict[str, Finding]) -> list[str]:
    return [code for code, finding in found.items() if not finding.ok]


def ids(dms: CmisSimulator) -> set[str]:
    return {one["id"] for one in dms.objects()}


@pytest.mark.parametrize("place", ["", "/Onlineantraege"])
def test_every_clause_holds_at_a_dms_that_does_what_it_should(
    dms: CmisSimulator, link: Link, tmp_path: Path, place: str
) -> None:
    before = ids(dms)

    found = run(link, tmp_path, place)

    assert [] == [(code, found[code].sentence) for code in bad(found)]
    assert CODES == list(found)
    assert before == ids(dms)
    assert found["large"].details["in_pieces"]
    assert found["refusal"].details["remote"]


def test_the_rail_keeps_the_contract() -> None:
    assert isinstance(CmisRail(), Conforms)


def test_without_a_mapping_the_types_of_every_repository_are_used(
    dms: CmisSimulator, link: Link, tmp_path: Path
) -> None:
    before = ids(dms)
    cmis = CmisRail()
    sample = occasion()
    bare = Ground(type(sample)(**{**vars(sample), "mapping": None}), "", tmp_path, 300_000, 5)

    found = list(cmis.conform(link, bare))

    assert [] == [(one.code, one.sentence) for one in found if not one.ok]
    assert before == ids(dms)


@pytest.mark.parametrize(
    ("kind", "scope", "expected"),
    [
        ("unauthorized", {}, ["connect"]),
        ("too_large", {"bytes": 50_000}, ["large"]),
        ("lax_required", {}, []),
        ("drop_reply", {"actions": ["createDocument"], "times": 2}, []),
        ("unavailable", {"actions": ["createFolder"], "times": 1, "retry_after": 0}, []),
        ("rename_on_conflict", {}, []),
        ("refuse", {"actions": ["delete"]}, ["clean"]),
        ("refuse", {"actions": ["appendContent"]}, ["large"]),
        ("refuse", {"actions": ["typeDefinition"], "after": 1}, ["types", "filing"]),
    ],
)
def test_a_fault_of_the_dms_fails_the_clause_that_needs_it(
    dms: CmisSimulator, link: Link, tmp_path: Path, kind: str, scope: dict[str, Any], expected: list[str]
) -> None:
    dms.faults.add(kind, **scope)

    found = run(link, tmp_path, "/Onlineantraege")

    assert expected == [code for code in bad(found) if code in expected or not _follows(found[code])]


def _follows(finding: Finding) -> bool:
    """Whether a clause failed only because there was no case folder to try it in."""
    return finding.details.get("error") == "cmis.conform_not_filed"


def test_a_dms_that_refuses_every_document_fails_filing_and_leaves_nothing(
    dms: CmisSimulator, link: Link, tmp_path: Path
) -> None:
    before = ids(dms)
    dms.faults.add("refuse", actions=["createDocument"], message="Feld 362: Wert nicht erlaubt")

    found = run(link, tmp_path)

    assert not found["filing"].ok
    assert "Feld 362" in found["filing"].details["remote"]
    assert found["clean"].ok
    assert before == ids(dms)


def test_folders_whose_making_was_not_answered_are_taken_away_too(
    dms: CmisSimulator, link: Link, tmp_path: Path
) -> None:
    before = ids(dms)
    dms.faults.add("drop_reply", actions=["createFolder", "createDocument"], after=0)

    found = run(link, tmp_path, "", patience=1)

    assert "clean" not in bad(found)
    assert before == ids(dms)


def test_a_value_of_the_wrong_type_is_offered_where_a_type_has_one(
    dms: CmisSimulator, link: Link, tmp_path: Path
) -> None:
    key = {"label": "Auftrag-ID", "value": {"property": "submission.id"}, "required": True}
    properties = {"355": key, "413": {"value": {"const": "R004"}}}

    found = run(link, tmp_path, resolved=mapping(case={"type": "D_HUND", "properties": properties}))

    assert [] == [(code, found[code].sentence) for code in bad(found)]
    assert "411" == found["refusal"].details["property"]


def test_a_type_that_is_missing_is_said(dms: CmisSimulator, link: Link, tmp_path: Path) -> None:
    found = run(link, tmp_path, resolved=mapping(application={"type": "NICHTDA"}))

    assert not found["types"].ok
    assert "NICHTDA" in found["types"].sentence


def test_a_sample_that_does_not_fill_the_mapping_asks_for_a_submission(
    dms: CmisSimulator, link: Link, tmp_path: Path
) -> None:
    needed = {"355": {"value": {"property": "applicant.mailboxId"}, "required": True}}

    found = run(link, tmp_path, resolved=mapping(case={"properties": needed}))

    assert not found["filing"].ok
    assert "name a submission" in found["filing"].remedy


def test_a_run_that_is_given_up_leaves_nothing(dms: CmisSimulator, link: Link, tmp_path: Path) -> None:
    before = ids(dms)
    cmis = CmisRail()
    going = iter(cmis.conform(link, Ground(occasion(), "", tmp_path, 300_000, 5)))
    codes = [next(going).code for _ in range(4)]
    assert before != ids(dms)

    going.close()  # type: ignore[attr-defined]

    assert 4 == len(codes)
    assert before == ids(dms)
