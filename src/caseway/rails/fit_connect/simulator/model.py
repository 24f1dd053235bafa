"""What the simulated platform knows: clients, destinations, cases, submissions, replies, events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Version = Literal["v1", "v2"]
Kind = Literal["submission", "reply"]
SCOPES = "https://schema.fitko.de/fit-connect/oauth/scopes/"
SEND = f"{SCOPES}send-submissions"
MANAGE = f"{SCOPES}manage-destinations"
SUBSCRIBE = f"{SCOPES}subscribe-destinations"
CREATE = f"{SCOPES}self-service-api/create:destination"


@dataclass
class Callback:
    """Where to call back, and the secret of the HMAC (32 to 512 characters)."""

    url: str
    secret: str = field(repr=False)


@dataclass
class Client:
    """An API client of the portal. `keys` are public JWKs with which it signs events of replies."""

    id: str
    secret: str = field(repr=False)
    kind: Literal["sender", "subscriber"] = "sender"
    name: str = ""
    destinations: list[str] = field(default_factory=list)
    may_create: bool = False
    callback: Callback | None = None
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def scopes(self) -> list[str]:
        """The scopes a token of this client carries (facts 1.3)."""
        if self.kind == "sender":
            return [SEND]
        return [MANAGE, SUBSCRIBE, CREATE] if self.may_create else [MANAGE, SUBSCRIBE]


@dataclass
class Destination:
    """A Zustellpunkt. A key in `keys` is a public JWK, or `{"made": name}` for one of the simulator's own."""

    id: str
    name: str = ""
    status: str = "active"
    services: list[dict[str, Any]] = field(default_factory=list)
    encryption_kid: str = ""
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    metadata_versions: list[str] = field(default_factory=list)
    reply_channels: dict[str, Any] | None = None
    contact: dict[str, Any] | None = None
    callback: Callback | None = None
    route: dict[str, Any] = field(default_factory=dict)


@dataclass
class Part:
    """One JWE that came: its size in characters, its protected header, its tag (the fifth segment)."""

    size: int
    tag: str
    header: dict[str, Any]


@dataclass
class Parcel:
    """A submission or a reply. `author` is the client that made it, `sent_by` the side it stands on."""

    id: str
    kind: Kind
    case_id: str
    destination_id: str
    version: Version
    author: str
    sent_by: Literal["sender", "subscriber"]
    created: float
    service: dict[str, Any] = field(default_factory=dict)
    region: str | None = None
    callback: Callback | None = None
    announced: list[str] = field(default_factory=list)
    attachments: dict[str, Part] = field(default_factory=dict)
    metadata: Part | None = None
    data: Part | None = None
    status: str = "incomplete"
    submitted: float | None = None
    ended: float | None = None
    hidden_reads: int = 0

    @property
    def subject(self) -> str:
        """The `sub` of its events."""
        return f"{self.kind}:{self.id}"

    def size(self) -> int:
        """The characters of everything that came for it."""
        parts = [*self.attachments.values(), self.metadata, self.data]
        return sum(part.size for part in parts if part is not None)

    def tags(self) -> dict[str, Any]:
        """The `authenticationTags` of its events (facts 5)."""
        tags: dict[str, Any] = {}
        if self.metadata is not None:
            tags["metadata"] = self.metadata.tag
        if self.data is not None:
            tags["data"] = self.data.tag
        return {
            **tags,
            "attachments": {
                key: self.attachments[key].tag for key in self.announced if key in self.attachments
            },
        }


@dataclass
class Event:
    """One entry of a case's log: the SET as it came or was made."""

    name: str
    subject: str
    issuer: str
    at: float
    jws: str


@dataclass
class Case:
    """What submissions and replies hang on. `client` is the sender that opened it."""

    id: str
    destination_id: str
    client: str
    version: Version
    events: list[Event] = field(default_factory=list)


Thing = Client | Destination | Parcel | Case


def pack(thing: Thing) -> dict[str, Any]:
    """Return a thing as JSON can say it (a case without its events)."""
    data = asdict(thing)
    data.pop("events", None)
    return data


def unpack(kind: str, data: Mapping[str, Any]) -> Thing:
    """Return the thing `pack` made."""
    values = dict(data)
    if values.get("callback"):
        values["callback"] = Callback(**values["callback"])
    if kind == "parcel":
        values["attachments"] = {key: Part(**part) for key, part in values["attachments"].items()}
        for name in ("metadata", "data"):
            values[name] = Part(**values[name]) if values[name] else None
    makers: dict[str, type[Thing]] = {
        "client": Client,
        "destination": Destination,
        "parcel": Parcel,
        "case": Case,
    }
    return makers[kind](**values)
