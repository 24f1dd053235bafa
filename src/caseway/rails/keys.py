"""What a rail may hold in its hand: the keys of a connection, and the schemas registered for its services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, TypeAlias

from caseway.core.errors import NotConfigured

Use: TypeAlias = Literal["sign", "decrypt"]


@dataclass(frozen=True)
class Key:
    """A private key with what others know of it. Private parts never show in a repr, a log or an error."""

    kid: str
    use: Use
    public: Mapping[str, Any]  # the JWK as published, with x5c where there is a certificate
    private_pem: bytes = field(repr=False)  # PKCS #8
    ends_at: datetime | None  # of the certificate


class Keys(Protocol):
    """The keys of one connection: those in force, and those that still open what was sealed before."""

    def signing(self) -> Key:
        """Return the key that signs now. Raises `NotConfigured` (`keys.none_to_sign`)."""

    def decryption(self) -> Sequence[Key]:
        """Return every key that may decrypt, the one in force first; empty where there is none."""


@dataclass(frozen=True)
class SchemaFile:
    """A schema of subject data: JSON Schema, or XSD with what it includes, by name."""

    uri: str
    media_type: str  # application/json | application/xml: of the data, not of the schema
    entry: str  # name of the file to begin with
    files: Mapping[str, bytes] = field(repr=False)


class Schemas(Protocol):
    """The schemas an organisation has registered."""

    def get(self, uri: str) -> SchemaFile | None:
        """Return a schema by its URI, or None."""


class _NoKeys:
    def signing(self) -> Key:
        raise NotConfigured(
            "This connection has no key to sign with.",
            code="keys.none_to_sign",
            remedy="Generate or import a key for signatures on the connection's page of keys.",
        )

    def decryption(self) -> Sequence[Key]:
        return ()


class _NoSchemas:
    def get(self, uri: str) -> SchemaFile | None:
        return None


NO_KEYS: Keys = _NoKeys()
NO_SCHEMAS: Schemas = _NoSchemas()
