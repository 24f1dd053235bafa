"""The engine files the day of the demonstration into OpenCMIS; cmislib counts what lies there."""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from caseway.access.actor import Actor
from caseway.access.models import Organisation, Role
from caseway.access.scope import scope
from caseway.cases.models import Rendition
from caseway.core.clock import Clock
from caseway.delivery import engine
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.delivery.drain import drain_lane
from caseway.delivery.links import close_clients
from caseway.delivery.models import Delivery, Lane, Receipt, Route, Step
from caseway.demo.day import Sent, the_day
from caseway.demo.seed import BINDINGS, QUICK, document
from caseway.intake.data import SubmissionData
from caseway.intake.files import IncomingFile
from caseway.intake.receive import receive_submission
from caseway.mapping.publishing import bind, publish, save_draft
from tests.peers.conftest import LOGIN
from tests.peers.wire import LossyWire

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::SyntaxWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
APPLICATIONS = 13
END_OF_DAY = datetime(2026, 11, 16, 16, tzinfo=UTC)
OUTCOME = ("submission__form_id", "state", "code", "details__property")
# The server would file a dog without its breed; our mapping does not.
DELIVERED = ("delivered", "", None)
NO_BREED = ("attention", "mapping.required_property_missing", "413")


def expected() -> Counter[tuple[Any, ...]]:
    """Return what must become of the day: every dog stuck for its breed alone, all else delivered."""
    forms = [sent.data["form"]["id"] for sent in the_day(APPLICATIONS, END_OF_DAY)]
    outcomes = Counter((form, *(NO_BREED if form == "hundesteuer" else DELIVERED)) for form in forms)
    assert {"hundesteuer": 2, "gewerbe": 5, "bewohnerparkausweis": 8} == Counter(forms)
    return outcomes


@pytest.fixture
def admin(organisation: Organisation) -> Actor:
    return Actor("user", "admin@example.org", "Alex Amtmann", organisation.id, Role.ADMINISTRATOR)


@pytest.fixture
def filing(
    admin: Actor, repository: Any, wire: LossyWire, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Route]:
    """A connection to OpenCMIS with the mappings of the demonstration."""
    monkeypatch.setattr(engine.drain, "defer", lambda lanes: None)
    monkeypatch.setattr(engine.drain, "batch_defer", lambda *jobs: None)
    settings = {"service_url": f"{wire.url}/browser", "required_types": ["DPORT", "DNACHRICHT"], **LOGIN}
    connection = save_connection(admin, ConnectionDraft("dms", "OpenCMIS", "cmis", "sandbox", settings))
    with scope(admin.organisation_id):
        connection.retry = QUICK
        connection.save(update_fields=["retry"])
        published = {}
        for name in ("onlinevorgang", "hundesteuer", "gewerbe"):
            save_draft(admin, document(name))
            published[name] = publish(admin, name)
        for form, name in BINDINGS.items():
            bind(
                admin,
                published[name],
                form_id=form,
                connection_slug="dms",
                valid_from=datetime(2026, 1, 1, tzinfo=UTC),
            )
        yield Route.objects.create(organisation_id=admin.organisation_id, name="Alles", connection=connection)
    close_clients()


def hand_in(admin: Actor, sent: Sent, references: dict[str, str]) -> None:
    said = dict(sent.data) | ({"continues": references[sent.follows]} if sent.follows else {})
    portal = Actor(
        "client", "portal", "Portal", admin.organisation_id, scopes=frozenset({"submissions:write"})
    )
    files = [IncomingFile(one.part, one.filename, one.media_type, [one.content]) for one in sent.files]
    received = receive_submission(portal, SubmissionData.model_validate(said, strict=False), files, sent.key)
    references[sent.key] = received.submission.reference


def work(admin: Actor, clock: Clock) -> None:
    """Drain every lane until nothing waits for time any more."""
    for _ in range(12):
        with scope(admin.organisation_id):
            lanes = list(Lane.objects.filter(due_at__isnull=False).values_list("id", flat=True))
        if not lanes:
            return
        for lane in lanes:
            drain_lane(lane, "w1")
        clock.advance(timedelta(seconds=30))
    raise AssertionError("the day does not end")


def tree(repository: Any) -> dict[str, Any]:
    """Every object below /Onlineantraege by id."""
    found = {}
    for folder in repository.getObjectByPath("/Onlineantraege").getChildren():
        found[folder.getObjectId()] = folder
        found |= {one.getObjectId(): one for one in folder.getChildren()}
    return found


@pytest.fixture
def the_day_is_over(filing: Route, admin: Actor, wire: LossyWire, clock: Clock) -> LossyWire:
    wire.lose("cmisaction=createFolder", times=2)
    wire.lose("\r\n\r\ncreateDocument", times=3)
    references: dict[str, str] = {}
    day = list(the_day(APPLICATIONS, END_OF_DAY))
    for sent in sorted(day, key=lambda one: bool(one.follows)):
        hand_in(admin, sent, references)
    work(admin, clock)
    return wire


@pytest.mark.mission("C-07")
def test_the_day_of_the_demonstration_lies_in_opencmis_once(
    the_day_is_over: LossyWire, admin: Actor, repository: Any
) -> None:
    there = tree(repository)
    with scope(admin.organisation_id):
        receipts = {row.remote_id: row for row in Receipt.objects.select_related("step")}
        hashes = dict(Rendition.objects.values_list("document_id", "sha256"))
        became = Counter(Delivery.objects.values_list(*OUTCOME))

    assert 5 == the_day_is_over.lost
    assert receipts.keys() == there.keys()
    assert expected() == became
    for object_id, receipt in receipts.items():
        _check(there[object_id], receipt.step, hashes)


def _check(filed: Any, step: Step, hashes: dict[Any, str]) -> None:
    assert unicodedata.normalize("NFC", filed.getName()) == filed.getName()
    told = filed.getProperties()
    for name, sent in step.payload["properties"].items():
        if sent["type"] in ("string", "integer", "boolean"):
            assert sent["value"] == told[name], name
    if step.document_id is not None:
        assert hashes[step.document_id] == hashlib.sha256(filed.getContentStream().read()).hexdigest()
