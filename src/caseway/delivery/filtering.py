"""The filter of deliveries: the same words in the address of a screen, in the API and in a replay."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from django.db.models import Q, QuerySet

from caseway.core.errors import Invalid
from caseway.delivery.models import Delivery, DeliveryState


@dataclass(frozen=True)
class DeliveryFilter:
    """Every field that is set must match. `ids` names deliveries one by one."""

    state: str = ""
    code: str = ""
    connection: str = ""  # slug
    form: str = ""
    since: datetime | None = None
    until: datetime | None = None
    ids: tuple[UUID, ...] = ()

    def apply(self, rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """Return the matching deliveries, oldest first, in the caller's scope."""
        conditions = {
            "state": self.state,
            "code": self.code,
            "connection__slug": self.connection,
            "submission__form_id": self.form,
            "created_at__gte": self.since,
            "created_at__lt": self.until,
        }
        wanted = Q(**{name: value for name, value in conditions.items() if value})
        if self.ids:
            wanted &= Q(id__in=self.ids)
        return rows.filter(wanted).order_by("id")

    def as_json(self) -> dict[str, Any]:
        """Return the fields that are set, as JSON."""
        plain = {name: value for name, value in asdict(self).items() if value}
        return {
            name: [str(one) for one in value]
            if isinstance(value, tuple)
            else value.isoformat()
            if isinstance(value, datetime)
            else value
            for name, value in plain.items()
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Read a filter. Raises `Invalid` (`filter.invalid`) for an unknown field or a bad value."""
        known = {field.name for field in fields(cls)}
        if unknown := set(data) - known:
            raise _invalid(f"There is no filter “{sorted(unknown)[0]}”.")
        state = str(data.get("state", ""))
        if state and state not in DeliveryState.values:
            raise _invalid(f"There is no state “{state}”.")
        try:
            return cls(
                state=state,
                code=str(data.get("code", "")),
                connection=str(data.get("connection", "")),
                form=str(data.get("form", "")),
                since=_moment(data.get("since")),
                until=_moment(data.get("until")),
                ids=tuple(UUID(str(one)) for one in data.get("ids", ())),
            )
        except (TypeError, ValueError) as error:
            raise _invalid("A value of the filter cannot be read.") from error


def _moment(text: Any) -> datetime | None:
    if not text:
        return None
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None:
        raise ValueError("a time needs its zone")
    return moment


def _invalid(sentence: str) -> Invalid:
    return Invalid(sentence, code="filter.invalid", remedy="See the reference of the API for the filters.")
