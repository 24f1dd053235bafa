"""A DMS of our own making for each test, and a connection to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from caseway.rails.cmis.simulator import CmisSimulator
from caseway.rails.contract import Link
from tests.rails.cmis.desk import Desk, link_to


@pytest.fixture
def dms() -> Iterator[CmisSimulator]:
    """A DMS with the types of the public example."""
    with CmisSimulator() as running:
        yield running


@pytest.fixture
def link(dms: CmisSimulator) -> Iterator[Link]:
    """A connection to it."""
    with link_to(dms.browser_url) as opened:
        yield opened


@pytest.fixture
def desk(link: Link) -> Desk:
    """A desk that files over the connection."""
    return Desk(link)
