"""The simulator against a server of others: every capture of the lab's Browser binding is asked again.

Compared are the status, the name of the exception, and the JSON: keys and types everywhere, and the values of
properties where they are not a matter of the clock. `DIFFERENT` lists what is different on purpose.
"""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from caseway.rails.cmis.simulator import CmisSimulator
from tests.rails.cmis.simulator.capture import Capture, Message, parse, read

# Where the simulator differs on purpose. number: what is not compared, and why
DIFFERENT = {
    1: ("json", "capabilities are those of the simulator; names and addresses are compared below"),
    2: ("json", "as 1"),
    3: ("json", "the properties of the base types have no defaultValue; the rest is compared below"),
    4: ("json", "as 3"),
    5: ("json", "as 3"),
    7: ("json", "as 3"),
    9: ("json", "the lab has types of its own; the one both have is compared below"),
    41: (
        "status exception json values",
        "the lab server fails on a column of a custom type: no_custom_columns",
    ),
    50: ("status exception json values", "as 41"),
    81: ("json", "as 1; with auth= the simulator asks for credentials"),
    86: ("json values", "the answer is the object: the cookie of `token` serves browsers only"),
    108: ("values", "the lab had made other objects before: other ids"),
    110: ("values", "as 108"),
    111: ("values", "as 108"),
}
# The lab enforces no required property (w14, w15, w16, w55); the simulator does, unless lax_required is on.
FAULTS = ["lax_required"]
# keys the standard does not know: the lab server's own
OWN_KEYS = {"exampleExtension", "TypeMutability"}
# what the clock decides
CLOCK = re.compile(r"creationDate|lastModificationDate|changeToken|changeTime|latestChangeLogToken")


@pytest.fixture(scope="module")
def captures(shared: Path) -> list[Capture]:
    files = (shared / "specs" / "cmis" / "wire").glob("*-browser-*.http")
    return sorted((read(file) for file in files), key=lambda capture: capture.number)


@pytest.fixture(scope="module")
def replay(captures: list[Capture]) -> Iterator[Replay]:
    simulator = CmisSimulator(repository="A1", types={"types": []}, faults=FAULTS)
    with simulator:
        replayed = Replay(simulator)
        for capture in captures:
            if capture.number == 108:
                replayed.make_chunked_document(find(captures, 110))
            replayed.ask(capture)
        yield replayed
        replayed.close()


class Replay:
    """Asks the captures in their order, with the change tokens and ids of this run."""

    def __init__(self, simulator: CmisSimulator) -> None:
        self.answers: dict[int, tuple[int, Message]] = {}
        self._connection = http.client.HTTPConnection(urlsplit(simulator.url).netloc, timeout=10)
        self._ours: dict[bytes, bytes] = {}

    def ask(self, capture: Capture) -> None:
        method, target, _ = capture.request.start.split(" ")
        body = self._in_our_words(capture.request.body)
        headers = {name: value for name, value in capture.request.headers.items() if name != "host"}
        url = self._in_our_words(target.encode()).decode()
        self._connection.request(method, url, body or None, headers | {"Host": "dms.example"})
        self.answers[capture.number] = self._answer()
        self._learn(capture)

    def close(self) -> None:
        self._connection.close()

    def _answer(self) -> tuple[int, Message]:
        response = self._connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return response.status, Message("", headers, response.read())

    def _in_our_words(self, data: bytes) -> bytes:
        for theirs, ours in self._ours.items():
            data = data.replace(theirs, ours)
        return data

    def _learn(self, capture: Capture) -> None:
        message = self.answers[capture.number][1]
        theirs, ours = _token(capture.json), _token(parse(message.headers, message.body))
        if theirs and ours:
            self._ours[theirs.encode()] = ours.encode()

    def make_chunked_document(self, template: Capture) -> None:
        """The document of 108 and 109 came from a request that was not captured; 110 made one like it."""
        body = template.request.body.replace(b"unfiled.pdf", b"chunks.bin").replace(b"a.pdf", b"c.bin")
        body = body.replace(b"application/pdf", b"application/octet-stream")
        headers = {**template.request.headers, "host": "dms.example", "content-length": str(len(body))}
        self._connection.request("POST", "/cmis/browser/A1", body, headers)
        message = self._answer()[1]
        made = parse(message.headers, message.body)["succinctProperties"]
        self._ours[b"1795293752897"] = made["cmis:changeToken"].encode()
        self._ours[b"objectId=725"] = b"objectId=" + made["cmis:objectId"].encode()


def _token(data: Any) -> str | None:
    found = data.get("succinctProperties") or data.get("properties") if isinstance(data, dict) else None
    token = found.get("cmis:changeToken") if found else None
    return token["value"] if isinstance(token, dict) else token


EVERY = [*range(1, 10), *range(12, 90), *range(108, 112)]


def compared(aspect: str) -> list[int]:
    return [number for number in EVERY if aspect not in DIFFERENT.get(number, ("",))[0].split()]


