"""Documents, folders, versions, relationships, access control and the change log of the simulated DMS."""

from __future__ import annotations

import hashlib
import socket
from threading import Thread

import pytest

from caseway.rails.cmis.simulator.content import SPOOL_OVER
from tests.rails.cmis.simulator.client import BOUNDARY, Dms, multipart, properties

NOTICE = {"cmis:objectTypeId": "DBESCHEID", "cmis:name": "Bescheid.pdf", "355": "K-1"}


@pytest.mark.parametrize("size", [0, 1, 70_000, SPOOL_OVER, SPOOL_OVER + 1, 3 * SPOOL_OVER])
def test_content_comes_back_byte_for_byte(size: int, dms: Dms) -> None:
    content = bytes(i % 251 for i in range(size))
    made = dms.document("a.pdf", content)

    found = dms.get(cmisselector="content", objectId=made.id)

    assert found.body == content
    assert found.headers["content-type"] == "application/pdf"
    state = dms.simulator.objects()[-1]
    assert (state["size"], state["sha256"]) == (size, hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize(
    ("asked", "start", "end"), [("0-2", 0, 3), ("5-", 5, 10), ("-4", 6, 10), ("8-99", 8, 10)]
)
def test_a_range_of_content_can_be_read(asked: str, start: int, end: int, dms: Dms) -> None:
    made = dms.document("a.pdf", b"0123456789")
    dms.headers["Range"] = f"bytes={asked}"

    found = dms.get(cmisselector="content", objectId=made.id)

    assert (found.status, found.body) == (206, b"0123456789"[start:end])
    assert found.headers["content-range"] == f"bytes {start}-{end - 1}/10"


def test_a_document_without_content_gets_it_later_in_chunks(dms: Dms) -> None:
    values = {"cmis:objectTypeId": "DPORT", "cmis:name": "a.pdf", "355": "K", "362": "DOC01"}
    made = dms.act("createDocument", values=values)
    big = b"z" * SPOOL_OVER

    assert dms.get(cmisselector="content", objectId=made.id).exception == (409, "constraint")
    for chunk in (b"one", big, b"three"):
        sent = dms.send("appendContent", chunk, objectId=made.id, isLastChunk="false")
        assert sent.status == 201
    assert dms.get(cmisselector="content", objectId=made.id).body == b"one" + big + b"three"


def test_a_chunk_sent_twice_with_its_change_token_is_appended_once(dms: Dms) -> None:
    made = dms.document("a.pdf", b"A")
    token = made.properties["cmis:changeToken"]

    first = dms.send("appendContent", b"B", objectId=made.id, changeToken=token)
    again = dms.send("appendContent", b"B", objectId=made.id, changeToken=token)

    assert first.properties["cmis:contentStreamLength"] == 2
    assert again.exception == (409, "updateConflict")
    assert dms.get(cmisselector="content", objectId=made.id).body == b"AB"


def test_content_is_replaced_and_deleted(dms: Dms) -> None:
    made = dms.document("a.pdf", b"old")

    assert dms.send("setContent", b"new", objectId=made.id, overwriteFlag="false").exception == (
        409,
        "contentAlreadyExists",
    )
    assert dms.send("setContent", b"new", objectId=made.id).status == 201
    assert dms.get(cmisselector="content", objectId=made.id).body == b"new"
    gone = dms.act("deleteContent", objectId=made.id)
    assert gone.properties["cmis:contentStreamLength"] is None


def test_an_upload_that_is_cut_off_makes_nothing(dms: Dms) -> None:
    values = {"cmis:objectTypeId": "DPORT", "cmis:name": "a.pdf", "355": "K", "362": "DOC01"}
    body = multipart({"cmisaction": "createDocument", **properties(values)}, b"x" * 100_000)
    host, port = dms.simulator.url.removeprefix("http://").split(":")
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    head = f"POST {dms.base}/root HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n"

    with socket.create_connection((host, int(port)), timeout=5) as sock:
        sock.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:50_000])
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(100) == b""

    assert [item["type"] for item in dms.simulator.objects()] == ["cmis:folder"]


