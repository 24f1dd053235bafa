"""What the simulated DMS does wrong when it is told to, and to whom."""

from __future__ import annotations

import http.client
import time
from datetime import timedelta

import pytest

from caseway.core.clock import clock
from caseway.core.errors import Invalid
from caseway.rails.cmis.simulator import CmisSimulator
from tests.rails.cmis.simulator.client import Dms

pytestmark = pytest.mark.mission("X-04")


@pytest.mark.parametrize(
    ("switch", "parameters", "expected"),
    [
        ("refuse", {"message": "Nein"}, (409, "constraint")),
        ("unavailable", {"retry_after": 7}, (503, "serviceUnavailable")),
        ("server_error", {}, (500, "runtime")),
        ("rate_limited", {}, (429, "tooManyRequests")),
        ("unauthorized", {}, (401, "unauthorized")),
        ("forbidden", {}, (403, "permissionDenied")),
        ("locked", {}, (409, "versioning")),
    ],
)
def test_a_refusal_has_its_status_and_no_effect(
    switch: str, parameters: dict[str, object], expected: tuple[int, str], dms: Dms
) -> None:
    dms.simulator.faults.add(switch, actions=["createFolder"], **parameters)

    assert dms.folder("Akte").exception == expected
    assert [item["name"] for item in dms.simulator.objects()] == ["Onlineantraege"]


@pytest.mark.parametrize(("switch", "seconds"), [("unavailable", 7), ("rate_limited", 3)])
def test_a_pause_is_asked_for_in_seconds(switch: str, seconds: int, dms: Dms) -> None:
    dms.simulator.faults.add(switch, retry_after=seconds)

    assert dms.folder("Akte").headers["retry-after"] == str(seconds)


def test_a_proxy_answers_with_a_page(dms: Dms) -> None:
    dms.simulator.faults.add("html_error", status=504)
    answer = dms.folder("Akte")

    assert (answer.status, answer.headers["content-type"]) == (504, "text/html; charset=utf-8")


def test_a_redirect_leads_elsewhere(dms: Dms) -> None:
    dms.simulator.faults.add("redirect", location="http://10.0.0.1/")

    assert dms.get("", cmisselector="repositoryInfo").headers["location"] == "http://10.0.0.1/"


@pytest.mark.parametrize("content", [b"content", b"on disk" * 300_000], ids=["in memory", "on disk"])
def test_a_dropped_reply_leaves_its_effect(content: bytes, dms: Dms) -> None:
    dms.simulator.faults.add("drop_reply", actions=["createDocument"], times=1)

    with pytest.raises(http.client.RemoteDisconnected):
        dms.document("a.pdf", content)

    assert dms.get("/root/a.pdf").body == content
    assert dms.simulator.log.entries()[-2].fault == "drop_reply"


def test_a_cut_connection_has_no_effect(dms: Dms) -> None:
    dms.simulator.faults.add("cut_connection", actions=["createDocument"], bytes=1000, times=1)

    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        dms.document("a.pdf", b"x" * 3_000_000)

    assert dms.get("/root/a.pdf").exception == (404, "objectNotFound")
    assert dms.document("a.pdf", b"x").status == 201


def test_a_connection_is_cut_on_a_call_without_content_too(dms: Dms) -> None:
    dms.simulator.faults.add("cut_connection", actions=["createFolder"])

    with pytest.raises(http.client.RemoteDisconnected):
        dms.folder("Akte")

    assert len(dms.simulator.objects()) == 1


@pytest.mark.parametrize("status", [413, 500])
def test_a_body_over_the_limit_is_refused(status: int, dms: Dms) -> None:
    dms.simulator.faults.add("too_large", bytes=100_000, status=status)

    assert dms.document("big.pdf", b"x" * 300_000).status == status
    assert dms.document("small.pdf", b"x" * 1000).status == 201


def test_a_slow_answer_comes_late(dms: Dms) -> None:
    dms.simulator.faults.add("slow", seconds=0.2, actions=["object"])
    begun = time.monotonic()

    assert dms.get("/root", cmisselector="object").status == 200
    assert time.monotonic() - begun >= 0.2


def test_a_taken_name_is_changed_and_shows_as_a_double(dms: Dms) -> None:
    dms.simulator.faults.add("rename_on_conflict")
    dms.document("a.pdf", b"x")

    renamed = dms.document("a.pdf", b"x")

    assert renamed.properties["cmis:name"] == "a (1).pdf"
    assert [[item["name"] for item in group] for group in dms.simulator.doubles()] == [["a.pdf", "a (1).pdf"]]


def test_a_second_case_of_one_key_is_a_double_and_documents_of_one_case_are_none(dms: Dms) -> None:
    dms.folder("Akte", key="K-1")
    dms.document("a.pdf", parent="/root/Akte", key="K-1")
    dms.document("b.pdf", parent="/root/Akte", key="K-1")
    assert dms.simulator.doubles() == []

    dms.folder("Akte 2", key="K-1")

    assert [len(group) for group in dms.simulator.doubles()] == [2]


