"""Open connections: settings with their secrets, a client per connection and process, the wire log.

A client is shared by the threads of a process (TLS contexts and sockets are dear); what it exchanges is
gathered per attempt by a context variable and written with the attempt's outcome.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import httpx2
from pydantic import SecretStr, ValidationError

from caseway.access.scope import scope
from caseway.cases.writing import new_row, write
from caseway.core.clock import now
from caseway.core.errors import NotConfigured
from caseway.core.http import Exchange, open_client
from caseway.core.secrets import decrypt, encrypt
from caseway.delivery.keyring import ConnectionKeys, RegisteredSchemas
from caseway.delivery.models import Connection, ConnectionMemory, WireExchange
from caseway.rails.contract import Link, Rail, RailSettings
from caseway.rails.registry import rail

_exchanges: ContextVar[list[Exchange] | None] = ContextVar("exchanges", default=None)
_clients: dict[UUID, tuple[str, httpx2.Client]] = {}
_former: list[tuple[datetime, httpx2.Client]] = []  # of settings that were changed: closed at that time
_known: dict[tuple[UUID, str], tuple[datetime, Any]] = {}  # of this process: until when, and the value
_lock = threading.Lock()
_BELIEVED = timedelta(seconds=5)
_LONGEST_USE = timedelta(hours=6)


@contextmanager
def recording() -> Iterator[list[Exchange]]:
    """Gather what this thread exchanges with any other side while the block runs."""
    gathered: list[Exchange] = []
    token = _exchanges.set(gathered)
    try:
        yield gathered
    finally:
        _exchanges.reset(token)


def _record(exchange: Exchange) -> None:
    gathered = _exchanges.get()
    if gathered is not None:
        gathered.append(exchange)


def seal(settings: RailSettings) -> tuple[dict[str, Any], str]:
    """Part typed settings into what may be read and what is encrypted."""
    plain, secret = {}, {}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            secret[name] = value.get_secret_value()
        else:
            plain[name] = settings.model_dump(mode="json", include={name})[name]
    return plain, encrypt(json.dumps(secret), "connection") if secret else ""


def unseal(connection: Connection) -> RailSettings:
    """Return the typed settings of a connection with their secrets. Raises `NotConfigured`."""
    secret = json.loads(decrypt(connection.secrets, "connection")) if connection.secrets else {}
    try:
        return rail(connection.rail).settings_type.model_validate({**connection.settings, **secret})
    except ValidationError as error:
        raise NotConfigured(
            f"The settings of {connection.name} do not fit the rail any more.",
            code="connection.settings_invalid",
            remedy="Open the connection, correct the fields named, and save it.",
            fields=[".".join(map(str, problem["loc"])) for problem in error.errors()],
        ) from error


@dataclass(frozen=True)
class OpenConnection:
    """A connection with its rail and link."""

    rail: Rail
    link: Link


def open_connection(connection: Connection) -> OpenConnection:
    """Return a connection ready for use; the client is made once for each state of the settings."""
    settings = unseal(connection)
    return OpenConnection(
        rail(connection.rail),
        Link(
            connection_id=connection.id,
            environment=connection.environment,
            settings=settings,
            client=_client(connection, settings),
            cache=ConnectionCache(connection.organisation_id, connection.id),
            keys=ConnectionKeys(connection.organisation_id, connection.id),
            schemas=RegisteredSchemas(connection.organisation_id),
        ),
    )


@contextmanager
def draft_link(rail_id: str, settings: RailSettings, environment: str) -> Iterator[Link]:
    """Open settings that are not saved yet: a client of their own, a memory that is thrown away."""
    with open_client(settings.http(), settings.auth(), _record) as client:
        yield Link(UUID(int=0), environment, settings, client, PassingMemory())


def _client(connection: Connection, settings: RailSettings) -> httpx2.Client:
    state = sha256(f"{json.dumps(connection.settings, sort_keys=True)}{connection.secrets}".encode())
    with _lock:
        known = _clients.get(connection.id)
        if known and known[0] == state.hexdigest():
            return known[1]
        client = open_client(settings.http(), settings.auth(), _record)
        _clients[connection.id] = (state.hexdigest(), client)
        if known:
            _give_up(known[1])
    return client


def _give_up(client: httpx2.Client) -> None:
    """Close a client whose settings were changed, but later: a thread may be in an upload with it."""
    _former.append((now() + _LONGEST_USE, client))
    while _former and _former[0][0] <= now():
        _former.pop(0)[1].close()


def close_clients() -> None:
    """Close every client of this process."""
    with _lock:
        for client in [client for _, client in (*_clients.values(), *_former)]:
            client.close()
        _clients.clear()
        _former.clear()
        _known.clear()


class ConnectionCache:
    """What a connection remembers, in its table, shared by all workers.

    What was found, or found missing, is believed for a few seconds without asking the table again: a delivery
    asks ten times. The values are shared; nobody may change them.
    """

    def __init__(self, organisation_id: UUID, connection_id: UUID) -> None:
        self._organisation_id = organisation_id
        self._connection_id = connection_id

    def get(self, key: str) -> Any | None:
        known = _known.get((self._connection_id, key))
        if known is not None and known[0] > now():
            return known[1]
        value = self._read(key)
        _known[self._connection_id, key] = (now() + _BELIEVED, value)
        return value

    def _read(self, key: str) -> Any | None:
        with scope(self._organisation_id):
            row = ConnectionMemory.objects.filter(
                connection_id=self._connection_id, key=key, expires_at__gt=now()
            ).first()
        return row.value if row else None

    def put(self, key: str, value: Any, seconds: int) -> None:
        _known.pop((self._connection_id, key), None)
        with scope(self._organisation_id):
            # One statement: between two, another worker may put or drop the same key.
            ConnectionMemory.objects.bulk_create(
                [
                    ConnectionMemory(
                        organisation_id=self._organisation_id,
                        connection_id=self._connection_id,
                        key=key,
                        value=value,
                        expires_at=now() + timedelta(seconds=seconds),
                    )
                ],
                update_conflicts=True,
                unique_fields=["connection", "key"],
                update_fields=["value", "expires_at"],
            )

    def drop(self, key: str) -> None:
        _known.pop((self._connection_id, key), None)
        with scope(self._organisation_id):
            ConnectionMemory.objects.filter(connection_id=self._connection_id, key=key).delete()


class PassingMemory:
    """A memory for one check."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def get(self, key: str) -> Any | None:
        return self._values.get(key)

    def put(self, key: str, value: Any, seconds: int) -> None:
        self._values[key] = value

    def drop(self, key: str) -> None:
        self._values.pop(key, None)


