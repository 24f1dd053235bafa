"""The catalogue: what a directory showed is kept, searched, and hinted at before something is built anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from types import MappingProxyType

import pytest
from typer.testing import CliRunner

from caseway.access.actor import Actor, system
from caseway.access.models import AuditEntry, Organisation
from caseway.access.scope import scope
from caseway.cli.main import app
from caseway.core.clock import Clock
from caseway.core.errors import Invalid, NotPermitted, Unavailable
from caseway.delivery.catalogue import look_up, reuse_hints, search_areas, search_catalogue, service_key
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.delivery.models import CatalogueEntry, Connection
from caseway.rails.contract import Finding, Link
from caseway.rails.directory import Accepts, Area, Party, Wanted
from caseway.testing.builders import a_route, a_submission
from caseway.testing.ledger import LedgerRail

pytestmark = pytest.mark.mission("F-12")
URN = "urn:de:fim:leika:leistung:"
DOGS, TRADE = "99102013104000", "99050012104000"
DOG_SCHEMA, TRADE_SCHEMA = "https://example.org/hund.json", "https://example.org/gewerbe.json"


def party(name: str, service: str = DOGS, schema: str = DOG_SCHEMA, *, ok: bool = True) -> Party:
    return Party(
        id=f"id-{name}",
        name=name,
        reachable=ok,
        status="active",
        accepts=[Accepts(URN + service, [(schema, "application/json")], ["DE06"])],
        reply_channels=["fit_connect"],
        metadata_versions=["2.1.0"],
        findings=[Finding("signature", ok, "Checked.")],
        details={"imprint": "https://example.org"},
    )


class FindingLedger(LedgerRail):
    """A ledger with a directory."""

    def __init__(self) -> None:
        super().__init__()
        self.known: list[Party] = [party("Ordnungsamt Beispielhausen")]
        self.asked: list[Wanted] = []

    def areas(self, words: str, link: Link) -> Sequence[Area]:
        return [Area("1", f"Stadt {words}", "Gemeinde")]

    def parties(self, wanted: Wanted, link: Link) -> Sequence[Party]:
        if self.down is not None:
            raise self.down
        self.asked.append(wanted)
        return self.known


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> FindingLedger:
    rail = FindingLedger()
    rails = MappingProxyType({"ledger": rail, "plain": LedgerRail()})
    monkeypatch.setattr("caseway.rails.registry.rails", lambda: rails)
    return rail


@pytest.fixture
def actor(organisation: Organisation, directory: FindingLedger, clock: Clock) -> Actor:
    actor = system(organisation.id)
    for name in ("ledger", "plain"):
        save_connection(actor, ConnectionDraft(name, name.title(), name, "sandbox", {}))
    return actor


def test_what_a_directory_shows_is_kept_with_when_and_by_whom(
    actor: Actor, directory: FindingLedger, clock: Clock
) -> None:
    (first,) = look_up(actor, "ledger", Wanted(DOGS, ars="064350014014"))
    clock.advance(timedelta(days=3))
    directory.known = [party("Ordnungsamt Beispielhausen", ok=False)]
    (again,) = look_up(actor, "ledger", Wanted(DOGS, ars="064350014014"))

    assert (first.id, first.first_seen_at, timedelta(days=3)) == (
        again.id, again.first_seen_at, again.seen_at - again.first_seen_at,
    )  # fmt: skip
    assert [(True, True), (False, False)] == [(one.reachable, one.trusted) for one in (first, again)]
    assert [(URN + DOGS, DOGS, DOG_SCHEMA)] == [
        (one.service, one.service_key, one.schema_uri) for one in again.services.all()
    ]
    with scope(actor.organisation_id):
        assert 2 == AuditEntry.objects.filter(action="catalogue.looked_up").count()


def test_services_that_cannot_be_read_now_stay_known(actor: Actor, directory: FindingLedger) -> None:
    look_up(actor, "ledger", Wanted(DOGS))
    directory.known = [
        Party("id-Ordnungsamt Beispielhausen", "Ordnungsamt Beispielhausen", False, "inactive")
    ]

    (entry,) = look_up(actor, "ledger", Wanted(DOGS))

    assert (False, 1) == (entry.reachable, len(entry.services.all()))


def test_it_is_searched_by_words_service_and_schema(actor: Actor, directory: FindingLedger) -> None:
    directory.known = [
        party("Ordnungsamt Beispielhausen"),
        party("Gewerbeamt Musterdorf", TRADE, TRADE_SCHEMA),
    ]
    look_up(actor, "ledger", Wanted(DOGS))

    def names(**asked: str) -> list[str]:
        return [entry.name.split()[0] for entry in search_catalogue(actor, **asked)]

    assert ["Gewerbeamt", "Ordnungsamt"] == names()
    assert ["Gewerbeamt"] == names(words="muster gewerbe") == names(schema=TRADE_SCHEMA)
    assert ["Ordnungsamt"] == names(service=URN + DOGS) == names(service=DOGS)
    assert [] == names(words="Musterdorf", service=DOGS)


def test_what_exists_already_is_hinted_at(
    actor: Actor, directory: FindingLedger, organisation: Organisation
) -> None:
    directory.known = [
        party("Amt A"), party("Amt B", DOGS, "https://example.org/anders.json"), party("Amt C", TRADE),
    ]  # fmt: skip
    look_up(actor, "ledger", Wanted(DOGS))
    with scope(organisation.id):
        connection = Connection.objects.get(slug="ledger")
    a_route(connection, name="Hunde", service_id=DOGS)
    a_route(connection, name="Gewerbe", service_id=TRADE)
    a_submission(organisation, leika_id=DOGS, form_id="hund-online", form_name="Hund anmelden")

    hints = reuse_hints(actor, URN + DOGS, DOG_SCHEMA)

    assert [
        ("own_route", "Hunde"),
        ("own_form", "hund-online"),
        ("same_service_and_schema", "Amt A"),
        ("same_service", "Amt B"),
        ("same_schema", "Amt C"),
    ] == [(hint.kind, hint.name) for hint in hints]
    assert "Amt A takes this service in this very form." == hints[2].sentence


def test_where_nothing_is_known_nothing_is_hinted_at(actor: Actor) -> None:
    assert [] == reuse_hints(actor, TRADE)


@pytest.mark.parametrize("service", [DOGS, URN + DOGS, f" {DOGS} "])
def test_a_service_is_one_however_it_is_written(service: str) -> None:
    assert DOGS == service_key(service)


def test_a_directory_that_does_not_answer_loses_nothing(actor: Actor, directory: FindingLedger) -> None:
    look_up(actor, "ledger", Wanted(DOGS))
    directory.down = Unavailable("away")

    with pytest.raises(Unavailable):
        look_up(actor, "ledger", Wanted(DOGS))
    assert 1 == len(search_catalogue(actor))


def test_another_organisation_does_not_see_it(actor: Actor, other_organisation: Organisation) -> None:
    look_up(actor, "ledger", Wanted(DOGS))

    assert [] == search_catalogue(system(other_organisation.id))
    with scope(other_organisation.id):
        assert 0 == CatalogueEntry.objects.count()


def test_who_may_not_may_not_and_a_rail_without_a_directory_says_so(
    actor: Actor, organisation: Organisation
) -> None:
    auditor = Actor("user", "a", "A", organisation.id, "auditor")

    with pytest.raises(NotPermitted):
        look_up(auditor, "ledger", Wanted(DOGS))
    with pytest.raises(Invalid) as raised:
        search_areas(actor, "plain", "Beispiel")
    assert "catalogue.not_offered" == raised.value.code
    assert ["Stadt Beispiel"] == [area.name for area in search_areas(actor, "ledger", "Beispiel")]


def test_the_catalogue_at_the_shell(actor: Actor, directory: FindingLedger) -> None:
    def run(*arguments: str) -> list[dict[str, str]]:
        done = CliRunner().invoke(app, ["catalogue", *arguments, "--json"], catch_exceptions=False)
        found: list[dict[str, str]] = json.loads(done.output)
        return found

    found = run("find", "ledger", "--service", DOGS, "--ars", "064350014014")
    searched, reused = run("search", "ordnungsamt"), run("reuse", DOGS)

    assert [Wanted(DOGS, ars="064350014014")] == directory.asked
    assert ["id-Ordnungsamt Beispielhausen"] == [one["party_id"] for one in found]
    assert found == searched
    assert ["same_service"] == [one["kind"] for one in reused]
    assert ["Stadt X"] == [one["name"] for one in run("areas", "ledger", "X")]
