"""The client against recorded exchanges: what it writes, and what it understands."""

from __future__ import annotations

import io
import json
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qsl

import httpx2
import pytest
from multipart import MultipartParser

from caseway.core.errors import CasewayError
from caseway.rails.cmis.addresses import Endpoints
from caseway.rails.cmis.client import BrowserClient
from caseway.rails.cmis.multipart import Content
from tests.rails.cmis.captures import Capture, read

ENDPOINTS = Endpoints("http://dms.example/cmis/browser/A1", "http://dms.example/cmis/browser/A1/root")


@pytest.fixture
def wire(shared: Path) -> Path:
    return shared / "specs" / "cmis" / "wire"


def capture(wire: Path, number: str) -> Capture:
    (file,) = wire.glob(f"{number}-*.http")
    return read(file)


def answering(recorded: Capture, seen: list[httpx2.Request] | None = None) -> BrowserClient:
    http = recorded.client()
    if seen is not None:
        http.event_hooks = {"request": [seen.append]}
    return BrowserClient(http, ENDPOINTS)


def text(value: str, kind: str = "string", *, multi: bool = False) -> dict[str, object]:
    return {"type": kind, "multi": multi, "value": value}


FOLDER = {
    "cmis:objectTypeId": text("D_AKTE", "id"),
    "cmis:name": text("Onlinevorgang 2026-000123 Müller"),
    "355": text("2026-000123"),
    "304": text("99050048001000"),
    "310": text("2026-11-16T00:00:00+00:00", "datetime"),
    "311": text("12.50", "decimal"),
    "312": {"type": "boolean", "multi": False, "value": True},
    "313": {"type": "string", "multi": True, "value": ["Bauen", "Grünfläche"]},
    "314": {"type": "integer", "multi": False, "value": 3},
}


def test_a_folder_is_created_with_the_recorded_form(wire: Path) -> None:
    recorded, seen = capture(wire, "12"), []

    folder = answering(recorded, seen).create_folder("100", FOLDER)

    assert parse_qsl(recorded.request_body.decode()) == parse_qsl(seen[0].content.decode())
    assert (folder.id, folder.path) == ("101", "/Onlinevorgang 2026-000123 Müller")


def test_a_document_is_created_with_the_recorded_fields_and_bytes(wire: Path) -> None:
    recorded, seen = capture(wire, "56"), []
    properties = {
        "cmis:objectTypeId": text("DPORT", "id"),
        "cmis:name": text("Antrag Müller.pdf"),
        "1355": text("1"),
        "362": text("DOC01"),
    }
    content = Content("Antrag Müller.pdf", "application/octet-stream", 1, lambda: closing(io.BytesIO(b"x")))

    document = answering(recorded, seen).create_document("101", properties, content)

    theirs = dict(fields(recorded.request_body, recorded.request_headers["Content-Type"]))
    ours = dict(fields(b"".join(seen[0].stream), seen[0].headers["content-type"]))  # type: ignore[arg-type]
    assert theirs.items() <= ours.items()
    assert {"contenttype", "versioningState"} == ours.keys() - theirs.keys()
    assert (document.id, document.length, document.change_token) == ("110", 1, "1795293070504")


def fields(body: bytes, content_type: str) -> list[tuple[str, bytes]]:
    boundary = content_type.partition("boundary=")[2]
    crlf = body if b"\r\n" in body else body.replace(b"\n", b"\r\n")
    return [(part.name, part.raw) for part in MultipartParser(io.BytesIO(crlf), boundary)]


def test_full_and_succinct_answers_mean_the_same(wire: Path) -> None:
    full = answering(capture(wire, "35")).object("107")
    succinct = answering(capture(wire, "36")).object("107")

    assert full.name == succinct.name == "Antrag.pdf"
    assert full.length == succinct.length == 65


def test_a_document_without_content_has_length_zero(wire: Path) -> None:
    created = answering(capture(wire, "59")).create_document("101", {}, None)

    assert created.length == 0


def test_a_path_is_asked_segment_by_segment(wire: Path) -> None:
    recorded, seen = capture(wire, "37"), []

    answering(recorded, seen).object_by_path("/Onlinevorgang 2026-000123 Müller/Antrag.pdf")

    assert recorded.target == seen[0].url.raw_path.decode()


def test_dots_in_a_path_stay_segments_of_that_path(wire: Path) -> None:
    seen: list[httpx2.Request] = []

    answering(capture(wire, "37"), seen).object_by_path("/a/../b c/O'Neill?")

    assert "/cmis/browser/A1/root/a/%2E%2E/b%20c/O%27Neill%3F" in seen[0].url.raw_path.decode()


def test_children_and_hits_are_objects(wire: Path) -> None:
    children = list(answering(capture(wire, "39")).children("101", pages=1))
    hits = answering(capture(wire, "43")).query("SELECT …", max_items=2)

    assert [child.name for child in children] == ["Antrag.pdf", "antrag.xml"]
    assert [hit.id for hit in hits] == ["107"]


def test_a_working_copy_has_its_own_id_and_becomes_the_new_version(wire: Path) -> None:
    copy = answering(capture(wire, "71")).check_out("116")
    content = Content("a.pdf", "application/pdf", 2, lambda: closing(io.BytesIO(b"v2")))
    version = answering(capture(wire, "73")).check_in("117", {}, content, "Nachreichung")

    assert (copy.id, version.properties["cmis:versionLabel"]) == ("117", "2.0")


def test_content_is_read_as_it_is(wire: Path) -> None:
    with answering(capture(wire, "40")).content("107") as pieces:
        content = b"".join(pieces)

    assert content.startswith(b"%PDF-1.4")


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("08", "cmis.object_not_found"),
        ("13", "cmis.name_taken"),
        ("17", "cmis.constraint"),
        ("18", "cmis.invalid_argument"),
        ("19", "cmis.object_not_found"),
        ("28", "cmis.invalid_argument"),
        ("30", "cmis.name_taken"),
        ("31", "cmis.constraint"),
        ("33", "cmis.constraint"),
        ("38", "cmis.object_not_found"),
        ("41", "cmis.server_error"),
        ("62", "cmis.update_conflict"),
        ("65", "cmis.content_exists"),
        ("72", "cmis.update_conflict"),
        ("75", "cmis.not_supported"),
        ("82", "cmis.invalid_argument"),
        ("83", "cmis.object_not_found"),  # answered with 200
        ("84", "cmis.not_supported"),
        ("109", "cmis.update_conflict"),
    ],
)
def test_every_recorded_failure_has_its_code_and_keeps_the_words(wire: Path, number: str, code: str) -> None:
    recorded = capture(wire, number)

    with pytest.raises(CasewayError) as error:
        answering(recorded).update("1", {}, None)

    assert code == error.value.code
    assert json.loads(recorded.response_body)["message"] == error.value.details["remote"]


def test_the_type_definition_comes_with_inherited_properties(wire: Path) -> None:
    definition = answering(capture(wire, "07")).type_definition("DPORT")

    assert "cmis:name" in definition["propertyDefinitions"]
