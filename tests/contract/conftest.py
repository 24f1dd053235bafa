"""Every promise of the contract runs over every rail: add one object to `ALL`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from caseway.core.http import Exchange
from caseway.rails.contract import Link
from caseway.testing.contract import Filing, OtherSide, open_link
from tests.contract.cmis import CmisOtherSide
from tests.contract.email import EmailOtherSide
from tests.contract.fit_connect import FitConnectOtherSide
from tests.contract.ledger import LedgerOtherSide

ALL: tuple[type[OtherSide], ...] = (CmisOtherSide, EmailOtherSide, FitConnectOtherSide, LedgerOtherSide)
ROOMS = [one for one in ALL if one.room is not None]


@pytest.fixture(params=ALL, ids=lambda kind: kind.name)
def other(request: pytest.FixtureRequest) -> Iterator[OtherSide]:
    """The other side of one rail."""
    side: OtherSide = request.param()
    side.start()
    yield side
    side.stop()


@pytest.fixture
def exchanges() -> list[Exchange]:
    """What went over the wire."""
    return []


@pytest.fixture
def link(other: OtherSide, exchanges: list[Exchange]) -> Iterator[Link]:
    with open_link(other.settings(), exchanges) as opened:
        yield opened


@pytest.fixture
def desk(other: OtherSide, link: Link) -> Filing:
    return Filing(other.rail, link)


@pytest.fixture
def wire(other: OtherSide) -> None:
    """Only for rails that speak HTTP."""
    if not other.speaks_http:
        pytest.skip(f"{other.name} has no wire")


@pytest.fixture
def probing(other: OtherSide) -> None:
    """Only for rails whose other side can be asked whether something arrived."""
    if not other.can_probe:
        pytest.skip(f"{other.name} cannot be asked what arrived")
