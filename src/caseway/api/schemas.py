"""`/schemas`: which schemas subject data are held against."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from caseway.api.door import actor_of, router
from caseway.api.shapes import Shape
from caseway.delivery.schemas import list_schemas

api = router()


class SchemaShape(Shape):
    """A registered schema; `mediaType` is that of the data."""

    uri: str
    name: str
    media_type: str
    entry: str
    service_id: str
    created_at: datetime
    created_by: str


class SchemaList(Shape):
    items: list[SchemaShape]


@api.get("/schemas", response=SchemaList)
def list_subject_schemas(request: HttpRequest) -> dict[str, Any]:
    """List the registered schemas by URI."""
    rows = list_schemas(actor_of(request))
    return {"items": [SchemaShape.model_validate(row, from_attributes=True) for row in rows]}
