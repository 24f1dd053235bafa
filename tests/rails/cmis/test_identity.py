"""Whose object is it? Nobody else's is ever taken or overwritten, and two of ours are never hidden."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from caseway.core.errors import Refused
from caseway.rails.cmis.answer import CmisObject
from caseway.rails.cmis.identity import Claim, claim
from caseway.rails.cmis.simulator import CmisSimulator
from caseway.rails.cmis.target import ContentFacts, Key, Target, numbered_names
from caseway.rails.contract import PlannedStep
from caseway.rails.registry import rail
from tests.rails.cmis.desk import APPLICATION, Desk, document, link_to, mapping, occasion

CASE_KEY = {"355": {"value": {"property": "case.id"}}, "362": {"value": {"const": "DOC01"}}}
SHARED = mapping(idempotency={"nameSuffix": "none"}, application={"properties": CASE_KEY})
KEY = f"document:{APPLICATION.id}"


def documents(dms: CmisSimulator) -> list[str]:
    return sorted(one["sha256"] for one in dms.objects() if one["sha256"])


def planned(desk: Desk, resolved: dict[str, Any] = SHARED) -> PlannedStep:
    return next(
        one for one in rail("cmis").plan(occasion([APPLICATION], resolved), desk.link) if one.key == KEY
    )


def test_where_the_key_names_only_the_case_name_and_content_prove_it(dms: CmisSimulator, desk: Desk) -> None:
    dms.faults.add("drop_reply", actions=["createDocument"], times=1)

    receipts = desk.file(occasion([APPLICATION], SHARED))

    assert receipts[KEY].adopted
    assert [APPLICATION.sha256] == documents(dms)


@pytest.mark.parametrize("content", [b"x", b"%PDF-1.7 APPLICATION", b"%PDF-1.7 application, and more"])
def test_another_document_of_the_case_with_our_name_is_never_overwritten(
    dms: CmisSimulator, desk: Desk, content: bytes
) -> None:
    other = document("application", APPLICATION.filename, content, index=9)
    desk.file(occasion([other], SHARED, submission="zero"))

    receipts = desk.file(occasion([APPLICATION], SHARED))

    assert sorted([other.sha256, APPLICATION.sha256]) == documents(dms)
    assert receipts[KEY].facts["name"] == "Antrag Müller~2.pdf"


def test_a_document_too_large_to_compare_is_a_matter_for_a_person(dms: CmisSimulator) -> None:
    dms.faults.add("drop_reply", actions=["createDocument"], times=1)

    with link_to(dms.browser_url, verify_bytes=0) as link, pytest.raises(Refused) as error:
        Desk(link).file(occasion([APPLICATION], SHARED))

    assert error.value.code == "cmis.cannot_tell"


def test_a_document_of_ours_that_somebody_lengthened_is_a_matter_for_a_person(
    dms: CmisSimulator, desk: Desk
) -> None:
    desk.file(occasion([APPLICATION], mapping()))
    append(desk, desk.receipts[KEY].remote_id, b" and a note")

    with pytest.raises(Refused) as error:
        rail("cmis").probe(desk.step(planned(desk, mapping()), APPLICATION), desk.link)

    assert error.value.code == "cmis.content_differs"


def append(desk: Desk, object_id: str, more: bytes) -> None:
    root = f"{desk.link.settings.service_url}/DMS/root"
    form = {"cmisaction": "appendContent", "isLastChunk": "true"}
    desk.link.client.post(
        root, params={"objectId": object_id}, data=form, files={"content": ("a.pdf", more)}
    ).raise_for_status()


@pytest.mark.parametrize("strategy", ["query", "children"])
def test_two_objects_with_one_key_raise_an_alarm_and_no_guess(
    dms: CmisSimulator, desk: Desk, strategy: str
) -> None:
    own = mapping(
        idempotency={"strategy": [strategy], "nameSuffix": "none"},
        application={"properties": {**CASE_KEY, "355": {"value": {"property": "document.id"}}}},
    )
    step = planned(desk, own)
    desk.file(occasion([APPLICATION], own))
    twin = replace(step, key="twin", payload={**step.payload, "name": "twin.pdf"})
    desk.go(twin, APPLICATION)

    with pytest.raises(Refused) as error:
        rail("cmis").probe(desk.step(step, APPLICATION), desk.link)

    assert error.value.code == "cmis.duplicate_found"
    assert len(error.value.details["object_ids"]) == 2


TARGET = Target(
    role="application",
    base="cmis:document",
    type="DPORT",
    name="Antrag (k1).pdf",
    token="(k1)",
    parent={"step": "case"},
    properties={},
    keys=(Key("355", "s1", unique=False),),
    content=ContentFacts("Antrag.pdf", "application/pdf", 3, "00"),
)


def there(**changes: Any) -> CmisObject:
    known = {
        "cmis:objectId": "1",
        "cmis:name": "Antrag (k1).pdf",
        "cmis:baseTypeId": "cmis:document",
        "355": "s1",
    }
    return CmisObject({**known, **{name.replace("__", ":"): value for name, value in changes.items()}})


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (there(), Claim.OURS),
        (there(cmis__name="Antrag (k1)~2.pdf"), Claim.OURS),
        (there(cmis__name="Antrag (k1) (1).pdf"), Claim.OURS),
        (there(cmis__name="Antrag (k2).pdf"), Claim.FOREIGN),
        (there(cmis__baseTypeId="cmis:folder"), Claim.FOREIGN),
        (there(**{"355": "s2"}), Claim.FOREIGN),
        (there(**{"355": None}), Claim.OURS),  # hidden by the server; the name carries our key
        (there(**{"355": None, "cmis__name": "Antrag.pdf"}), Claim.FOREIGN),
    ],
)
def test_the_claim_follows_key_and_name(found: CmisObject, verdict: Claim) -> None:
    assert verdict is claim(found, TARGET)


def test_the_same_name_in_the_same_case_is_perhaps_ours() -> None:
    plain = replace(TARGET, name="Antrag.pdf", token=None)

    assert claim(there(cmis__name="Antrag~3.pdf"), plain) is Claim.PERHAPS
    assert claim(there(cmis__name="Vollmacht.pdf"), plain) is Claim.FOREIGN


def test_composed_and_decomposed_umlauts_are_the_same_key() -> None:
    keyed = replace(TARGET, keys=(Key("355", "M\u00fcller", unique=True),))

    assert claim(there(**{"355": "Mu\u0308ller"}), keyed) is Claim.OURS


def test_a_target_is_read_back_from_its_step_as_it_was() -> None:
    assert Target.read(TARGET.payload()) == TARGET


def test_numbers_go_before_the_extension_and_only_before_one() -> None:
    assert list(numbered_names("Antrag.pdf", 3)) == ["Antrag.pdf", "Antrag~2.pdf", "Antrag~3.pdf"]
    assert list(numbered_names("S-1 Nr. 7 Hund", 2)) == ["S-1 Nr. 7 Hund", "S-1 Nr. 7 Hund~2"]
