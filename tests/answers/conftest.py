"""Two ways to answer as the other sides: one that carries anything, one over which applications come."""

from __future__ import annotations

import io
from collections.abc import Iterator
from types import MappingProxyType

import pytest

from caseway.access.actor import Actor
from caseway.access.models import Organisation, Role
from caseway.cases.models import Case
from caseway.delivery import engine
from caseway.intake.files import IncomingFile
from caseway.intake.models import Submission
from caseway.testing.builders import a_case, a_submission
from caseway.testing.ledger import LedgerRail
from caseway.testing.postbox import PostboxRail

BY_MAIL = {"channel": "email", "address": "erika.mustermann@example.org"}


def way(rail_id: str, *, answers: bool = True) -> LedgerRail:
    """A rail that carries answers and writes down what it carried."""
    rail = LedgerRail(parts=("answer",))
    rail.manifest = rail.manifest.model_copy(update={"id": rail_id, "answers": answers})
    return rail


@pytest.fixture(autouse=True)
def ways(monkeypatch: pytest.MonkeyPatch) -> MappingProxyType[str, LedgerRail]:
    """E-mail, print, and a rail of the name of FIT-Connect that receives; and one that answers nobody."""
    came = PostboxRail()
    came.manifest = came.manifest.model_copy(update={"id": "fit_connect", "answers": True})
    found = MappingProxyType(
        {
            "email": way("email"),
            "print": way("print"),
            "fit_connect": came,
            "dms": way("dms", answers=False),
        }
    )
    for place in ("caseway.rails.registry.rails", "caseway.answers.conversation.rails"):
        monkeypatch.setattr(place, lambda: found)
    monkeypatch.setattr(engine.drain, "defer", lambda lanes: None)
    return found


@pytest.fixture
def caseworker(organisation: Organisation) -> Actor:
    return Actor("user", "1", "Max Mustermann", organisation.id, role=Role.CASEWORKER)


@pytest.fixture
def case(organisation: Organisation) -> Case:
    return a_case(organisation, title="Hundesteuer, Anmeldung")


@pytest.fixture
def application(organisation: Organisation, case: Case) -> Submission:
    """Of somebody who wants to be answered by e-mail."""
    return a_submission(organisation, case, reply=BY_MAIL)


def a_file(name: str = "bescheid.pdf", part: str = "") -> IncomingFile:
    return IncomingFile(part or name, name, "application/pdf", pieces(b"%PDF-1.7 Bescheid"))


def pieces(content: bytes) -> Iterator[bytes]:
    stream = io.BytesIO(content)
    while piece := stream.read(8):
        yield piece
