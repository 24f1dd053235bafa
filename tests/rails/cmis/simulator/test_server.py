"""The HTTP server below every simulator, and how it reads forms."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.core.errors import Invalid
from caseway.rails.cmis.simulator import CmisSimulator, main
from caseway.rails.cmis.simulator.content import ContentStore
from caseway.rails.cmis.simulator.errors import CmisError
from caseway.rails.cmis.simulator.form import Reading, read_form
from caseway.rails.cmis.simulator.registry import load
from caseway.testing.simulator import Journal, Request, Response, Simulator
from caseway.testing.simulator.base import Note
from tests.rails.cmis.simulator.client import BOUNDARY, Dms, multipart

FOLDER = b"cmisaction=createFolder&propertyId[0]=cmis:objectTypeId&propertyValue[0]=cmis:folder"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


@contextmanager
def connection(simulator: Simulator) -> Iterator[socket.socket]:
    host, port = simulator.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as sock:
        yield sock


def read_answer(sock: socket.socket) -> tuple[int, bytes]:
    data = b""
    while b"\r\n\r\n" not in data:
        data += sock.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(body) < length:
        body += sock.recv(65536)
    return int(head.split(b" ")[1]), body


def name(text: bytes) -> bytes:
    return FOLDER + b"&propertyId[1]=cmis:name&propertyValue[1]=" + text


def test_a_connection_serves_many_requests(cmis_simulator: CmisSimulator) -> None:
    with connection(cmis_simulator) as sock:
        for _ in range(3):
            sock.sendall(b"GET /cmis/browser HTTP/1.1\r\nHost: x\r\n\r\n")
            assert read_answer(sock)[0] == 200


def test_a_connection_ends_when_the_client_wants_it(cmis_simulator: CmisSimulator) -> None:
    with connection(cmis_simulator) as sock:
        sock.sendall(b"GET /cmis/browser HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

        assert read_answer(sock)[0] == 200
        assert sock.recv(1) == b""


def test_a_chunked_body_is_read(cmis_simulator: CmisSimulator) -> None:
    body = name(b"chunked")
    chunks = (
        b"".join(b"%x;ext=1\r\n%s\r\n" % (len(part), part) for part in (body[:10], body[10:]))
        + b"0\r\nX: y\r\n\r\n"
    )
    with connection(cmis_simulator) as sock:
        head = b"POST /cmis/browser/DMS/root HTTP/1.1\r\nHost: x\r\n" + FORM
        sock.sendall(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)

        assert read_answer(sock)[0] == 201
        sock.sendall(b"GET /cmis/browser/DMS/root/chunked?cmisselector=object HTTP/1.1\r\nHost: x\r\n\r\n")
        assert read_answer(sock)[0] == 200


def test_a_client_that_asks_before_it_sends_is_told_to_go_on(cmis_simulator: CmisSimulator) -> None:
    body = name(b"asked")
    with connection(cmis_simulator) as sock:
        head = b"POST /cmis/browser/DMS/root HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n" + FORM
        sock.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body))

        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        assert read_answer(sock)[0] == 201


def test_a_head_request_has_no_body(cmis_simulator: CmisSimulator) -> None:
    with connection(cmis_simulator) as sock:
        sock.sendall(b"HEAD /cmis/browser HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        data = b"".join(iter(lambda: sock.recv(65536), b""))

    assert data.endswith(b"\r\n\r\n")
    assert b"Content-Length: 0" not in data


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", 431),
        (b"POST /cmis/browser/DMS HTTP/1.1\r\n" + FORM + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    ],
)
def test_what_is_not_http_is_refused(sent: bytes, status: int, cmis_simulator: CmisSimulator) -> None:
    with connection(cmis_simulator) as sock:
        sock.sendall(sent)

        assert read_answer(sock)[0] == status


def test_a_bug_of_a_simulator_is_an_answer() -> None:
    class Broken(Simulator):
        def answer(self, request: Request, note: Note) -> Response:
            note.action = "anything"
            raise KeyError("bug")

    with Broken() as simulator, connection(simulator) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\n\r\n")

        assert read_answer(sock)[0] == 500
        assert simulator.log.entries()[0].fault == "bug"


def test_open_connections_end_when_the_simulator_stops(cmis_simulator: CmisSimulator) -> None:
    with connection(cmis_simulator) as sock:
        sock.sendall(b"GET /cmis/browser HTTP/1.1\r\nHost: x\r\n\r\n")
        read_answer(sock)
        cmis_simulator.stop()

        assert sock.recv(1) == b""
        with pytest.raises(RuntimeError):
            _ = cmis_simulator.url


def form_request(body: bytes, step: int, kind: str = f"multipart/form-data; boundary={BOUNDARY}") -> Request:
    at = 0

    def read(size: int) -> bytes:
        nonlocal at
        chunk = body[at : at + min(size, step)]
        at += len(chunk)
        return chunk

    return Request("POST", "/", {"content-type": kind}, read)


@settings(max_examples=60)
@given(st.binary(max_size=2000), st.text(max_size=50), st.integers(min_value=1, max_value=300))
def test_a_form_is_the_same_however_it_is_cut(content: bytes, text: str, step: int) -> None:
    body = multipart({"_charset_": "UTF-8", "text": text}, content)

    form = read_form(form_request(body, step), Reading(ContentStore()))

    assert form.upload is not None
    assert (form.get("TEXT"), form.upload.content.data) == (text, content)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--other--\r\n",
        multipart({"a": "b"}, b"x")[:-20],
        multipart({"_charset_": "utf-8", "a": "\xff"}, b"x", "latin-1"),
        multipart({"_charset_": "klingon", "a": "b"}, b"x"),
        multipart({"a": "b" * 1_100_000}, b"x"),
        multipart({}, b"x").replace(f"--{BOUNDARY}--".encode(), multipart({}, b"y")),
    ],
)
def test_a_form_that_is_none_is_refused_and_leaves_no_file(body: bytes, tmp_path: Path) -> None:
    contents = ContentStore(tmp_path, durable=True)

    with pytest.raises(CmisError):
        read_form(form_request(body, 65536), Reading(contents))

    assert list(tmp_path.iterdir()) == []


def test_too_many_controls_are_refused(dms: Dms) -> None:
    controls = {f"x{number}": "y" for number in range(6000)}

    assert dms.act("createFolder", **controls).exception == (400, "invalidArgument")


def test_a_journal_gives_back_what_was_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "deep" / "journal")
    for number in range(3):
        journal.write({"n": number, "text": "ä\n"})
    read = list(journal.read())
    journal.close()

    assert read == [{"n": number, "text": "ä\n"} for number in range(3)]


def test_types_are_read_from_json_as_a_repository_gives_them(dms: Dms, tmp_path: Path) -> None:
    definition = dms.get("", cmisselector="typeDefinition", typeId="D_HUND").json
    akte = dms.get("", cmisselector="typeDefinition", typeId="D_AKTE").json
    file = tmp_path / "types.json"
    file.write_text(json.dumps({"types": [akte, definition], "folders": ["/a/b"]}))

    with CmisSimulator(types=file) as simulator:
        again = Dms(simulator).get("", cmisselector="typeDefinition", typeId="D_HUND").json
        paths = [item["path"] for item in simulator.objects()]

    assert again["propertyDefinitions"]["413"] == definition["propertyDefinitions"]["413"]
    assert paths == ["/a", "/a/b"]


def test_the_model_that_ships_has_numeric_ids_with_query_names() -> None:
    registry, folders = load(None)

    assert folders == ["/Onlineantraege"]
    assert registry.get("DPORT").properties["355"].query_name == "p355"
    assert [registry.get("D_HUND").properties[key].required for key in ("355", "413", "414")] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    "types",
    [
        {"types": [{"id": "X"}]},
        {"types": [{"id": "X", "parentId": "nothing"}]},
        {"types": [{"id": "cmis:folder", "parentId": "cmis:folder"}]},
        {
            "types": [
                {"id": "X", "parentId": "cmis:folder", "propertyDefinitions": {"1": {"propertyType": "?"}}}
            ]
        },
        {"types": ["X"]},
    ],
)
def test_a_file_that_holds_no_types_is_refused(types: object) -> None:
    with pytest.raises(Invalid):
        load(types)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--auth", "kerberos:x"],
        ["--fault", "nonsense"],
        ["--fault", "{"],
        ["--port", "1", "--host", "203.0.113.1"],
    ],
)
def test_a_wrong_start_is_told_and_ends(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--port", "0", *arguments]) == 2
    assert capsys.readouterr().err


def test_fixtures_start_simulators_of_ones_own(start_cmis_simulator: Callable[..., CmisSimulator]) -> None:
    one, other = start_cmis_simulator(), start_cmis_simulator(repository="B2")

    assert one.url != other.url
    assert Dms(other).get("", cmisselector="repositoryInfo").json["B2"]["rootFolderId"] == "100"


def test_a_file_of_types_that_is_no_yaml_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "types.yaml"
    file.write_text("types: [")

    with pytest.raises(Invalid):
        load(file)