def test_a_key_of_its_own_makes_a_double_wherever_it_is(dms: Dms) -> None:
    aspect = {"cmis:secondaryObjectTypeIds": ["hub:filing"], "hub:key": "s/d"}
    values = {"cmis:objectTypeId": "DPORT", "355": "K", "362": "DOC01", **aspect}
    for name in ("a.pdf", "b.pdf"):
        dms.send("createDocument", b"x", {**values, "cmis:name": name})

    assert [len(group) for group in dms.simulator.doubles()] == [2]


def test_a_query_lags_behind_and_a_path_does_not(dms: Dms) -> None:
    dms.simulator.faults.add("query_lag", seconds=30)
    dms.folder("Akte")
    statement = "SELECT cmis:objectId FROM D_AKTE WHERE p355 = 'K-1'"

    assert dms.query(statement).json["numItems"] == 0
    assert dms.get("/root/Akte", cmisselector="object").status == 200
    with clock.hold() as held:
        held.advance(timedelta(seconds=31))
        assert dms.query(statement).json["numItems"] == 1


@pytest.mark.parametrize("where", ["cmis:name IN ('a')", "cmis:name = 'a' OR p355 = 'b'", "IN_FOLDER('100')"])
def test_a_simple_repository_refuses_more_than_one_predicate(where: str, dms: Dms) -> None:
    dms.simulator.faults.add("no_in_or")

    assert dms.query(f"SELECT cmis:objectId FROM D_AKTE WHERE {where}").exception == (400, "invalidArgument")
    assert dms.query("SELECT cmis:objectId FROM D_AKTE WHERE p355 = 'b'").status == 200


def test_a_column_of_a_custom_type_breaks_a_server(dms: Dms) -> None:
    dms.simulator.faults.add("no_custom_columns")

    assert dms.query("SELECT p355 FROM D_AKTE").exception == (500, "runtime")
    assert dms.query("SELECT * FROM D_AKTE").status == 200


def test_every_change_token_can_be_stale(dms: Dms) -> None:
    made = dms.folder("Akte")
    dms.simulator.faults.add("stale_token", times=1)
    call = {"objectId": made.id, "changeToken": made.properties["cmis:changeToken"]}

    assert dms.act("update", values={"304": "1"}, **call).exception == (409, "updateConflict")
    assert dms.act("update", values={"304": "1"}, **call).status == 200


def test_repository_info_can_name_another_host(dms: Dms) -> None:
    dms.simulator.faults.add("wrong_host", host="dms.intern")

    info = dms.get("", cmisselector="repositoryInfo").json["DMS"]

    assert info["rootFolderUrl"] == "http://dms.intern/cmis/browser/DMS/root"


@pytest.mark.parametrize(
    ("switch", "charset", "stored"),
    [
        (None, "", "MÃ¼ller.pdf"),
        (None, "UTF-8", "Müller.pdf"),
        ("utf_8", "", "Müller.pdf"),
        ("iso_8859_1", "UTF-8", "MÃ¼ller.pdf"),
    ],
)
def test_text_of_a_multipart_form_is_iso_8859_1_unless_told_otherwise(
    switch: str | None, charset: str, stored: str, dms: Dms
) -> None:
    if switch:
        dms.simulator.faults.add(switch)
    values = {"cmis:objectTypeId": "DPORT", "cmis:name": "Müller.pdf", "355": "K", "362": "DOC01"}

    made = dms.send("createDocument", b"x", values, charset=charset)

    assert made.properties["cmis:name"] == stored


def test_a_fault_applies_only_in_its_scope(dms: Dms) -> None:
    dms.simulator.faults.add("server_error", actions="createDocument", name="*.xml", after=1, times=1)

    statuses = [dms.document(name).status for name in ("a.pdf", "a.xml", "b.xml", "c.xml")]

    assert statuses == [201, 201, 500, 201]


def test_a_fault_by_object_sees_the_name_of_the_object(dms: Dms) -> None:
    made = dms.document("a.xml")
    dms.simulator.faults.add("refuse", name="*.xml")

    assert dms.send("setContent", b"y", objectId=made.id).status == 409


def test_a_probability_is_drawn_the_same_way_every_time() -> None:
    outcomes = []
    for _ in range(2):
        with CmisSimulator(faults=[{"kind": "server_error", "probability": 0.5, "seed": 7}]) as simulator:
            dms = Dms(simulator)
            outcomes.append([dms.get("", cmisselector="repositoryInfo").status for _ in range(20)])

    assert outcomes[0] == outcomes[1]
    assert set(outcomes[0]) == {200, 500}


@pytest.mark.parametrize(
    ("kind", "settings"), [("nonsense", {}), ("slow", {"bytes": 1}), ("slow", {"seconds": "soon"})]
)
def test_a_switch_that_does_not_exist_is_refused(kind: str, settings: dict[str, object], dms: Dms) -> None:
    with pytest.raises(Invalid):
        dms.simulator.faults.add(kind, **settings)
