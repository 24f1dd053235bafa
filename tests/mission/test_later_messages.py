"""C-08: what comes later for an application lies in its case file, whatever happens on the way."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import File
from tests.mission.conftest import DOG_TAX, Hall

pytestmark = pytest.mark.mission("C-08")

PROOF: File = ("nachweis", "Impfpass.pdf", "application/pdf", b"%PDF-1.7 proof of vaccination")


def later(accepted: dict[str, Any]) -> dict[str, Any]:
    """Return a message that continues an application, with a document."""
    return {
        "kind": "message",
        "continues": accepted["reference"],
        "form": DOG_TAX["form"],
        "service": DOG_TAX["service"],
        "message": {"subject": "Nachreichung", "body": "Anbei der Impfpass."},
        "documents": [{"part": "nachweis", "role": "attachment"}],
    }


def places(hall: Hall) -> dict[str, int]:
    """Return the case files in the DMS, and how many documents lie in each."""
    files = [one["path"] for one in hall.dms.objects() if one["base"] == "cmis:folder"]
    papers = [one["path"] for one in hall.dms.objects() if one["base"] == "cmis:document"]
    return {path: sum(one.startswith(f"{path}/") for one in papers) for path in files}


def test_a_later_document_lies_in_the_case_file_of_the_application(hall: Hall) -> None:
    first = hall.submit(DOG_TAX)
    hall.submit(later(first), [PROOF])

    assert [2] == list(places(hall).values())
    assert 0 == hall.dms.doubled()


@pytest.mark.parametrize("act", ["createFolder", "createDocument"])
def test_it_does_so_when_the_dms_swallows_its_answers(hall: Hall, act: str) -> None:
    hall.dms.misbehave("drop_reply", actions=[act], times=1)
    first = hall.submit(DOG_TAX)
    hall.dms.misbehave("drop_reply", actions=["createDocument"], times=1)
    hall.submit(later(first), [PROOF])

    hall.work_until_settled()

    assert [2] == list(places(hall).values())
    assert 0 == hall.dms.doubled()


def test_it_waits_behind_an_application_that_the_dms_refused(hall: Hall) -> None:
    hall.dms.misbehave("refuse", actions=["createFolder"], message="Heute geschlossen")
    first = hall.submit(DOG_TAX)
    second = hall.submit(later(first), [PROOF])
    states = [one["state"] for sent in (first, second) for one in hall.deliveries(sent)]
    (refused,) = hall.deliveries(first)

    hall.dms.behave()
    hall.system.call("POST", f"deliveries/{refused['id']}/retry", b"{}")
    hall.town.work()

    assert ["refused", "waiting"] == states
    assert [2] == list(places(hall).values())


def test_a_message_for_an_application_nobody_knows_is_refused_at_the_door(hall: Hall) -> None:
    said = later({"reference": "S-NOBODY"})

    answer = hall.system.submit(said, [PROOF])

    assert (422, "submission.continues_unknown") == (answer.status_code, answer.json()["code"])
    assert [] == hall.dms.objects()
