"""`/deliveries`: what is owed to whom, every try of it, and its proof."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from pydantic import ConfigDict

from caseway.access.permissions import require
from caseway.api.delivery_reading import delivery
from caseway.api.delivery_shapes import (
    DeliveryDetail,
    DeliveryRow,
    ExchangeShape,
    delivery_detail,
    delivery_row,
    exchange_shape,
)
from caseway.api.door import Limit, Page, actor_of, page, router, scoped, tagged
from caseway.api.shapes import Shape
from caseway.delivery.queries import DeliveryFilter, deliveries
from caseway.delivery.retry import retry_delivery
from caseway.delivery.wirelog import exchanges_of
from caseway.intake.moments import Moment
from caseway.intake.text import Line

api = router()


class Retry(Shape):
    """Why it should be tried again; kept with the delivery."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[str, Line(300)] = ""


@api.get("/deliveries", response=Page[DeliveryRow])
@scoped
def list_deliveries(
    request: HttpRequest,
    after: UUID | None = None,
    limit: Limit = 50,
    state: Annotated[str, Line(16)] = "",
    code: Annotated[str, Line(80)] = "",
    connection: Annotated[str, Line(60)] = "",
    form: Annotated[str, Line(100)] = "",
    since: Moment | None = None,
    until: Moment | None = None,
) -> dict[str, Any]:
    """List deliveries, newest first; every filter given must match."""
    require(actor_of(request), "deliveries.read")
    wanted = DeliveryFilter(state, code, connection, form, since, until)
    return page(deliveries(wanted, after=after, limit=limit + 1), limit, delivery_row)


@api.get("/deliveries/{uuid:delivery_id}", response=DeliveryDetail)
@scoped
def get_delivery(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Show a delivery with its steps, tries and receipts."""
    return tagged(request, delivery_detail(delivery(actor_of(request), delivery_id)))


@api.get("/deliveries/{uuid:delivery_id}/exchanges", response=Page[ExchangeShape])
@scoped
def list_exchanges(
    request: HttpRequest, delivery_id: UUID, after: UUID | None = None, limit: Limit = 50
) -> dict[str, Any]:
    """List what was exchanged with the other side for a delivery, oldest first."""
    rows = exchanges_of(actor_of(request), delivery_id, after=after, limit=limit + 1)
    return page(rows, limit, exchange_shape)


@api.post("/deliveries/{uuid:delivery_id}/retry", response=DeliveryRow)
@scoped
def post_retry(request: HttpRequest, delivery_id: UUID, wish: Retry) -> DeliveryRow:
    """Have a delivery tried again now. What has its receipt is not sent again."""
    return delivery_row(retry_delivery(actor_of(request), delivery_id, wish.reason))
