"""Fixtures of the simulator's own tests."""

from __future__ import annotations

import pytest

from caseway.rails.cmis.simulator import CmisSimulator
from caseway.rails.cmis.simulator.fixtures import cmis_simulator, start_cmis_simulator
from tests.rails.cmis.simulator.client import Dms

__all__ = ["cmis_simulator", "start_cmis_simulator"]


@pytest.fixture
def dms(cmis_simulator: CmisSimulator) -> Dms:
    return Dms(cmis_simulator)
