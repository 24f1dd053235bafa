"""The conformance run at a DMS nobody here wrote: every clause holds, nothing stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from caseway.rails.cmis.rail import CmisRail
from caseway.rails.conformance import Ground
from caseway.rails.contract import Link
from tests.rails.cmis.desk import mapping, occasion

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::SyntaxWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.mark.mission("F-08")
@pytest.mark.parametrize("place", ["", "/Onlineantraege"])
def test_every_clause_holds_at_opencmis(link: Link, repository: Any, tmp_path: Path, place: str) -> None:
    before = sorted(one.getName() for one in repository.getRootFolder().getChildren())

    found = list(CmisRail().conform(link, Ground(occasion(), place, tmp_path, 2_000_000, 20)))

    assert [] == [(one.code, one.sentence, dict(one.details)) for one in found if not one.ok]
    assert 10 == len(found)
    assert before == sorted(one.getName() for one in repository.getRootFolder().getChildren())
    assert [] == list(repository.getObjectByPath("/Onlineantraege").getChildren())


@pytest.mark.mission("F-08")
def test_opencmis_says_in_its_own_words_what_a_date_is(link: Link, repository: Any, tmp_path: Path) -> None:
    key = {"label": "Auftrag-ID", "value": {"property": "submission.id"}, "required": True}
    properties = {"355": key, "413": {"value": {"const": "R004"}}}
    sample = occasion(resolved=mapping(case={"type": "D_HUND", "properties": properties}))

    found = {one.code: one for one in CmisRail().conform(link, Ground(sample, "", tmp_path, 200_000, 20))}

    refusal = found["cmis.conform_refusal"]
    assert [] == [(one.code, one.sentence) for one in found.values() if not one.ok]
    assert "411" == refusal.details["property"]
    assert refusal.details["remote"]
