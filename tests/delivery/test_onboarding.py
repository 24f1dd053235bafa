"""The checklist: questions of the rail, answered by facts or by people, and asked in a letter."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import pytest
from typer.testing import CliRunner

from caseway.access.actor import Actor, system
from caseway.access.models import AuditEntry, Organisation
from caseway.access.scope import scope
from caseway.cli.main import app
from caseway.core.clock import Clock
from caseway.core.errors import Invalid, NotFound, NotPermitted
from caseway.delivery.conformance import run_conformance
from caseway.delivery.connections import ConnectionDraft, check_connection, save_connection
from caseway.delivery.keys import import_key, install_certificate, put_in_force
from caseway.delivery.models import Connection
from caseway.delivery.onboarding import answer_item, ask_item, checklist, reopen_item, skip_item
from caseway.delivery.onboarding_request import request_text
from caseway.delivery.schemas import register_schema
from caseway.rails.onboarding import Item, OnboardingItems
from caseway.testing.builders import a_route
from caseway.testing.ledger import LedgerRail
from tests.delivery.key_fixtures import a_key, issued_chain, pem
from tests.delivery.test_conformance import ProvingLedger
from tests.unit.rails.test_subject_data import JSON

pytestmark = pytest.mark.mission("F-09")


class AskingLedger(ProvingLedger):
    """A ledger that asks what FIT-Connect asks."""

    def onboarding(self, settings: Any) -> Sequence[Item]:
        return OnboardingItems.read(files("caseway.rails.fit_connect") / "onboarding.toml").items


@pytest.fixture
def actor(organisation: Organisation, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Actor:
    rails = MappingProxyType({"ledger": AskingLedger(), "plain": LedgerRail()})
    monkeypatch.setattr("caseway.rails.registry.rails", lambda: rails)
    actor = system(organisation.id)
    for name in rails:
        save_connection(actor, ConnectionDraft(name, name.title(), name, "sandbox", {}))
    return actor


def states(actor: Actor) -> dict[str, str]:
    return {item.code: item.state for item in checklist(actor, "ledger")}


def test_what_facts_answer_nobody_is_asked_for(actor: Actor, organisation: Organisation) -> None:
    before = {code for code, state in states(actor).items() if state == "satisfied"}
    with scope(organisation.id):
        connection = Connection.objects.get(slug="ledger")
    for number, use in enumerate(("sign", "decrypt")):
        row = import_key(actor, "ledger", use, pem(a_key(number)))  # type: ignore[arg-type]
        put_in_force(actor, "ledger", row.kid)
        self_signed = states(actor)["certificates"]
        install_certificate(actor, "ledger", row.kid, "".join(issued_chain(a_key(number))))
    register_schema(actor, JSON.uri, JSON.media_type, JSON.files)
    a_route(connection)
    run_conformance(actor, "ledger")

    after = {code for code, state in states(actor).items() if state == "satisfied"}
    assert ({"api_client"}, "open") == (before, self_signed)
    assert {"keys", "certificates", "subject_schema", "route", "conformance"} == after - before


def test_a_test_that_failed_opens_the_question_again(actor: Actor) -> None:
    from caseway.rails.registry import rail

    rail("ledger").down = Invalid("no")  # type: ignore[attr-defined]
    check_connection(actor, "ledger")

    assert "open" == states(actor)["api_client"]


def test_a_question_is_asked_answered_and_opened_again(actor: Actor, clock: Clock) -> None:
    ask_item(actor, "ledger", "service", "Erika Mustermann, Ordnungsamt")
    asked = next(item for item in checklist(actor, "ledger") if item.code == "service")
    answer_item(actor, "ledger", "service", "Hundesteuer anmelden")
    answered = next(item for item in checklist(actor, "ledger", "de") if item.code == "service")
    reopen_item(actor, "ledger", "service")

    assert ("asked", "Erika Mustermann, Ordnungsamt", clock.now()) == (
        asked.state, asked.asked_of, asked.asked_at,
    )  # fmt: skip
    assert ("answered", "Hundesteuer anmelden", "Caseway", "Die Leistung") == (
        answered.state, answered.answer, answered.answered_by, answered.title,
    )  # fmt: skip
    assert "open" == states(actor)["service"]
    with scope(actor.organisation_id):
        trail = AuditEntry.objects.filter(action__startswith="onboarding.").order_by("number")
        assert ["asked", "answered", "reopened"] == [entry.action.partition(".")[2] for entry in trail]
        assert not any("Mustermann" in str(entry.details) for entry in trail)


def test_a_question_may_be_left_out_with_a_reason(actor: Actor) -> None:
    with pytest.raises(Invalid):
        skip_item(actor, "ledger", "callback", "  ")
    skip_item(actor, "ledger", "callback", "Das Netz lässt nichts herein.")

    assert "not_needed" == states(actor)["callback"]


def test_the_letter_to_the_officer_has_the_open_questions_only(actor: Actor) -> None:
    answer_item(actor, "ledger", "service", "Hundesteuer")
    ask_item(actor, "ledger", "re_use", "Max Mustermann")

    german = request_text(actor, "ledger", "responsible_officer", "de")
    english = request_text(actor, "ledger", "it_provider", "fr")

    assert "Stadt Beispielhausen, Umgebung: Sandbox" in german
    assert "Welchen Schlüssel hat die Leistung" in german
    assert "Angefragt bei: Max Mustermann" in german
    assert "Die Leistung\n" not in german
    assert "Is there an API client" not in english
    assert "Are a key to sign" in english


def test_a_letter_with_nothing_open_says_so(actor: Actor) -> None:
    for item in checklist(actor, "ledger"):
        skip_item(actor, "ledger", item.code, "nicht hier")

    assert "Nothing is open." in request_text(actor, "ledger", "it_provider")


def test_a_rail_without_questions_has_an_empty_list(actor: Actor) -> None:
    assert [] == checklist(actor, "plain")
    with pytest.raises(NotFound):
        answer_item(actor, "plain", "service", "x")


def test_who_may_not_may_not(actor: Actor, organisation: Organisation) -> None:
    auditor = Actor("user", "a", "A", organisation.id, "auditor")

    assert checklist(auditor, "ledger")
    with pytest.raises(NotPermitted):
        answer_item(auditor, "ledger", "service", "x")


def test_the_checklist_at_the_shell(actor: Actor) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["onboarding", *arguments], catch_exceptions=False)
        return done.exit_code, done.output

    run("ask", "ledger", "service", "--of", "Ordnungsamt")
    letter = run("request", "ledger", "--who", "responsible_officer", "--language", "de")[1]
    open_, _ = run("list", "ledger", "--json")
    for item in checklist(actor, "ledger"):
        run("skip", "ledger", item.code, "--reason", "nicht hier")
    run("reopen", "ledger", "service")
    run("answer", "ledger", "service", "Hundesteuer")

    assert "Angefragt bei: Ordnungsamt" in letter
    assert (1, 0) == (open_, run("list", "ledger")[0])
