"""What somebody who helps with a connection needs to see, and may see: no secret, nothing of a person.

Texts of the other side, titles, names of things there and the paths of addresses stay here, because any of
them may name a person; codes, states, times, counts and identifiers of ours go out.
"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import connection as database
from django.db.models import Count, Min
from pydantic import SecretStr
from pydantic_core import to_jsonable_python

from caseway import __version__
from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.core.clock import now
from caseway.core.errors import CasewayError, NotFound
from caseway.core.redaction import redact_json, redact_text
from caseway.delivery.endings import endings
from caseway.delivery.failing import policy_of
from caseway.delivery.links import unseal
from caseway.delivery.models import Attempt, Connection, WireExchange

RECENT = 20
"""So many deliveries, the newest, are told with each of their tries."""

EXCHANGES = 50
"""So many exchanges over the wire, the newest, are told."""

_TOLD_HEADERS = frozenset(
    {"content-type", "content-length", "retry-after", "server", "x-request-id", "x-correlation-id"}
)
_HEALTH = (
    "circuit",
    "circuit_failures",
    "circuit_until",
    "down_since",
    "paused_at",
    "last_success_at",
    "last_failure_at",
    "last_failure_code",
    "checked_at",
    "certificate_ends_at",
)


def diagnose(actor: Actor, slug: str) -> dict[str, Any]:
    """Return what there is to know of a connection, as JSON; runs in the caller's scope.

    Times are ISO 8601 with their zone. Raises `NotPermitted`, and `NotFound` (`connection.not_found`).
    """
    require(actor, "connections.edit")
    connection = Connection.objects.filter(slug=slug).first()
    if connection is None:
        raise NotFound(f"There is no connection “{slug}”.", code="connection.not_found")
    found = {
        "at": now(),
        "caseway": __version__,
        "python": platform.python_version(),
        "postgresql": database.pg_version,  # type: ignore[attr-defined]
        "connection": _connection(connection),
        "health": _health(connection),
        "findings": redact_json(connection.check_report),
        "endings": [{"days": one.days, "sentence": one.sentence()} for one in endings() if one.slug == slug],
        "deliveries": _queue(connection),
        "recent": _recent(connection),
        "exchanges": [_exchange(one) for one in connection.exchanges.order_by("-id")[:EXCHANGES]],
    }
    audit.record(actor, "connection.diagnosed", "connection", slug)
    told: dict[str, Any] = to_jsonable_python(found, fallback=str)
    return told


def _connection(connection: Connection) -> dict[str, Any]:
    remembered = connection.memory.values_list("key", flat=True)
    return {
        "slug": connection.slug,
        "rail": connection.rail,
        "environment": connection.environment,
        "concurrency": connection.concurrency,
        "retry": policy_of(connection).model_dump(),
        "settings": redact_json(_impersonal(connection.settings)),
        "secrets": _secrets(connection),
        "remembers": Counter(key.partition(":")[0] for key in remembered),
    }


def _impersonal(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings without the name of a login, which may be a person's."""
    return {name: bool(value) if name == "username" else value for name, value in settings.items()}


def _secrets(connection: Connection) -> dict[str, Any]:
    """Tell which secrets are set; where they cannot be opened, why."""
    try:
        settings = unseal(connection)
    except CasewayError as error:
        return {"error": error.code}
    values = ((name, getattr(settings, name)) for name in type(settings).model_fields)
    return {name: bool(value.get_secret_value()) for name, value in values if isinstance(value, SecretStr)}


def _health(connection: Connection) -> dict[str, Any]:
    health = {name: getattr(connection, name) for name in _HEALTH}
    return health | {"last_failure_sentence": redact_text(connection.last_failure_sentence)}


def _queue(connection: Connection) -> Sequence[Mapping[str, Any]]:
    rows = connection.deliveries.values("state", "code").annotate(count=Count("id"), oldest=Min("created_at"))
    return list(rows.order_by("state", "code"))


def _recent(connection: Connection) -> list[dict[str, Any]]:
    names = ("id", "purpose", "state", "code", "attempts", "failures", "created_at", "next_attempt_at")
    newest = list(connection.deliveries.order_by("-id").values(*names)[:RECENT])
    tries: dict[Any, list[dict[str, Any]]] = {row["id"]: [] for row in newest}
    for one in Attempt.objects.filter(delivery_id__in=tries).order_by("id"):
        tries[one.delivery_id].append(
            {
                "what": one.what,
                "number": one.number,
                "at": one.started_at,
                "ms": _milliseconds(one.started_at, one.finished_at),
                "outcome": one.outcome,
                "code": one.code,
            }
        )
    return [row | {"tries": tries[row["id"]]} for row in newest]


def _milliseconds(began: datetime, ended: datetime | None) -> float | None:
    return round((ended - began).total_seconds() * 1000, 1) if ended else None


def _exchange(one: WireExchange) -> dict[str, Any]:
    address = urlsplit(one.url)
    return {
        "at": one.at,
        "delivery": one.delivery_id,
        "method": one.method,
        "host": address.hostname or "",
        "action": one.action,
        "status": one.status,
        "exception": one.exception,
        "ms": round(one.duration_ms, 1),
        "request_bytes": one.request_bytes,
        "response_bytes": one.response_bytes,
        "request_headers": _headers(one.request_headers),
        "response_headers": _headers(one.response_headers),
    }


def _headers(headers: Mapping[str, Any]) -> dict[str, Any]:
    told = {name: value for name, value in headers.items() if name.lower() in _TOLD_HEADERS}
    return dict(redact_json(told))
