"""Conformance runs: kept as they come, signed when they end, dead when they died."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from types import MappingProxyType

import pytest

from caseway.access.actor import Actor, system
from caseway.access.models import AuditEntry, Organisation
from caseway.access.scope import scope
from caseway.core.clock import Clock
from caseway.core.errors import Conflict, Invalid, NotPermitted, Unavailable
from caseway.delivery import tasks
from caseway.delivery.conformance import RunWish, carry_out, run_conformance, start_conformance
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.delivery.models import ConformanceRun, Connection
from caseway.delivery.reports import check_report
from caseway.delivery.runs import get_run, list_runs, progress_of, state_of
from caseway.rails.conformance import Clause, Ground
from caseway.rails.contract import Finding, Link
from caseway.testing.ledger import LedgerRail

pytestmark = pytest.mark.mission("F-08")

FIRST, SECOND = Clause("first", "It begins"), Clause("second", "It goes on")


class ProvingLedger(LedgerRail):
    """A ledger with a run of two clauses; `acts` says what each does."""

    def __init__(self) -> None:
        super().__init__()
        self.acts: list[Finding | BaseException | Callable[[Ground], Finding]] = [good(FIRST), good(SECOND)]
        self.grounds: list[Ground] = []

    def clauses(self, link: Link) -> Sequence[Clause]:
        return (FIRST, SECOND)

    def conform(self, link: Link, ground: Ground) -> Iterator[Finding]:
        self.grounds.append(ground)
        for act in self.acts:
            if isinstance(act, BaseException):
                raise act
            yield act if isinstance(act, Finding) else act(ground)


def good(clause: Clause) -> Finding:
    return Finding(clause.code, True, clause.title)


@pytest.fixture
def rail(monkeypatch: pytest.MonkeyPatch) -> ProvingLedger:
    rail = ProvingLedger()
    known = MappingProxyType({"ledger": rail, "plain": LedgerRail()})
    monkeypatch.setattr("caseway.rails.registry.rails", lambda: known)
    return rail


@pytest.fixture
def actor(organisation: Organisation, rail: ProvingLedger) -> Actor:
    actor = system(organisation.id)
    save_connection(actor, ConnectionDraft("ledger", "Ledger", "ledger", "sandbox", {}))
    return actor


def test_a_run_whose_clauses_all_hold_is_passed_and_signed(actor: Actor) -> None:
    told: list[str] = []

    run = run_conformance(actor, "ledger", on_finding=lambda finding: told.append(finding.code))

    report = check_report(run.report)
    assert ("passed", True, ["first", "second"]) == (state_of(run), report.passed, told)
    assert {"rail": "ledger", "settings": {}, "keys": {}} == report.facts["proven"]
    assert ["passed", "passed"] == [clause.state for clause in progress_of(run)]


def test_one_clause_that_fails_fails_the_run(actor: Actor, rail: ProvingLedger) -> None:
    rail.acts[0] = Finding("first", False, "No.", details={"remote": "nein"})

    run = run_conformance(actor, "ledger")

    assert ("failed", False) == (state_of(run), check_report(run.report).passed)
    assert ["failed", "passed"] == [clause.state for clause in progress_of(run)]
    assert "nein" == progress_of(run)[0].findings[0]["details"]["remote"]


def test_what_stops_a_run_is_a_finding_of_the_clause_and_the_rest_is_not_proven(
    actor: Actor, rail: ProvingLedger
) -> None:
    rail.acts[0] = Unavailable("Nobody there.", code="ledger.gone", remedy="Wait.")

    run = run_conformance(actor, "ledger")

    assert [("first", False, "Nobody there."), ("second", False, "This was not tried.")] == [
        (one["code"], one["ok"], one["sentence"]) for one in run.findings
    ]
    assert "ledger.gone" == run.findings[0]["details"]["error"]


def test_a_clause_that_is_left_out_is_not_proven(actor: Actor, rail: ProvingLedger) -> None:
    rail.acts = [good(FIRST)]

    assert "failed" == state_of(run_conformance(actor, "ledger"))


def test_a_run_that_dies_keeps_what_it_found_and_proves_nothing(
    actor: Actor, rail: ProvingLedger, clock: Clock
) -> None:
    rail.acts[1] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        run_conformance(actor, "ledger")

    (run,) = list_runs(actor, "ledger")
    alive = state_of(run)
    clock.advance(timedelta(minutes=11))
    assert ("running", "unfinished", "") == (alive, state_of(run), run.report)
    assert ["passed", "not_tried"] == [clause.state for clause in progress_of(run)]


def test_a_page_sees_each_finding_while_the_run_goes_on(actor: Actor, rail: ProvingLedger) -> None:
    seen: list[list[str]] = []

    def look(ground: Ground) -> Finding:
        (run,) = list_runs(actor, "ledger")
        seen.append([clause.state for clause in progress_of(run)])
        return good(SECOND)

    rail.acts[1] = look
    run_conformance(actor, "ledger")

    assert [["passed", "waiting"]] == seen


def test_two_runs_at_once_are_not_made_but_a_dead_one_does_not_block(
    actor: Actor, rail: ProvingLedger, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[dict[str, str]] = []
    monkeypatch.setattr(tasks.make_run, "defer", lambda **job: jobs.append(job))
    waiting = start_conformance(actor, "ledger")
    with pytest.raises(Conflict) as raised:
        run_conformance(actor, "ledger")
    clock.advance(timedelta(minutes=11))
    run_conformance(actor, "ledger")

    assert "conformance.running" == raised.value.code
    assert [{"organisation": str(actor.organisation_id), "run": str(waiting.id)}] == jobs


def test_a_worker_makes_the_run_once_however_often_it_is_told(actor: Actor, rail: ProvingLedger) -> None:
    with scope(actor.organisation_id):
        connection = Connection.objects.get()
    begun = _begun(actor, connection)

    tasks.make_run(str(actor.organisation_id), str(begun.id))
    carry_out(actor, begun.id)

    assert 1 == len(rail.grounds)
    assert "passed" == state_of(get_run(actor, "ledger", begun.id))


def _begun(actor: Actor, connection: Connection) -> ConformanceRun:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks.make_run, "defer", lambda **job: None)
        return start_conformance(actor, connection.slug)


def test_settings_changed_meanwhile_void_the_run(actor: Actor, rail: ProvingLedger) -> None:
    def change(ground: Ground) -> Finding:
        changed = {"address": "http://127.0.0.1:10"}
        save_connection(actor, ConnectionDraft("ledger", "Ledger", "ledger", "sandbox", changed))
        return good(SECOND)

    rail.acts[1] = change

    run = run_conformance(actor, "ledger")

    assert (False, "conformance.settings_changed") == (run.passed, run.findings[-1]["code"])


def test_the_ground_has_a_sample_a_folder_of_its_own_and_the_wish(actor: Actor, rail: ProvingLedger) -> None:
    contents: list[bytes] = []

    def look(ground: Ground) -> Finding:
        for document in ground.sample.documents:
            with document.open() as stream:
                contents.append(stream.read(5))
        return good(FIRST)

    rail.acts[0] = look
    run_conformance(actor, "ledger", RunWish(place="/Probe", large_bytes=1000, patience=3))

    (ground,) = rail.grounds
    assert ("/Probe", 1000, 3) == (ground.place, ground.large_bytes, ground.patience)
    assert [b"%PDF-", b"<?xml", b"%PDF-"] == contents
    assert not ground.room.exists()


def test_a_changed_report_is_noticed(actor: Actor, rail: ProvingLedger) -> None:
    rail.acts[0] = Finding("first", False, "No.")
    head, payload, signature = run_conformance(actor, "ledger").report.split(".")
    facts = json.loads(base64.urlsafe_b64decode(payload + "=="))
    facts["passed"] = True
    forged = base64.urlsafe_b64encode(json.dumps(facts).encode()).decode().rstrip("=")

    with pytest.raises(Invalid) as raised:
        check_report(f"{head}.{forged}.{signature}")

    assert "signature.wrong" == raised.value.code


def test_who_may_not_may_not_and_a_rail_without_a_run_says_so(
    actor: Actor, organisation: Organisation
) -> None:
    save_connection(actor, ConnectionDraft("plain", "Plain", "plain", "production", {}))
    clerk = Actor("user", "c", "C", organisation.id, "caseworker")

    with pytest.raises(NotPermitted):
        run_conformance(clerk, "ledger")
    with pytest.raises(Invalid) as raised:
        run_conformance(actor, "plain")
    assert "conformance.not_offered" == raised.value.code


def test_a_run_is_in_the_trail(actor: Actor) -> None:
    run = run_conformance(actor, "ledger")

    with scope(actor.organisation_id):
        kept = AuditEntry.objects.filter(action__startswith="conformance.").order_by("number")
        assert [("conformance.started", None), ("conformance.ended", True)] == [
            (entry.action, entry.details.get("passed")) for entry in kept
        ]
        assert {str(run.id)} == {entry.details["run"] for entry in kept}