def write_exchanges(
    connection: Connection,
    exchanges: list[Exchange],
    *,
    delivery_id: UUID | None,
    attempt_id: UUID | None,
    arrival_id: UUID | None = None,
) -> None:
    """Keep gathered exchanges, in the caller's transaction."""
    rows = rows_of(
        connection, exchanges, delivery_id=delivery_id, attempt_id=attempt_id, arrival_id=arrival_id
    )
    if rows:
        write(*rows)


def rows_of(
    connection: Connection,
    exchanges: list[Exchange],
    *,
    delivery_id: UUID | None,
    attempt_id: UUID | None,
    arrival_id: UUID | None = None,
) -> list[WireExchange]:
    """Return the rows of gathered exchanges, to be written; the list of the exchanges is emptied."""
    rows = [
        new_row(
            WireExchange,
            id=exchange.id,
            organisation_id=connection.organisation_id,
            connection_id=connection.id,
            attempt_id=attempt_id,
            delivery_id=delivery_id,
            arrival_id=arrival_id,
            at=exchange.started_at,
            method=exchange.method,
            url=exchange.url,
            action=exchange.action[:60],
            status=exchange.status,
            exception=(exchange.exception or "")[:200],
            duration_ms=exchange.duration_ms,
            object_id=(exchange.object_id or "")[:500],
            request_headers=exchange.request_headers,
            response_headers=exchange.response_headers,
            request_bytes=exchange.request_bytes,
            response_bytes=exchange.response_bytes,
        )
        for exchange in exchanges
    ]
    exchanges.clear()
    return rows
