"""`/connections/{slug}/keys`: which keys a connection has, and their public parts."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from caseway.api.door import actor_of, router
from caseway.api.shapes import Shape
from caseway.delivery.key_care import describe
from caseway.delivery.keys import list_keys, public_key

api = router()


class KeyShape(Shape):
    """A key as it may be shown. `selfSigned` ones are good for test environments only."""

    kid: str
    use: str
    state: str
    origin: str
    created_at: datetime
    created_by: str
    in_force_at: datetime | None
    overlap_until: datetime | None
    retired_at: datetime | None
    ends_at: datetime | None
    days_left: int | None
    self_signed: bool
    subject: str
    issuer: str


class KeyList(Shape):
    items: list[KeyShape]


@api.get("/connections/{slug:slug}/keys", response=KeyList)
def list_connection_keys(request: HttpRequest, slug: str) -> dict[str, Any]:
    """List the keys of a connection, the newest first."""
    rows = list_keys(actor_of(request), slug)
    return {"items": [KeyShape(**asdict(describe(row))) for row in rows]}


@api.get("/connections/{slug:slug}/keys/{kid}", response=dict[str, Any])
def get_connection_key(request: HttpRequest, slug: str, kid: str) -> dict[str, Any]:
    """Return the public JSON Web Key, as it is published (RFC 7517)."""
    return public_key(actor_of(request), slug, kid)
