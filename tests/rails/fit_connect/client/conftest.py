"""A platform of canned answers for each test, and a client to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from caseway.rails.fit_connect.client import Client
from tests.rails.fit_connect.client.stub import Stub, client_to, running_stub


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A platform that knows nothing but tokens until it is told more."""
    with running_stub() as running:
        yield running


@pytest.fixture
def client(stub: Stub) -> Iterator[Client]:
    """A client of API v2."""
    with client_to(stub.url) as opened:
        yield opened


@pytest.fixture
def client_v1(stub: Stub) -> Iterator[Client]:
    """A client of API v1."""
    with client_to(stub.url, api_version="v1") as opened:
        yield opened
