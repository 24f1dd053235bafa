"""Property values: from the text of a form, to JSON, to the journal (CMIS 1.1, 5.4.2; w21 to w26)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from caseway.rails.cmis.simulator.definitions import PropertyDefinition
from caseway.rails.cmis.simulator.errors import invalid

Scalar = str | int | bool | Decimal | datetime
Value = Scalar | list[Scalar] | None

_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_INTEGER = re.compile(r"[+-]?\d+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse(definition: PropertyDefinition, text: str) -> Scalar:
    """Return the value a form's text stands for. Raises invalidArgument.

    A boolean that is not `true` is false without a word, as on the lab server (w22).
    """
    kind = definition.property_type
    if kind == "integer":
        return _integer(definition.id, text)
    if kind == "decimal":
        return _decimal(definition.id, text)
    if kind == "boolean":
        return text.lower() == "true"
    if kind == "datetime":
        return _moment(definition.id, text)
    return text


def to_json(value: Value, *, extended_dates: bool) -> Any:
    """Return what stands in the JSON: milliseconds for a datetime, or ISO 8601 with `extended_dates`."""
    if isinstance(value, list):
        return [to_json(item, extended_dates=extended_dates) for item in value]
    if isinstance(value, datetime):
        return iso(value) if extended_dates else milliseconds(value)
    return value


def milliseconds(moment: datetime) -> int:
    """Return milliseconds since 1970-01-01 UTC."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_milliseconds(value: int) -> datetime:
    """Return the moment that many milliseconds after 1970-01-01 UTC. Raises `OverflowError`."""
    return _EPOCH + timedelta(milliseconds=value)


def iso(moment: datetime) -> str:
    """Return ISO 8601 as the lab server writes it: no empty milliseconds, Z for UTC (w23, w51)."""
    precision = "milliseconds" if moment.microsecond else "seconds"
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def to_record(value: Value) -> Any:
    """Return a value as the journal keeps it."""
    if isinstance(value, list):
        return [to_record(item) for item in value]
    if isinstance(value, datetime):
        return {"t": value.isoformat()}
    if isinstance(value, Decimal):
        return {"d": str(value)}
    return value


def from_record(data: Any) -> Any:
    """Return the value the journal kept."""
    if isinstance(data, list):
        return [from_record(item) for item in data]
    if isinstance(data, dict):
        return datetime.fromisoformat(data["t"]) if "t" in data else Decimal(data["d"])
    return data


def _integer(property_id: str, text: str) -> int:
    if not _INTEGER.fullmatch(text.strip()):
        raise invalid(f"{property_id} value is not an integer value!")
    return int(text)


def _decimal(property_id: str, text: str) -> Decimal:
    if not _DECIMAL.fullmatch(text.strip()):
        raise invalid(f"{property_id} value is not a decimal value!")
    return Decimal(text.strip())


def _moment(property_id: str, text: str) -> datetime:
    problem = invalid(f"{property_id} value is not an datetime value!")
    try:
        if _INTEGER.fullmatch(text):
            return from_milliseconds(int(text))
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise problem from None
    if moment.tzinfo is None:
        raise problem
    return moment
