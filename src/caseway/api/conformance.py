"""`/connections/{slug}/conformance`: runs that prove a connection, and how far they are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from pydantic import ConfigDict, Field

from caseway.api.door import actor_of, router
from caseway.api.shapes import Shape
from caseway.core.signing import public_keys
from caseway.delivery.conformance import LARGE_BYTES, MAX_LARGE_BYTES, PATIENCE, RunWish, start_conformance
from caseway.delivery.models import ConformanceRun
from caseway.delivery.runs import get_run, list_runs, progress_of, state_of
from caseway.intake.text import Line

api = router()


class RunWishShape(Shape):
    """How a run is made. `place` is where at the other side it may act; empty: it makes one for itself."""

    model_config = ConfigDict(extra="forbid")
    place: Annotated[str, Line(500)] = ""
    submission_id: UUID | None = None
    large_bytes: int = Field(default=LARGE_BYTES, ge=1, le=MAX_LARGE_BYTES)
    patience: float = Field(default=PATIENCE, gt=0, le=3600)


class ClauseShape(Shape):
    """A clause of a run. `state` is waiting, passed, failed or not_tried."""

    code: str
    title: str
    state: str
    findings: list[dict[str, Any]]


class RunShape(Shape):
    """A run. `state` is running, passed, failed or unfinished; `report` is signed once it has ended."""

    id: UUID
    state: str
    environment: str
    settings_digest: str
    started_at: datetime
    finished_at: datetime | None
    started_by: str
    clauses: list[ClauseShape]
    report: str


class RunList(Shape):
    items: list[RunShape]


@api.post("/connections/{slug:slug}/conformance", response={202: RunShape})
def post_conformance(request: HttpRequest, slug: str, wish: RunWishShape) -> RunShape:
    """Start a conformance run; ask for it again until it has ended."""
    return _shape(start_conformance(actor_of(request), slug, RunWish(**wish.model_dump())))


@api.get("/connections/{slug:slug}/conformance", response=RunList)
def list_conformance(request: HttpRequest, slug: str) -> dict[str, Any]:
    """List the newest runs of a connection."""
    return {"items": [_shape(run) for run in list_runs(actor_of(request), slug)]}


@api.get("/connections/{slug:slug}/conformance/{uuid:run_id}", response=RunShape)
def get_conformance(request: HttpRequest, slug: str, run_id: UUID) -> RunShape:
    """Show a run and how far it is."""
    return _shape(get_run(actor_of(request), slug, run_id))


@api.get("/conformance/keys", response=dict[str, Any])
def list_conformance_keys(request: HttpRequest) -> dict[str, Any]:
    """Return the public keys that verify our reports, as a JWK set (RFC 7517)."""
    return public_keys()


def _shape(run: ConformanceRun) -> RunShape:
    return RunShape(
        id=run.id,
        state=state_of(run),
        environment=run.environment,
        settings_digest=run.settings_digest,
        started_at=run.started_at,
        finished_at=run.finished_at,
        started_by=run.started_by,
        clauses=[
            ClauseShape(
                code=one.code,
                title=one.title,
                state=one.state,
                findings=[dict(finding) for finding in one.findings],
            )
            for one in progress_of(run)
        ],
        report=run.report,
    )
