"""pytest fixtures: name this module in `pytest_plugins`, or import the fixtures in a conftest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from caseway.rails.fit_connect.simulator.simulator import FitConnectSimulator


@pytest.fixture
def fit_connect_simulator() -> Iterator[FitConnectSimulator]:
    """A fresh simulated platform with the seed that ships; it calls back over plain http too."""
    with FitConnectSimulator(allow_http_callbacks=True) as simulator:
        yield simulator


@pytest.fixture
def start_fit_connect_simulator() -> Iterator[Callable[..., FitConnectSimulator]]:
    """A function that starts a simulated platform with settings of your own; all stop after the test."""
    with ExitStack() as running:

        def start(**settings: Any) -> FitConnectSimulator:
            return running.enter_context(FitConnectSimulator(**settings))

        yield start
