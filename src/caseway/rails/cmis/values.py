"""Property values: from the JSON of a step to the text of the Browser binding, and into controls.

The conversion is total: what cannot be written exactly is refused here, before anything is sent. A server may
take `ja` for false, or an empty text for a required one, without a word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from caseway.core.errors import Invalid

Kind = Literal["string", "id", "uri", "html", "boolean", "integer", "decimal", "datetime"]
Scalar = str | bool | int | Decimal | datetime
Value = Scalar | Sequence[Scalar] | None

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?")


def wire_text(kind: Kind, value: Any) -> str:
    """Return one value as the text of the Browser binding. Raises `Invalid`.

    Datetimes (aware, or ISO 8601 text with a zone) become milliseconds since 1970; decimals have a point.
    """
    match kind:
        case "string" | "id" | "uri" | "html":
            return _text(value)
        case "boolean":
            return _boolean(value)
        case "integer":
            return _integer(value)
        case "decimal":
            return _decimal(value)
        case "datetime":
            return _datetime(value)
    raise _unfit(kind)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _unfit("string")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _unfit("string") from error
    return value


def _boolean(value: Any) -> str:
    if value is True or value is False:
        return "true" if value else "false"
    raise _unfit("boolean")


def _integer(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and re.fullmatch(r"[+-]?\d{1,40}", value, re.ASCII):
        return str(int(value))
    raise _unfit("integer")


def _decimal(value: Any) -> str:
    if isinstance(value, bool | float):
        raise _unfit("decimal")
    try:
        number = value if isinstance(value, Decimal) else Decimal(_checked(str(value)))
    except InvalidOperation as error:
        raise _unfit("decimal") from error
    if not number.is_finite():
        raise _unfit("decimal")
    return f"{number:f}"


def _checked(text: str) -> str:
    if not _DECIMAL.fullmatch(text):
        raise _unfit("decimal")
    return text


def _datetime(value: Any) -> str:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise _unfit("datetime") from error
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise _unfit("datetime")
    return str((value - _EPOCH) // timedelta(milliseconds=1))


def _unfit(kind: str) -> Invalid:
    return Invalid(
        f"A value cannot be written as {kind}.",
        code="cmis.value_unfit",
        remedy="Correct the conversion of this property in the mapping.",
        type=kind,
    )


def controls(properties: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return `propertyId[i]` and `propertyValue[i]` or `[i][j]` controls (CMIS 1.1 §5.4).

    Each property is `{"type": kind, "multi": bool, "value": value or list}`; None or an empty list sends the
    id alone, which means "not set". Indices start at 0 without gaps. Raises `Invalid` naming the property.
    """
    fields: list[tuple[str, str]] = []
    for index, (property_id, entry) in enumerate(properties.items()):
        fields.append((f"propertyId[{index}]", property_id))
        try:
            fields += _value_controls(index, entry)
        except Invalid as error:
            error.details["property"] = property_id
            raise
    return fields


def _value_controls(index: int, entry: Mapping[str, Any]) -> list[tuple[str, str]]:
    kind, value = entry["type"], entry["value"]
    if value is None:
        return []
    if not entry.get("multi", False):
        return [(f"propertyValue[{index}]", wire_text(kind, value))]
    return [(f"propertyValue[{index}][{j}]", wire_text(kind, one)) for j, one in enumerate(value)]


def plain(kind: Kind, value: Scalar) -> str | bool | int:
    """Return one value as JSON that `wire_text` reads back without loss."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value
