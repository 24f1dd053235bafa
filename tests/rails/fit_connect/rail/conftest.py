"""One simulated platform for all of these tests, as new for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from caseway.rails.fit_connect.simulator import FitConnectSimulator
from tests.rails.fit_connect.rail.kit import World


@pytest.fixture(scope="session")
def running_platform() -> Iterator[FitConnectSimulator]:
    with FitConnectSimulator(allow_http_callbacks=True) as running:
        yield running


@pytest.fixture
def platform(running_platform: FitConnectSimulator) -> FitConnectSimulator:
    running_platform.reset()
    return running_platform


@pytest.fixture
def world(platform: FitConnectSimulator, tmp_path: Path) -> Iterator[World]:
    """Everybody speaks v2."""
    made = World(platform, tmp_path)
    yield made
    made.close()


@pytest.fixture(params=["v1", "v2"])
def either(request: pytest.FixtureRequest, platform: FitConnectSimulator, tmp_path: Path) -> Iterator[World]:
    """Everybody speaks v1, then everybody v2."""
    made = World(platform, tmp_path, request.param)
    yield made
    made.close()


@pytest.fixture
def old(platform: FitConnectSimulator, tmp_path: Path) -> Iterator[World]:
    """Everybody speaks v1."""
    made = World(platform, tmp_path, "v1")
    yield made
    made.close()


@pytest.fixture(scope="session")
def running_lax_platform() -> Iterator[FitConnectSimulator]:
    with FitConnectSimulator(check_jwe=False, check_service=False) as running:
        yield running


@pytest.fixture
def lax(running_lax_platform: FitConnectSimulator, tmp_path: Path) -> Iterator[World]:
    """A platform that passes on what it should have refused."""
    running_lax_platform.reset()
    made = World(running_lax_platform, tmp_path)
    yield made
    made.close()
