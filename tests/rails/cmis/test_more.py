"""New versions, access rights, dates without time, changed types, the rehearsal of a mapping, a crash."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from caseway.core.errors import Refused
from caseway.rails.cmis.rehearse import rehearse
from caseway.rails.cmis.simulator import CmisSimulator
from caseway.rails.contract import Link
from caseway.rails.registry import rail
from tests.rails.cmis.desk import ALL, APPLICATION, Desk, document, link_to, mapping, occasion

VERSIONED: dict[str, Any] = {
    "idempotency": {"nameSuffix": "none"},
    "application": {
        "type": "DBESCHEID",
        "onExisting": "newVersion",
        "properties": {"355": {"value": {"property": "case.id"}}},
    },
}
AGAIN = document("application", APPLICATION.filename, b"%PDF corrected application", index=9)


def documents(dms: CmisSimulator) -> list[dict[str, Any]]:
    return [one for one in dms.objects() if one["sha256"]]


def test_a_document_handed_in_again_becomes_a_new_version(dms: CmisSimulator, desk: Desk) -> None:
    desk.file(occasion([APPLICATION], mapping(**VERSIONED)))

    receipts = desk.file(occasion([AGAIN], mapping(**VERSIONED), submission="two"))

    receipt = receipts[f"document:{AGAIN.id}"]
    assert (receipt.warnings, receipt.facts["version"]) == (("cmis.new_version",), "2.0")
    assert AGAIN.sha256 in {one["sha256"] for one in documents(dms)}


@pytest.mark.parametrize("action", ["checkOut", "checkIn"])
def test_a_reply_lost_while_versioning_makes_no_third_version(
    dms: CmisSimulator, desk: Desk, action: str
) -> None:
    desk.file(occasion([APPLICATION], mapping(**VERSIONED)))
    dms.faults.add("drop_reply", actions=[action], times=1)

    if action == "checkOut":  # the copy we made is not known to be ours: a person looks
        with pytest.raises(Refused) as error:
            desk.file(occasion([AGAIN], mapping(**VERSIONED), submission="two"))
        assert error.value.code == "cmis.update_conflict"
        return
    receipts = desk.file(occasion([AGAIN], mapping(**VERSIONED), submission="two"))

    assert receipts[f"document:{AGAIN.id}"].facts["version"] == "2.0"


def test_a_version_the_dms_refuses_leaves_nothing_checked_out(dms: CmisSimulator, desk: Desk) -> None:
    desk.file(occasion([APPLICATION], mapping(**VERSIONED)))
    dms.faults.add("refuse", actions=["checkIn"], times=1)
    with pytest.raises(Refused):
        desk.file(occasion([AGAIN], mapping(**VERSIONED), submission="two"))

    receipts = desk.file(occasion([AGAIN], mapping(**VERSIONED), submission="two"))

    assert receipts[f"document:{AGAIN.id}"].facts["version"] == "2.0"


def test_access_rights_are_a_step_of_their_own(dms: CmisSimulator, desk: Desk) -> None:
    entry = {"principal": "sachbearbeitung", "permissions": ["cmis:read"]}
    dms.faults.add("drop_reply", actions=["applyACL"], times=1)

    receipts = desk.file(occasion([], mapping(case={"acl": [entry]})))

    assert list(receipts) == ["case", "access:case"]
    assert desk.attempts["access:case"] == 2  # lost once; adding the same entry again changes nothing


def test_a_message_without_a_file_is_an_object_without_content(dms: CmisSimulator, desk: Desk) -> None:
    desk.file(occasion([]))

    receipts = desk.file(occasion([], submission="two", kind="message", **{"message.id": "m-1"}))

    assert list(receipts) == ["case", "message:m-1"]
    assert [] == documents(dms)


@pytest.mark.parametrize(
    ("policy", "sent"), [("noon", "2026-06-17T12:00:00"), ("as_is", "2026-06-17T00:30:00")]
)
def test_a_day_without_a_time_is_noon_of_the_place(dms: CmisSimulator, policy: str, sent: str) -> None:
    day = {"value": {"const": "2026-06-16T22:30:00+00:00"}}
    hund = {"type": "D_HUND", "properties": {"411": day, "413": {"value": {"const": "R017"}}}}
    with link_to(dms.browser_url, date_only=policy) as link:
        rail("cmis").plan(occasion([], mapping(case=_with_key(hund))), link)
        kept = link.cache.get("cmis.type:DMS:D_HUND")
        assert kept is not None
        kept["propertyDefinitions"]["411"]["resolution"] = "date"

        (step,) = rail("cmis").plan(occasion([], mapping(case=_with_key(hund))), link)

    assert step.payload["properties"]["411"]["value"].startswith(sent)


def _with_key(target: dict[str, Any]) -> dict[str, Any]:
    key = {"355": {"value": {"property": "submission.id"}}}
    return {**target, "properties": {**target["properties"], **key}}


def test_types_that_changed_since_planning_explain_a_refusal(dms: CmisSimulator, desk: Desk) -> None:
    dms.faults.add("refuse", actions=["createFolder"], message="unknown property")
    (planned,) = rail("cmis").plan(occasion([]), desk.link)
    older = replace(planned, payload={**planned.payload, "fingerprints": {"D_AKTE": "older"}})

    with pytest.raises(Refused) as error:
        desk.go(older, None)

    assert error.value.code == "cmis.types_changed"
    assert error.value.details["types"] == ["D_AKTE"]
    assert error.value.details["remote"] == "unknown property"


def test_types_are_fetched_once_for_many_applications(dms: CmisSimulator, desk: Desk) -> None:
    desk.file(occasion())
    asked = [note for note in dms.log.entries() if note.action == "typeDefinition"]

    rail("cmis").plan(occasion(submission="two"), desk.link)

    assert asked == [note for note in dms.log.entries() if note.action == "typeDefinition"]


def test_a_rehearsal_files_a_sample_and_leaves_nothing(dms: CmisSimulator, link: Link) -> None:
    before = dms.objects()

    report = rehearse(link, occasion(), "/Onlineantraege")

    assert report.ok
    assert [finding.code for finding in report.findings] == ["cmis.rehearsed"] * 4
    assert before == dms.objects()


def test_a_rehearsal_that_fails_half_way_leaves_nothing_either(dms: CmisSimulator, link: Link) -> None:
    before = dms.objects()
    dms.faults.add("refuse", actions=["createDocument"], after=1)

    report = rehearse(link, occasion(), "/Onlineantraege")

    assert [finding.ok for finding in report.findings] == [True, True, False]
    assert before == dms.objects()


def test_eight_workers_at_once_make_one_case(dms: CmisSimulator) -> None:
    def work(_: int) -> str:
        with link_to(dms.browser_url) as link:
            return Desk(link).file(occasion())["case"].remote_id

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(work, range(8)))

    assert len(ids) == 1
    assert [] == dms.doubles()
    assert len(documents(dms)) == len(ALL)


CRASH = """
import sys
from tests.rails.cmis.desk import *
with link_to(sys.argv[1]) as link:
    desk = Desk(link)
    planned = rail("cmis").plan(occasion([]), link)
    print("planned", flush=True)
    desk.go(planned[0], None)
"""


@pytest.mark.crash
def test_a_crash_after_the_effect_is_found_by_the_probe(dms: CmisSimulator, desk: Desk) -> None:
    environment = {**os.environ, "CASEWAY_CRASH": "send.after_effect_before_reply"}
    command = [sys.executable, "-c", CRASH, dms.browser_url]
    died = subprocess.run(
        command, cwd=Path(__file__).parents[3], env=environment, capture_output=True, timeout=60, check=False
    )
    desk.unknown.add("case")
    desk.attempts["case"] = 1

    receipts = desk.file(occasion([]))

    assert died.returncode == -signal.SIGKILL
    assert receipts["case"].adopted
    assert [] == dms.doubles()
