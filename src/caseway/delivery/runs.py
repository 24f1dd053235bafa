"""Conformance runs as people look at them: how far each is, and what it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, TypeAlias
from uuid import UUID

from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.access.scope import within
from caseway.core.clock import now
from caseway.core.errors import NotFound
from caseway.delivery.models import ConformanceRun, Connection

RunState: TypeAlias = Literal["running", "passed", "failed", "unfinished"]
ClauseState: TypeAlias = Literal["waiting", "passed", "failed", "not_tried"]
SILENCE = timedelta(minutes=10)  # without a finding, after which a run counts as dead


@dataclass(frozen=True)
class ClauseView:
    """A clause of a run with what was found; findings as JSON: code, ok, sentence, remedy, details, at."""

    code: str
    title: str
    state: ClauseState
    findings: Sequence[Mapping[str, Any]]


def list_runs(actor: Actor, slug: str, limit: int = 20) -> list[ConformanceRun]:
    """Return the runs of a connection, the newest first."""
    require(actor, "connections.read")
    with within(actor.organisation_id):
        connection = Connection.objects.filter(slug=slug).first()
        if connection is None:
            raise NotFound(f"There is no connection “{slug}”.", code="connection.not_found")
        return list(connection.conformance_runs.select_related("connection")[:limit])


def get_run(actor: Actor, slug: str, run_id: UUID) -> ConformanceRun:
    """Return one run. Raises `NotFound` (`conformance.not_found`)."""
    require(actor, "connections.read")
    with within(actor.organisation_id):
        rows = ConformanceRun.objects.select_related("connection")
        run = rows.filter(id=run_id, connection__slug=slug).first()
    if run is None:
        raise NotFound("There is no such conformance run.", code="conformance.not_found")
    return run


def state_of(run: ConformanceRun) -> RunState:
    """Return how a run stands; `unfinished` died, or was never begun by a worker."""
    if run.finished_at is not None:
        return "passed" if run.passed else "failed"
    return "running" if run.heard_at > now() - SILENCE else "unfinished"


def progress_of(run: ConformanceRun) -> list[ClauseView]:
    """Return every clause with its state, in order, and behind them findings that belong to none."""
    known = [clause["code"] for clause in run.clauses]
    found: dict[str, list[Mapping[str, Any]]] = {code: [] for code in known}
    for finding in run.findings:
        found.setdefault(finding["code"], []).append(finding)
    titles = {clause["code"]: clause["title"] for clause in run.clauses}
    over = state_of(run) != "running"
    return [
        ClauseView(code, titles.get(code, code), _clause_state(findings, over), findings)
        for code, findings in found.items()
    ]


def _clause_state(findings: Sequence[Mapping[str, Any]], over: bool) -> ClauseState:
    if not findings:
        return "not_tried" if over else "waiting"
    if all(finding["ok"] for finding in findings):
        return "passed"
    # One that never began says so of itself; it is no fault of its own.
    return "not_tried" if all(one["details"].get("tried") is False for one in findings) else "failed"
