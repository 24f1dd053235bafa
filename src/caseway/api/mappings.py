"""`/mappings`: what is published, and what a mapping would make of a real submission."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Path
from pydantic import ConfigDict, Field

from caseway.api.door import actor_of, router, scoped
from caseway.api.shapes import Shape
from caseway.mapping import catalogue
from caseway.mapping.models import MappingVersion
from caseway.mapping.preview import preview

api = router()
MappingId = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]


class MappingRow(Shape):
    """One version of a mapping."""

    mapping_id: str
    version: int
    title: str
    state: str
    fingerprint: str
    changed_at: datetime
    published_at: datetime | None


class MappingDetail(MappingRow):
    """A version as written, and with the mappings it extends applied."""

    document: dict[str, Any]
    resolved: dict[str, Any] | None


class MappingList(Shape):
    items: list[MappingRow]


class RenderWish(Shape):
    """With which submission to try a mapping: a version, or a document that is not kept anywhere."""

    model_config = ConfigDict(extra="forbid")
    submission_id: UUID
    version: Annotated[int, Field(ge=1, le=2_000_000_000)] | None = None
    document: dict[str, Any] | None = None


class ProblemLine(Shape):
    """What stands in the way of filing."""

    code: str
    detail: str
    remedy: str


class RenderedShape(Shape):
    """What the other side would get. Nothing is sent."""

    rendered: dict[str, Any]
    problems: list[ProblemLine]


@api.get("/mappings", response=MappingList)
@scoped
def list_mappings(request: HttpRequest) -> dict[str, Any]:
    """List every version of every mapping, drafts included."""
    actor = actor_of(request)
    versions = [
        version
        for known in catalogue.list_mappings(actor)
        for version in catalogue.versions_of(actor, known.mapping_id)
    ]
    return {"items": [MappingRow(**_row(version)) for version in versions]}


@api.get("/mappings/{mapping_id}/{int:version}", response=MappingDetail)
@scoped
def get_mapping(request: HttpRequest, mapping_id: Path[MappingId], version: int) -> MappingDetail:
    """Show one version."""
    found = catalogue.get_version(actor_of(request), mapping_id, version)
    return MappingDetail(**_row(found), document=catalogue.written(found), resolved=found.resolved)


@api.post("/mappings/{mapping_id}/render", response=RenderedShape)
@scoped
def render_mapping(request: HttpRequest, mapping_id: Path[MappingId], wish: RenderWish) -> RenderedShape:
    """Try a mapping on a stored submission: the newest version, the one named, or the document sent."""
    actor = actor_of(request)
    document = wish.document
    if document is None:
        newest = catalogue.versions_of(actor, mapping_id)[0]
        chosen = catalogue.get_version(actor, mapping_id, wish.version) if wish.version else newest
        document = catalogue.written(chosen)
    tried = preview(actor, document, wish.submission_id)
    return RenderedShape(
        rendered=tried.rendered.as_json(),
        problems=[
            ProblemLine(code=found.code, detail=found.sentence, remedy=found.remedy)
            for found in tried.problems
        ],
    )


def _row(version: MappingVersion) -> dict[str, Any]:
    return {
        "mapping_id": version.mapping_id,
        "version": version.version,
        "title": version.title,
        "state": version.state,
        "fingerprint": version.fingerprint,
        "changed_at": version.changed_at,
        "published_at": version.published_at,
    }
