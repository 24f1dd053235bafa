"""FIT-Connect participants on the cryptography of others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from caseway.testing.fit_peer import NimbusPeer, PythonClient, nimbus_peer, python_client
from caseway.testing.opencmis import PeerMissing, must_run

HERE = Path(__file__).parent
T = TypeVar("T")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.peer)


def needed(make: Callable[[], T]) -> T:
    try:
        return make()
    except PeerMissing as missing:
        if must_run():
            pytest.fail(f"the peer is missing: {missing}")
        pytest.skip(f"needs a peer: {missing}")


@pytest.fixture(scope="session")
def nimbus() -> NimbusPeer:
    """A sender and subscriber in Java on Nimbus JOSE."""
    return needed(lambda: nimbus_peer(HERE / "java"))


@pytest.fixture(scope="session")
def fitconnect_client() -> PythonClient:
    """The sender of others for API v1, in an environment of its own."""
    return needed(lambda: python_client(HERE / "python" / "requirements.txt", HERE / "python" / "driver.py"))