def shape(data: Any) -> Any:
    """Keys and types; a list of objects is as its first. `null` stays `null`."""
    if isinstance(data, dict):
        return {name: shape(value) for name, value in data.items() if name not in OWN_KEYS}
    if isinstance(data, list):
        return [shape(data[0])] if data else []
    return type(data).__name__


def find(captures: list[Capture], number: int) -> Capture:
    return next(capture for capture in captures if capture.number == number)


def test_every_capture_of_the_browser_binding_is_asked(captures: list[Capture]) -> None:
    assert [capture.number for capture in captures] == EVERY


@pytest.mark.parametrize("number", compared("status"))
def test_the_status_is_that_of_the_lab_server(number: int, captures: list[Capture], replay: Replay) -> None:
    expected = find(captures, number).status

    assert expected == replay.answers[number][0]


@pytest.mark.parametrize("number", compared("exception"))
def test_the_exception_is_that_of_the_lab_server(
    number: int, captures: list[Capture], replay: Replay
) -> None:
    expected, ours = _both(number, captures, replay)

    assert _exception(expected) == _exception(ours)


@pytest.mark.parametrize("number", compared("json"))
def test_the_json_has_the_keys_and_types_of_the_lab_server(
    number: int, captures: list[Capture], replay: Replay
) -> None:
    expected, ours = _both(number, captures, replay)

    assert shape(expected) == shape(ours)


@pytest.mark.parametrize("number", compared("values"))
def test_the_properties_have_the_values_of_the_lab_server(
    number: int, captures: list[Capture], replay: Replay
) -> None:
    expected, ours = _both(number, captures, replay)

    assert _values(expected) == _values(ours)


@pytest.mark.parametrize("number", [1, 2, 81])
def test_the_repository_is_described_with_the_keys_of_the_lab_server(
    number: int, captures: list[Capture], replay: Replay
) -> None:
    expected, ours = _both(number, captures, replay)

    assert set(expected["A1"]) == set(ours["A1"])
    assert {key: expected["A1"][key] for key in ("repositoryUrl", "rootFolderUrl", "rootFolderId")} == {
        key: ours["A1"][key] for key in ("repositoryUrl", "rootFolderUrl", "rootFolderId")
    }


@pytest.mark.parametrize("number", [3, 4, 5, 6, 7])
def test_a_type_is_described_with_the_keys_of_the_lab_server(
    number: int, captures: list[Capture], replay: Replay
) -> None:
    expected, ours = _both(number, captures, replay)
    own, theirs = ours.pop("propertyDefinitions"), expected.pop("propertyDefinitions")

    assert shape(expected) == shape(ours)
    assert set(theirs) == set(own)
    for name, definition in theirs.items():
        definition.pop("defaultValue", None)
        assert shape(definition) == shape(own[name])
        assert _rules(definition) == _rules(own[name])


def test_a_type_among_children_has_the_keys_of_the_lab_server(
    captures: list[Capture], replay: Replay
) -> None:
    expected, ours = _both(9, captures, replay)
    lab = next(item for item in expected["types"] if item["id"] == "DPORT")

    assert shape(lab) == shape(next(item for item in ours["types"] if item["id"] == "DPORT"))


@pytest.mark.parametrize("number", [40, 69])
def test_content_comes_back_byte_for_byte(number: int, captures: list[Capture], replay: Replay) -> None:
    expected = find(captures, number).response
    ours = replay.answers[number][1]

    assert expected.body.rstrip(b"\r\n") == ours.body.rstrip(b"\r\n")
    assert expected.headers["content-type"] == ours.headers["content-type"]


@pytest.mark.parametrize("number", [66, 67, 71, 73])
def test_a_changed_object_is_located_as_by_the_lab_server(
    number: int, captures: list[Capture], replay: Replay
) -> None:
    expected = find(captures, number).response.headers["location"]

    assert expected == replay.answers[number][1].headers["location"]


def _both(number: int, captures: list[Capture], replay: Replay) -> tuple[Any, Any]:
    message = replay.answers[number][1]
    return find(captures, number).json, parse(message.headers, message.body)


def _exception(data: Any) -> str | None:
    return data.get("exception") if isinstance(data, dict) else None


def _rules(definition: dict[str, Any]) -> dict[str, Any]:
    names = (
        "propertyType",
        "cardinality",
        "updatability",
        "required",
        "queryName",
        "choice",
        "maxLength",
        "openChoice",
    )
    return {name: definition.get(name) for name in names}


def _values(data: Any) -> Any:
    """Only objects: their succinct properties, ids included, without what the clock decides."""
    if isinstance(data, list):
        return [_values(item) for item in data]
    if not isinstance(data, dict):
        return None
    found = data.get("succinctProperties")
    if found is not None and "changeEventInfo" not in data:
        return {name: value for name, value in found.items() if not CLOCK.search(name)}
    lists = {name: data[name] for name in ("object", "objects", "results") if name in data}
    return {name: _values(value) for name, value in lists.items()}
