"""Conformance runs: a rail's clauses tried for real at the other side, kept as they come, signed at the end.

Every finding is committed when it is made, so that a page shows how far a run is. A run that died stays as it
was, without an end and without a report; it proves nothing.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.access.scope import scope
from caseway.core.clock import now
from caseway.core.errors import CasewayError, Conflict, Invalid, NotFound
from caseway.core.http import Exchange
from caseway.core.log import get_logger
from caseway.core.redaction import redact_json
from caseway.delivery.links import OpenConnection, open_connection, recording, write_exchanges
from caseway.delivery.models import ConformanceRun, Connection
from caseway.delivery.proof import digest_of, proven_by
from caseway.delivery.reports import report_of
from caseway.delivery.runs import state_of
from caseway.delivery.sample import sample_for
from caseway.rails.conformance import Clause, Conforms, Ground
from caseway.rails.contract import Finding
from caseway.rails.registry import rail

MB = 1_000_000
LARGE_BYTES = 25 * MB
MAX_LARGE_BYTES = 2_000 * MB
PATIENCE = 60.0
OnFinding = Callable[[Finding], None]


@dataclass(frozen=True)
class RunWish:
    """Where and with what a run is made. An empty place: the rail makes one for itself where it can."""

    place: str = ""
    submission_id: UUID | None = None  # to try with; None: a sample is made up
    large_bytes: int = LARGE_BYTES
    patience: float = PATIENCE  # seconds to wait for the other side in one clause

    def as_json(self) -> dict[str, Any]:
        """Return the wish as it is kept with its run."""
        submission = str(self.submission_id) if self.submission_id else None
        return {**asdict(self), "submission_id": submission}

    @classmethod
    def read(cls, kept: dict[str, Any]) -> Self:
        """Return a kept wish."""
        submission = kept.get("submission_id")
        return cls(**{**kept, "submission_id": UUID(submission) if submission else None})


def conforms(rail_id: str) -> bool:
    """Tell whether a rail has a conformance run. Raises `NotConfigured` for a rail that is not there."""
    return isinstance(rail(rail_id), Conforms)


def start_conformance(actor: Actor, slug: str, wish: RunWish | None = None) -> ConformanceRun:
    """Have a worker make a run; returns at once. Raises as `run_conformance`."""
    from caseway.delivery.tasks import make_run

    run = _begin(actor, slug, wish or RunWish())
    make_run.defer(organisation=str(actor.organisation_id), run=str(run.id))
    return run


def run_conformance(
    actor: Actor, slug: str, wish: RunWish | None = None, on_finding: OnFinding | None = None
) -> ConformanceRun:
    """Make a run here and now; `on_finding` is told each finding once it is kept.

    Raises `NotFound`, `NotPermitted`, `NotConfigured`, `Invalid` (`conformance.not_offered`), and `Conflict`
    (`conformance.running`). What goes wrong at the other side is a finding.
    """
    run = _begin(actor, slug, wish or RunWish())
    return carry_out(actor, run.id, on_finding)


def carry_out(actor: Actor, run_id: UUID, on_finding: OnFinding | None = None) -> ConformanceRun:
    """Make a run that was begun; one that has findings already was tried before and is left as it is."""
    with scope(actor.organisation_id):
        run = ConformanceRun.objects.select_related("connection").get(id=run_id)
    if run.findings or run.finished_at is not None:
        return run
    opened = open_connection(run.connection)
    assert isinstance(opened.rail, Conforms)
    with tempfile.TemporaryDirectory(prefix="caseway-conformance-") as room, recording() as exchanges:
        keeper = _Keeper(run, exchanges, on_finding)
        _try_all(opened, keeper, RunWish.read(run.wish), Path(room))
    return _finish(actor, keeper)


def _begin(actor: Actor, slug: str, wish: RunWish) -> ConformanceRun:
    require(actor, "conformance.run")
    _check(wish)
    with scope(actor.organisation_id):
        connection = _named(slug)
        opened = open_connection(connection)
    clauses = _clauses(opened)
    with scope(actor.organisation_id):
        connection = _named(slug)
        newest = connection.conformance_runs.first()
        if newest is not None and state_of(newest) == "running":
            raise Conflict(
                "A conformance run of this connection is under way.",
                code="conformance.running",
                remedy="Wait until it has ended.",
                run=str(newest.id),
            )
        proven = proven_by(connection)
        run = ConformanceRun.objects.create(
            organisation_id=actor.organisation_id,
            connection=connection,
            environment=connection.environment,
            proven=proven,
            settings_digest=digest_of(proven),
            wish=wish.as_json(),
            clauses=[asdict(clause) for clause in clauses],
            started_by=actor.name[:200],
        )
        audit.record(
            actor, "conformance.started", "connection", slug, run=str(run.id), environment=run.environment
        )
    return run


def _check(wish: RunWish) -> None:
    if not (
        1 <= wish.large_bytes <= MAX_LARGE_BYTES and 0 < wish.patience <= 3600 and len(wish.place) <= 500
    ):
        raise Invalid(
            "The run cannot be made like this.",
            code="conformance.wish_unusable",
            remedy=f"A large document has up to {MAX_LARGE_BYTES // MB} MB; patience lasts up to an hour.",
        )


def _clauses(opened: OpenConnection) -> Sequence[Clause]:
    if isinstance(opened.rail, Conforms):
        return opened.rail.clauses(opened.link)
    raise Invalid(
        "Connections of this kind have no conformance run.",
        code="conformance.not_offered",
        remedy="Test the connection instead.",
    )


def _try_all(opened: OpenConnection, keeper: _Keeper, wish: RunWish, room: Path) -> None:
    assert isinstance(opened.rail, Conforms)
    try:
        with scope(keeper.run.organisation_id):
            sample = sample_for(keeper.run.connection, wish.submission_id, room)
        ground = Ground(sample, wish.place, room, wish.large_bytes, wish.patience)
        for finding in opened.rail.conform(opened.link, ground):
            keeper.keep(finding)
    except CasewayError as error:
        code = next(iter(keeper.untried()), error.code)
        keeper.keep(Finding(code, False, error.sentence, error.remedy, {"error": error.code}))
    for code in keeper.untried():
        remedy = "Mend what went wrong before it."
        keeper.keep(Finding(code, False, "This was not tried.", remedy, {"tried": False}))
    if _digest_now(keeper.run) != keeper.run.settings_digest:
        keeper.keep(
            Finding(
                "conformance.settings_changed",
                False,
                "Settings or keys of the connection were changed during the run.",
                "Make another run.",
            )
        )


def _digest_now(run: ConformanceRun) -> str:
    with scope(run.organisation_id):
        return digest_of(proven_by(Connection.objects.get(id=run.connection_id)))


class _Keeper:
    """Writes down each finding of a run, with what was exchanged for it."""

    def __init__(self, run: ConformanceRun, exchanges: list[Exchange], on_finding: OnFinding | None) -> None:
        self.run = run
        self._exchanges = exchanges
        self._on_finding = on_finding

    def keep(self, finding: Finding) -> None:
        self.run.findings.append(_kept(finding))
        self.run.heard_at = now()
        with scope(self.run.organisation_id):
            self.run.save(update_fields=["findings", "heard_at"])
            write_exchanges(self.run.connection, self._exchanges, delivery_id=None, attempt_id=None)
        if self._on_finding is not None:
            self._on_finding(finding)

    def untried(self) -> list[str]:
        """Return the codes of the clauses without a finding, in order."""
        said = {finding["code"] for finding in self.run.findings}
        return [clause["code"] for clause in self.run.clauses if clause["code"] not in said]


def _finish(actor: Actor, keeper: _Keeper) -> ConformanceRun:
    run = keeper.run
    run.finished_at = run.heard_at = now()
    run.passed = bool(run.clauses) and all(finding["ok"] for finding in run.findings)
    run.report = report_of(run)
    with scope(run.organisation_id):
        run.save(update_fields=["finished_at", "heard_at", "passed", "report"])
        audit.record(
            actor,
            "conformance.ended",
            "connection",
            run.connection.slug,
            run=str(run.id),
            environment=run.environment,
            passed=run.passed,
        )
    get_logger().info("conformance.ended", connection=run.connection.slug, passed=run.passed)
    return run


def _named(slug: str) -> Connection:
    connection = Connection.objects.select_for_update().filter(slug=slug).first()
    if connection is None:
        raise NotFound(f"There is no connection “{slug}”.", code="connection.not_found")
    return connection


def _kept(finding: Finding) -> dict[str, Any]:
    """Return a finding as JSON; numbers and dates that JSON does not know are texts."""
    details = json.loads(json.dumps(redact_json(dict(finding.details)), default=str))
    return {**asdict(replace(finding, details=details)), "at": now().isoformat(timespec="milliseconds")}
