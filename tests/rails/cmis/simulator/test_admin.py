"""The admin API and the page: what people and tests see of the simulated DMS."""

from __future__ import annotations

import json
import re
from importlib import resources
from urllib.parse import urlencode

from tests.rails.cmis.simulator.client import Answer, Dms


def admin(dms: Dms, method: str, path: str, data: object = None, **headers: str) -> Answer:
    body = None if data is None else json.dumps(data).encode()
    return dms.request(method, f"/_sim/{path}", body, headers)


def form(dms: Dms, name: str, /, **fields: str) -> Answer:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    return dms.request("POST", f"/_sim/form/{name}", urlencode(fields).encode(), headers)


def test_the_state_shows_every_object(dms: Dms) -> None:
    dms.folder("Akte")
    dms.document("a.pdf", b"abc", "/root/Akte")

    last = admin(dms, "GET", "state").json["objects"][-1]

    assert (last["path"], last["type"], last["size"]) == ("/Akte/a.pdf", "DPORT", 3)
    assert last["properties"] == {"355": "K-1", "362": "DOC01"}
    assert last["sha256"] == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_the_counts_are_per_type(dms: Dms) -> None:
    dms.folder("A")
    dms.folder("B")

    counted = admin(dms, "GET", "counts").json

    assert counted["types"] == {"D_AKTE": 2, "cmis:folder": 1}
    assert counted["doubled"] == 1
    assert [item["path"] for item in counted["doubles"][0]] == ["/A", "/B"]


def test_faults_are_turned_on_listed_and_turned_off(dms: Dms) -> None:
    made = admin(dms, "POST", "faults", {"kind": "refuse", "times": 1, "message": "Nein"})
    assert (made.status, made.json["message"]) == (201, "Nein")
    assert dms.folder("Akte").json["message"] == "Nein"

    listed = admin(dms, "GET", "faults").json
    assert [(fault["id"], fault["applied"], fault["spent"]) for fault in listed["faults"]] == [
        ("f1", 1, True)
    ]
    assert {"kind", "sentence", "parameters"} == set(listed["switches"][0])

    assert admin(dms, "DELETE", "faults/f1").status == 204
    assert admin(dms, "DELETE", "faults/f1").status == 404
    assert admin(dms, "DELETE", "faults").status == 204
    assert len(dms.simulator.faults) == 0


def test_a_wrong_request_to_the_admin_api_is_told_so(dms: Dms) -> None:
    assert admin(dms, "POST", "faults", {"kind": "nonsense"}).json["code"] == "simulator.unknown_fault"
    assert admin(dms, "POST", "faults", ["refuse"]).status == 400
    assert dms.request("POST", "/_sim/faults", b"{").status == 400
    assert admin(dms, "GET", "nothing").status == 404
    assert dms.request("GET", "/elsewhere").status == 404


def test_the_log_tells_what_was_asked_and_answered(dms: Dms) -> None:
    dms.simulator.faults.add("server_error", actions=["createDocument"])
    dms.folder("Akte")
    dms.document("a.pdf")

    log = admin(dms, "GET", "log").json

    assert log["total"] == 2
    assert [(e["action"], e["name"], e["status"], e["fault"]) for e in log["entries"]] == [
        ("createFolder", "Akte", 201, ""),
        ("createDocument", "a.pdf", 500, "server_error"),
    ]


def test_a_reset_forgets_objects_faults_and_log(dms: Dms) -> None:
    dms.folder("Akte")
    dms.simulator.faults.add("slow")

    assert admin(dms, "POST", "reset").status == 204
    assert [item["name"] for item in dms.simulator.objects()] == ["Onlineantraege"]
    assert (len(dms.simulator.faults), dms.simulator.log.total) == (0, 0)


def test_the_page_shows_the_tree_the_object_and_the_log(dms: Dms) -> None:
    dms.folder("Akte <Müller>".replace("<", "(").replace(">", ")"))
    made = dms.document("a & b.pdf", b"abc", "/root/Akte (Müller)")

    page = dms.request("GET", f"/?id={made.id}").body.decode()

    for text in (
        "Akte (Müller)",
        "a &amp; b.pdf",
        "Auftrag-ID (355)",
        "K-1",
        "createDocument",
        "nothing filed twice",
    ):
        assert text in page
    assert not re.search(r"https?://(?!127\.0\.0\.1)", page)
    assert "<script" not in page


def test_the_forms_of_the_page_work_without_a_script(dms: Dms) -> None:
    added = form(dms, "add", kind="slow", value="0.05", actions="query", name="", times="3")
    fault = next(iter(dms.simulator.faults))

    assert (added.status, added.headers["location"]) == (303, "/#switches")
    assert (fault.kind, fault.parameters, fault.times) == ("slow", {"seconds": 0.05}, 3)
    assert "Turn off slow" in dms.request("GET", "/").body.decode()
    assert form(dms, "remove", id=fault.id).status == 303
    assert len(dms.simulator.faults) == 0


def test_a_form_of_another_site_is_refused(dms: Dms) -> None:
    answer = dms.request("POST", "/_sim/form/reset", b"", {"Sec-Fetch-Site": "cross-site"})

    assert answer.status == 403


def test_every_switch_and_admin_function_is_described(dms: Dms) -> None:
    text = (resources.files("caseway.rails.cmis.simulator") / "README.md").read_text(encoding="utf-8")

    assert [kind for kind in dms.simulator.faults.known if f"`{kind}`" not in text] == []
    assert [
        path for path in ("state", "counts", "faults", "log", "reset") if f"/_sim/{path}" not in text
    ] == []
