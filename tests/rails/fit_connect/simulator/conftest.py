"""A simulated platform and its parties."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from caseway.rails.fit_connect.simulator import FitConnectSimulator
from tests.rails.fit_connect.simulator.driver import Party


@pytest.fixture
def platform() -> Iterator[FitConnectSimulator]:
    with FitConnectSimulator(allow_http_callbacks=True) as simulator:
        yield simulator


@pytest.fixture
def sender(platform: FitConnectSimulator) -> Iterator[Party]:
    with Party(platform, "demo-sender") as party:
        yield party


@pytest.fixture
def subscriber(platform: FitConnectSimulator) -> Iterator[Party]:
    with Party(platform, "demo-subscriber") as party:
        yield party


@pytest.fixture(params=["v1", "v2"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def parties(platform: FitConnectSimulator, version: str) -> Iterator[tuple[Party, Party]]:
    """A sender and a subscriber that speak the same version."""
    with Party(platform, "demo-sender", version) as one, Party(platform, "demo-subscriber", version) as other:
        yield one, other
