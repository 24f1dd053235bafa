"""pytest fixtures: name this module in `pytest_plugins`, or import the fixtures in a conftest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from caseway.rails.cmis.simulator.simulator import CmisSimulator


@pytest.fixture
def cmis_simulator() -> Iterator[CmisSimulator]:
    """A fresh simulated DMS with the model that ships, open to everybody."""
    with CmisSimulator() as simulator:
        yield simulator


@pytest.fixture
def start_cmis_simulator() -> Iterator[Callable[..., CmisSimulator]]:
    """A function that starts a simulated DMS with settings of your own; all stop after the test."""
    with ExitStack() as running:

        def start(**settings: Any) -> CmisSimulator:
            return running.enter_context(CmisSimulator(**settings))

        yield start