def test_eight_at_once_with_one_name_make_one_folder(dms: Dms) -> None:
    statuses: list[int] = []
    threads = [Thread(target=lambda: statuses.append(dms.folder("Akte").status)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [201] + [409] * 7


def test_children_are_paged(dms: Dms) -> None:
    for name in ("c", "a", "b"):
        dms.folder(name, "/root/Onlineantraege")

    page = dms.get("/root/Onlineantraege", orderBy="cmis:name", maxItems="2").json

    assert [entry["object"]["succinctProperties"]["cmis:name"] for entry in page["objects"]] == ["a", "b"]
    assert (page["hasMoreItems"], page["numItems"]) == (True, 3)


def test_parents_and_descendants_tell_where_things_are(dms: Dms) -> None:
    akte = dms.folder("Akte", "/root/Onlineantraege")
    document = dms.document("a.pdf", parent="/root/Onlineantraege/Akte")

    assert (
        dms.get("/root/Onlineantraege/Akte", cmisselector="parent").properties["cmis:name"]
        == "Onlineantraege"
    )
    parents = dms.get(cmisselector="parents", objectId=document.id).json
    assert [entry["object"]["succinctProperties"]["cmis:objectId"] for entry in parents] == [akte.id]
    tree = dms.get("/root/Onlineantraege", cmisselector="descendants").json
    assert tree[0]["children"][0]["object"]["object"]["succinctProperties"]["cmis:objectId"] == document.id


def test_a_folder_goes_only_when_empty_or_with_its_tree(dms: Dms) -> None:
    akte = dms.folder("Akte")
    dms.document("a.pdf", parent="/root/Akte")

    assert dms.act("delete", objectId=akte.id).exception == (409, "constraint")
    assert dms.act("deleteTree", objectId=akte.id).status == 200
    assert [item["name"] for item in dms.simulator.objects()] == ["Onlineantraege"]


def test_a_document_has_versions(dms: Dms) -> None:
    made = dms.send("createDocument", b"v1", NOTICE, versioningState="major")
    copy = dms.act("checkOut", objectId=made.id)

    assert dms.act("checkOut", objectId=made.id).exception == (409, "updateConflict")
    assert dms.act("update", values={"355": "K-2"}, objectId=made.id).exception == (409, "versioning")
    done = dms.send("checkIn", b"v2", {"355": "K-2"}, objectId=copy.id, major="true", checkinComment="neu")

    assert (done.properties["cmis:versionLabel"], done.properties["cmis:checkinComment"]) == ("2.0", "neu")
    listed = dms.get(cmisselector="versions", objectId=made.id).json
    assert [item["succinctProperties"]["cmis:versionLabel"] for item in listed] == ["2.0", "1.0"]
    assert dms.get("/root/Bescheid.pdf").body == b"v2"
    assert dms.get(cmisselector="content", objectId=made.id).body == b"v1"


def test_a_check_out_can_be_cancelled(dms: Dms) -> None:
    made = dms.send("createDocument", b"v1", NOTICE, versioningState="major")
    copy = dms.act("checkOut", objectId=made.id)

    assert dms.get("", cmisselector="checkedout").json["numItems"] == 1
    assert dms.act("cancelCheckOut", objectId=copy.id).status == 200
    assert dms.get("/root/Bescheid.pdf").body == b"v1"
    assert dms.act("checkOut", objectId=made.id).status == 201


def test_a_version_is_found_by_query_once(dms: Dms) -> None:
    made = dms.send("createDocument", b"v1", NOTICE, versioningState="major")
    copy = dms.act("checkOut", objectId=made.id)
    dms.send("checkIn", b"v2", objectId=copy.id)

    found = dms.query("SELECT cmis:objectId FROM DBESCHEID WHERE p355 = 'K-1'").json["results"]

    assert [row["succinctProperties"]["cmis:objectId"] for row in found] == [copy.id]


def test_objects_are_related(dms: Dms) -> None:
    one, other = dms.document("a.pdf"), dms.document("b.pdf")
    values = {
        "cmis:objectTypeId": "cmis:relationship",
        "cmis:name": "gehört zu",
        "cmis:sourceId": one.id,
        "cmis:targetId": other.id,
    }

    assert dms.act("createRelationship", "", values).status == 201
    found = dms.get(cmisselector="relationships", objectId=other.id, relationshipDirection="target").json
    assert found["objects"][0]["succinctProperties"]["cmis:sourceId"] == one.id


def test_access_is_granted_and_taken_back(dms: Dms) -> None:
    made = dms.folder("Akte")
    grant = {"addACEPrincipal[0]": "sachbearbeitung", "addACEPermission[0][0]": "cmis:read"}
    take = {"removeACEPrincipal[0]": "sachbearbeitung", "removeACEPermission[0][0]": "cmis:read"}

    dms.act("applyACL", objectId=made.id, **grant)
    with_ace = dms.get(cmisselector="acl", objectId=made.id).json["aces"]
    dms.act("applyACL", objectId=made.id, **take)

    assert [ace["principal"]["principalId"] for ace in with_ace] == ["anyone", "sachbearbeitung"]
    assert len(dms.get(cmisselector="acl", objectId=made.id).json["aces"]) == 1


def test_the_change_log_is_read_on_from_its_token(dms: Dms) -> None:
    before = dms.get("", cmisselector="contentChanges").json["changeLogToken"]
    made = dms.folder("Akte")
    dms.act("update", values={"304": "1"}, objectId=made.id)
    dms.act("delete", objectId=made.id)

    events = dms.get("", cmisselector="contentChanges", changeLogToken=before).json

    assert [e["changeEventInfo"]["changeType"] for e in events["objects"]] == [
        "created",
        "updated",
        "deleted",
    ]
    assert events["hasMoreItems"] is False
