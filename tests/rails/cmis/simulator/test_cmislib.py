"""A client nobody here wrote files into the simulated DMS: cmislib 0.7.0, Browser binding.

It sends only text as property values, and warns of its own age; both are left as they are.
"""

from __future__ import annotations

import gc
import io
from collections.abc import Iterator
from typing import Any

import pytest

from caseway.rails.cmis.simulator import CmisSimulator

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::SyntaxWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
AKTE = {"cmis:objectTypeId": "D_AKTE", "355": "2026-000123"}
ANTRAG = {"cmis:objectTypeId": "DPORT", "355": "2026-000123", "362": "DOC01"}


@pytest.fixture
def repository(cmis_simulator: CmisSimulator) -> Iterator[Any]:
    from cmislib import CmisClient
    from cmislib.browser.binding import BrowserBinding

    yield CmisClient(cmis_simulator.browser_url, "hub", "secret", binding=BrowserBinding()).defaultRepository
    gc.collect()  # its unclosed sockets shall not warn in the test of somebody else


def test_it_reads_the_repository_and_its_types(repository: Any) -> None:
    assert repository.getRepositoryInfo()["cmisVersionSupported"] == "1.1"
    assert repository.getTypeDefinition("DPORT").getProperties()["362"].isRequired() is True


def test_it_files_a_case_with_umlauts_and_finds_it_again(repository: Any) -> None:
    parent = repository.getObjectByPath("/Onlineantraege")
    akte = parent.createFolder("Hundesteuer Müller", properties=dict(AKTE))
    document = akte.createDocument(
        "Antrag Müller.pdf", dict(ANTRAG), io.BytesIO(b"%PDF-1.4"), "application/pdf"
    )

    assert akte.getProperties()["355"] == "2026-000123"
    found = repository.query("SELECT * FROM D_AKTE WHERE p355 = '2026-000123'")
    assert [hit.getObjectId() for hit in found] == [akte.getObjectId()]
    by_path = repository.getObjectByPath("/Onlineantraege/Hundesteuer Müller/Antrag Müller.pdf")
    assert by_path.getObjectId() == document.getObjectId()
    assert by_path.getContentStream().read() == b"%PDF-1.4"
    assert [child.getName() for child in akte.getChildren()] == ["Antrag Müller.pdf"]


def test_it_updates_replaces_content_and_deletes(repository: Any, cmis_simulator: CmisSimulator) -> None:
    akte = repository.getRootFolder().createFolder("Akte", properties=dict(AKTE))
    document = akte.createDocument("a.pdf", dict(ANTRAG), io.BytesIO(b"old"), "application/pdf")

    changed = document.updateProperties({"362": "DOC02"})
    changed.setContentStream(io.BytesIO(b"new"), "application/pdf")

    state = cmis_simulator.objects()[-1]
    assert (state["properties"]["362"], state["size"]) == ("DOC02", 3)
    akte.deleteTree()
    assert [item["name"] for item in cmis_simulator.objects()] == ["Onlineantraege"]


def test_it_meets_the_rules_as_its_own_exceptions(repository: Any) -> None:
    from cmislib.exceptions import ObjectNotFoundException, UpdateConflictException

    root = repository.getRootFolder()
    root.createFolder("Akte", properties=dict(AKTE))

    with pytest.raises(UpdateConflictException):
        root.createFolder("Akte", properties=dict(AKTE))
    with pytest.raises(ObjectNotFoundException):
        repository.getObjectByPath("/nichts")
