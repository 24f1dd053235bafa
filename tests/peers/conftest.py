"""A DMS that nobody here wrote, a client of others that looks into it, and a wire that loses replies."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
import yaml

from caseway.rails.contract import Link
from caseway.testing.opencmis import OpenCmisServer, PeerMissing, must_run
from tests.peers.wire import LossyWire
from tests.rails.cmis.desk import link_to

LOGIN = {"login": "basic", "username": "caseway", "password": "caseway"}
LIMIT = 21 * 1024 * 1024


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "peers":
            item.add_marker(pytest.mark.peer)


def types() -> list[dict[str, Any]]:
    """The types of the public example."""
    source = files("caseway.rails.cmis.simulator") / "types.yaml"
    found: list[dict[str, Any]] = yaml.safe_load(source.read_text(encoding="utf-8"))["types"]
    return found


@pytest.fixture(scope="session")
def opencmis() -> Iterator[OpenCmisServer]:
    """The OpenCMIS in-memory server with the types of the public example, for the whole run."""
    server = OpenCmisServer(types(), limit=LIMIT)
    try:
        server.__enter__()
    except PeerMissing as missing:
        if must_run():
            pytest.fail(f"the peer is missing: {missing}")
        pytest.skip(f"needs OpenCMIS: {missing}")
    yield server
    server.__exit__(None, None, None)


def client_of_others(url: str) -> Any:
    """Return cmislib's view of the repository."""
    from cmislib import CmisClient
    from cmislib.browser.binding import BrowserBinding

    return CmisClient(url, "caseway", "caseway", binding=BrowserBinding()).defaultRepository


@pytest.fixture
def repository(opencmis: OpenCmisServer) -> Iterator[Any]:
    """The repository as cmislib sees it, with an empty folder /Onlineantraege."""
    found = client_of_others(opencmis.url)
    root = found.getRootFolder()
    for child in root.getChildren():
        child.deleteTree()
    root.createFolder("Onlineantraege")
    yield found
    gc.collect()  # its unclosed sockets shall not warn in the test of somebody else


@pytest.fixture
def wire(opencmis: OpenCmisServer) -> Iterator[LossyWire]:
    """A wire to the server that can lose replies."""
    with LossyWire(opencmis.port) as running:
        yield running


@pytest.fixture
def link(repository: Any, wire: LossyWire) -> Iterator[Link]:
    """A connection of ours to the server, over the wire."""
    with link_to(f"{wire.url}/browser", **LOGIN) as opened:
        yield opened
