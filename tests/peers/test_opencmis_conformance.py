"""The conformance run at a DMS nobody here wrote: every clause holds, nothing stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from caseway.rails.cmis.rail import CmisRail
from caseway.rails.conformance import Ground
from caseway.rails.contract import Link
from tests.rails.cmis.desk import occasion

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
