"""The keys of a connection as a rail holds them: read when asked for, opened for that moment only."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from caseway.access.scope import scope
from caseway.core.secrets import decrypt
from caseway.delivery.models import ConnectionKey, SubjectSchema
from caseway.rails.keys import NO_KEYS, Key, SchemaFile

SEALED_AS = "connection key"
_SIGNING = (ConnectionKey.State.IN_FORCE,)
_DECRYPTING = (ConnectionKey.State.IN_FORCE, ConnectionKey.State.OVERLAP, ConnectionKey.State.PREPARED)


class ConnectionKeys:
    """The keys of one saved connection."""

    def __init__(self, organisation_id: UUID, connection_id: UUID) -> None:
        self._organisation_id = organisation_id
        self._connection_id = connection_id

    def signing(self) -> Key:
        """Return the key that signs now. Raises `NotConfigured` (`keys.none_to_sign`)."""
        found = self._read(ConnectionKey.Use.SIGN, _SIGNING)
        return found[0] if found else NO_KEYS.signing()

    def decryption(self) -> Sequence[Key]:
        """Return every key that may decrypt, the one in force first.

        A prepared one is among them: others may have been given it before we say that it is in force.
        """
        return self._read(ConnectionKey.Use.DECRYPT, _DECRYPTING)

    def _read(self, use: str, states: Sequence[str]) -> list[Key]:
        with scope(self._organisation_id):
            rows = list(
                ConnectionKey.objects.filter(connection_id=self._connection_id, use=use, state__in=states)
            )
        rows.sort(key=lambda row: states.index(ConnectionKey.State(row.state)))
        return [opened(row) for row in rows]


def opened(row: ConnectionKey) -> Key:
    """Return a stored key with its private part. Raises `NotConfigured` (`secrets.…`)."""
    return Key(
        kid=row.kid,
        use="sign" if row.use == ConnectionKey.Use.SIGN else "decrypt",
        public=row.public,
        private_pem=decrypt(row.private, SEALED_AS).encode(),
        ends_at=row.ends_at,
    )


class RegisteredSchemas:
    """The schemas an organisation has registered."""

    def __init__(self, organisation_id: UUID) -> None:
        self._organisation_id = organisation_id

    def get(self, uri: str) -> SchemaFile | None:
        """Return a schema by its URI, or None."""
        with scope(self._organisation_id):
            row = SubjectSchema.objects.filter(uri=uri).first()
        if row is None:
            return None
        files = {name: text.encode() for name, text in row.files.items()}
        return SchemaFile(row.uri, row.media_type, row.entry, files)
