"""Our rail against OpenCMIS, read back with cmislib: neither was written here."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from caseway.core.errors import Invalid, Refused
from caseway.rails.cmis.errors import UpdateConflict
from caseway.rails.cmis.session import Session
from caseway.rails.contract import Link
from caseway.rails.registry import rail
from caseway.testing.opencmis import OpenCmisServer
from tests.peers.conftest import LIMIT, LOGIN
from tests.peers.wire import LossyWire
from tests.rails.cmis.desk import ALL, APPLICATION, Desk, document, link_to, mapping, occasion

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::SyntaxWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
CREATE_DOCUMENT = "\r\n\r\ncreateDocument"
CREATE_FOLDER = "cmisaction=createFolder"
LARGE = document("application", "Plan.pdf", Random(7).randbytes(3_000_000))
TEXT = {"type": "string", "multi": False}


def folders(repository: Any) -> list[Any]:
    return list(repository.getObjectByPath("/Onlineantraege").getChildren())


def contents(folder: Any) -> list[str]:
    return sorted(hashlib.sha256(one.getContentStream().read()).hexdigest() for one in folder.getChildren())


EXPECTED = sorted(one.sha256 for one in ALL)


@pytest.mark.mission("C-07")
def test_an_application_is_filed_whole_and_once(link: Link, repository: Any) -> None:
    receipts = Desk(link).file(occasion())

    (folder,) = folders(repository)
    assert EXPECTED == contents(folder)
    assert {one.remote_id for one in receipts.values()} == {
        one.getObjectId() for one in (folder, *folder.getChildren())
    }
    assert not any(receipt.adopted or receipt.warnings for receipt in receipts.values())


@pytest.mark.mission("C-04")
def test_names_and_values_keep_their_letters(link: Link, repository: Any) -> None:
    decomposed = "Zoe\u0308 O'Neill, Größmann \\ 100 %"
    Desk(link).file(occasion([APPLICATION], **{"service.id": decomposed}))

    (folder,) = folders(repository)
    assert "Zoë O'Neill, Größmann \\ 100 %" == folder.getProperties()["304"]
    (filed,) = folder.getChildren()
    assert filed.getName().startswith("Antrag Müller")
    assert "Antrag Müller.pdf" == filed.getProperties()["cmis:contentStreamFileName"]


@pytest.mark.mission("C-07")
@pytest.mark.parametrize("strategy", [["path"], ["children"], ["query"], ["path", "query"]])
def test_a_lost_reply_makes_no_double(
    link: Link, repository: Any, wire: LossyWire, strategy: list[str]
) -> None:
    wire.lose(CREATE_FOLDER)
    wire.lose(CREATE_DOCUMENT, times=2)

    receipts = Desk(link).file(occasion(resolved=mapping(idempotency={"strategy": strategy})))

    (folder,) = folders(repository)
    assert 3 == wire.lost
    assert EXPECTED == contents(folder)
    assert 3 == sum(one.adopted for one in receipts.values())


@pytest.mark.mission("C-07")
def test_the_key_in_an_aspect_finds_what_arrived(link: Link, repository: Any, wire: LossyWire) -> None:
    wire.lose(CREATE_FOLDER)
    wire.lose(CREATE_DOCUMENT)
    aspect = {"strategy": ["secondary"], "secondaryType": "hub:filing", "nameSuffix": "none"}

    Desk(link).file(occasion(resolved=mapping(idempotency=aspect)))

    (folder,) = folders(repository)
    assert EXPECTED == contents(folder)


def test_a_key_with_quotes_and_umlauts_is_found_by_its_query_name(
    link: Link, repository: Any, wire: LossyWire
) -> None:
    key = "O'Neill \\ Müller"
    own = {"properties": {"355": {"value": {"const": key}}, "304": {"value": {"const": "x"}}}}
    wire.lose(CREATE_FOLDER)

    receipts = Desk(link).file(occasion([], mapping(case=own, idempotency={"strategy": ["query"]})))

    (folder,) = folders(repository)
    assert (key, True) == (folder.getProperties()["355"], receipts["case"].adopted)


def test_a_document_the_server_always_fails_on_ends_with_a_person(link: Link, repository: Any) -> None:
    """It answers 500 to what it cannot keep; its limit of size is one such reason, its cipher another."""
    huge = document("application", "Film.pdf", bytes(LIMIT + 1))
    desk = Desk(link)

    with pytest.raises(Refused) as error:
        desk.file(occasion([huge]), tries=8)

    (folder,) = folders(repository)
    assert "cmis.server_error_persists" == error.value.code
    assert [] == contents(folder)


def test_what_the_server_does_not_enforce_we_do(link: Link, repository: Any) -> None:
    without = mapping(case={"type": "D_HUND"})

    with pytest.raises(Invalid) as error:
        Desk(link).file(occasion([APPLICATION], without))

    assert error.value.code.startswith("mapping.")
    assert [] == folders(repository)


def test_addresses_the_server_names_on_another_host_are_not_followed(
    opencmis: OpenCmisServer, repository: Any, link: Link, wire: LossyWire
) -> None:
    """It builds its addresses from the Host header, so the name we call it by comes back."""
    session = Session(link)

    assert session.client.endpoints.root.startswith(wire.url)
    with link_to(opencmis.url, **LOGIN) as other:
        other.cache.put("cmis.repository", dict(session.repository.info), 60)
        assert Session(other).client.endpoints.root.startswith(opencmis.url)


@pytest.mark.parametrize("lost", [0, 1, 3])
def test_a_large_document_in_pieces_has_no_byte_twice(repository: Any, wire: LossyWire, lost: int) -> None:
    with link_to(f"{wire.url}/browser", chunk_bytes=1_000_000, **LOGIN) as link:
        wire.lose("\r\n\r\nappendContent", times=lost)
        Desk(link).file(occasion([LARGE]))

    (folder,) = folders(repository)
    assert lost == wire.lost
    assert [LARGE.sha256] == contents(folder)


def test_a_stale_change_token_is_a_conflict_and_changes_nothing(link: Link, repository: Any) -> None:
    receipt = Desk(link).file(occasion([]))["case"]
    client = Session(link).client
    stale = client.object(receipt.remote_id).change_token
    client.update(receipt.remote_id, {"304": {**TEXT, "value": "eins"}}, stale)

    with pytest.raises(UpdateConflict):
        client.update(receipt.remote_id, {"304": {**TEXT, "value": "zwei"}}, stale)

    assert "eins" == folders(repository)[0].getProperties()["304"]


def test_a_foreign_document_of_our_name_stays_and_ours_is_numbered(link: Link, repository: Any) -> None:
    plain = mapping(idempotency={"nameSuffix": "none"})
    desk = Desk(link)
    desk.file(occasion([APPLICATION], plain))
    other = document("application", APPLICATION.filename, b"another application", index=9)

    receipts = desk.file(occasion([other], plain, submission="two"))

    (folder,) = folders(repository)
    assert "Antrag Müller~2.pdf" == receipts[f"document:{other.id}"].facts["name"]
    assert sorted([APPLICATION.sha256, other.sha256]) == contents(folder)


def test_a_type_that_keeps_versions_takes_its_first_one(link: Link, repository: Any) -> None:
    versioned = {"type": "DBESCHEID", "properties": {"355": {"value": {"property": "submission.id"}}}}

    receipts = Desk(link).file(occasion([APPLICATION], mapping(application=versioned)))

    filed = repository.getObject(receipts[f"document:{APPLICATION.id}"].remote_id)
    assert ("DBESCHEID", True) == (
        filed.getProperties()["cmis:objectTypeId"],
        filed.getProperties()["cmis:isMajorVersion"],
    )


def test_the_check_before_saving_passes_and_says_what_is_missing(link: Link) -> None:
    settings = link.settings.model_copy(update={"required_types": ("DPORT", "GIBTESNICHT")})

    findings = rail("cmis").check(replace(link, settings=settings)).findings

    assert {"cmis.type_missing"} == {one.code for one in findings if not one.ok}
    assert {"cmis.reachable", "cmis.version", "cmis.root_path"} <= {one.code for one in findings if one.ok}
