"""The settings of a FIT-Connect connection; the portal's form is made from the fields.

One connection is one API client of the Self-Service-Portal. Where the portal issued one client for sending
and another for receiving, there are two connections.
"""

from __future__ import annotations

from typing import Any, Literal, Self
from urllib.parse import urlsplit

import httpx2
from pydantic import Field, SecretStr, field_validator, model_validator

from caseway import __version__
from caseway.core.http import HttpSettings
from caseway.rails.contract import RailSettings
from caseway.rails.fit_connect.addresses import PLATFORMS, Addresses, Version, base_of
from caseway.rails.fit_connect.fitting import UUID, problems_of
from caseway.rails.fit_connect.login import FitConnectLogin

URN = r"^urn:[a-z0-9][a-z0-9-]{0,31}:[a-z0-9()+,.:=@;$_!*'%/?#-]+$"  # Submission API 1.1.3, ServiceType
MB = 1_000_000
TESTING = ("sandbox", "test")


def _setting(title: str, description: str, group: str, default: Any = ..., **rules: Any) -> Any:
    return Field(default, title=title, description=description, json_schema_extra={"group": group}, **rules)


class FitConnectSettings(RailSettings):
    """How one API client reaches the platform, what it sends and what it receives."""

    platform: Literal["test", "reference", "production", "custom"] = _setting(
        "Platform", "Whose addresses are used; those of another one are entered below.", "platform", "test"
    )
    api_version: Version = _setting("API version", "Of the Submission API.", "platform", "v2")
    client_id: str = _setting("Client", "Id of the API client, from the portal.", "platform", min_length=1)
    client_secret: SecretStr = _setting("Client secret", "As the portal showed it once.", "platform")
    roles: Literal["send", "receive", "both"] = _setting(
        "Role", "What the API client may do: send, receive, or both.", "platform", "send"
    )
    user_agent: str = _setting(
        "User agent", "How we name ourselves; the platform turns callers without a name away.", "platform",
        f"Caseway/{__version__}", pattern=r"^[!-~][ -~]{2,199}$",
    )  # fmt: skip

    token_url: str = _setting("Token address", "Empty: that of the platform.", "address", "")
    submission_url: str = _setting(
        "Submission API", "Base address without /v1 or /v2. Empty: that of the platform.", "address", ""
    )
    destination_url: str = _setting(
        "Destination API", "Base address, only for v2. Empty: that of the platform.", "address", ""
    )
    routing_url: str = _setting(
        "Routing API", "Base address without /v1. Empty: that of the platform.", "address", ""
    )
    portal_url: str = _setting(
        "Portal", "Address of the Self-Service-Portal, which signs destination data. Empty: the platform's.",
        "address", "",
    )  # fmt: skip
    destinations_from: Literal["submission", "destination"] = _setting(
        "Read destinations from", "Which API of v2 is asked for destinations.", "address",
        "submission",
    )  # fmt: skip

    addressing: Literal["fixed", "routing"] = _setting(
        "Find the recipient", "Where things are sent to.", "sending", "fixed"
    )
    destination_id: str = _setting(
        "Destination",
        "Id of the destination all is sent to, where it is always the same.",
        "sending",
        "",
        pattern=f"{UUID}|^$",
    )
    service_identifier: str = _setting(
        "Service", "URN of the service (urn:de:fim:leika:leistung:99…), where the mapping names none.",
        "sending", "", pattern=f"{URN}|^$", max_length=255,
    )  # fmt: skip
    subject_schema: str = _setting(
        "Schema of the data", "URI, where a destination takes several of the same format.", "sending", "",
        max_length=500,
    )  # fmt: skip
    service_name: str = _setting("Name of the service", "Shown to the recipient.", "sending", "")
    region_kind: Literal["ars", "ags", "area_id"] = _setting(
        "Region given as", "Regional key (ARS), municipality key (AGS), or area id of the routing service.",
        "sending", "ars",
    )  # fmt: skip
    region: str = _setting(
        "Region", "Digits only, where the mapping names none.", "sending", "", pattern=r"^[0-9]{0,20}$"
    )
    sender_destination_id: str = _setting(
        "Our own destination", "Id of the sender's destination, where the platform asks for one or replies "
        "are answered in its name.", "sending", "", pattern=f"{UUID}|^$",
    )  # fmt: skip
    metadata_minimum: str = _setting(
        "Oldest metadata schema", "Destinations that take only older ones are not sent to.", "sending",
        "1.0.0", pattern=r"^[12]\.[0-9]{1,3}\.[0-9]{1,3}$",
    )  # fmt: skip
    fragment_bytes: int = _setting(
        "Fragment size", "Attachments above this many bytes are sent in fragments. 0: never.", "sending",
        150 * MB, ge=0, le=370 * MB,
    )  # fmt: skip

    receive_destinations: tuple[str, ...] = _setting(
        "Our destinations", "Ids of the destinations we receive for.", "receiving", ()
    )
    accept: Literal["automatic", "by_person"] = _setting(
        "Accept", "By itself means: once it is stored safely and all checks are passed.", "receiving",
        "automatic",
    )  # fmt: skip
    reject_proven_faults: Literal["by_person", "automatic"] = _setting(
        "Reject", "What to do with a submission that is proven to be faulty itself.", "receiving", "by_person"
    )
    tolerates_old_senders: bool = _setting(
        "Tolerate old senders", "Take what clients of v1 in use send: compressed parts, parts without "
        "content type, metadata 1.0.0 without $schema.", "receiving", False,
    )  # fmt: skip
    poll_seconds: int = _setting(
        "Look every", "Seconds between two looks for what waits for us.", "receiving", 300, ge=10, le=86400
    )
    alarm_after_days: int = _setting(
        "Alarm after", "Days without an answer of ours. The platform rejects after 14 days by itself.",
        "receiving", 2, ge=1, le=13,
    )  # fmt: skip

    callback_url: str = _setting(
        "Callback address", "Where the platform tells us news (https). Empty: we only look.", "callback", ""
    )
    callback_secret: SecretStr | None = _setting(
        "Callback secret", "32 to 512 characters, the same as in the portal.", "callback", None
    )

    reply_channel: Literal["none", "fit_connect"] = _setting(
        "Answers to us", "Whether recipients may answer over FIT-Connect.", "replies", "none"
    )
    reply_standards: tuple[str, ...] = _setting(
        "Process standards", "URIs of the standards our answers follow.", "replies", ()
    )

    reply_proof: Literal["submitted", "accepted"] = _setting(
        "A reply is delivered", "Whose word counts: the platform's, or that of its receiver.", "replies",
        "submitted",
    )  # fmt: skip
    reply_issuer: Literal["client", "destination"] = _setting(
        "We answer replies as", "Who signs that we took a reply: our API client or our own destination.",
        "replies", "client",
    )  # fmt: skip

    allow_self_signed: bool = _setting(
        "Self-signed keys", "Accept keys without a certificate chain. Test environments only.", "security",
        False,
    )  # fmt: skip
    revocation: Literal["hard", "soft"] = _setting(
        "Revocation", "What to do while it cannot be told whether a certificate was revoked.",
        "security", "hard",
    )  # fmt: skip
    roots_pem: str | None = _setting(
        "Root certificates", "Of the administration's PKI, as PEM; keys of destinations must lead to them.",
        "security", None,
    )  # fmt: skip

    max_attachments: int = _setting(
        "Attachments", "At most, for each submission.", "limits", 100, ge=1, le=100
    )
    max_attachment_bytes: int = _setting(
        "Size of an attachment", "Bytes, encrypted, for each attachment or fragment.", "limits", 500 * MB,
        ge=MB, le=2000 * MB,
    )  # fmt: skip
    max_total_bytes: int = _setting(
        "Size in total", "Bytes, encrypted, for each submission.", "limits", 2000 * MB, ge=MB, le=20_000 * MB
    )
    max_answer_bytes: int = _setting(
        "Size of an answer", "Bytes of metadata and subject data that are read at once.", "limits", 64 * MB,
        ge=MB, le=500 * MB,
    )  # fmt: skip

    host_ip: str | None = _setting(
        "IP address", "Reach the Submission API at this address; its certificate is still checked by name.",
        "network", None,
    )  # fmt: skip
    proxy_url: SecretStr | None = _setting("Proxy", "http://host:port, where one is needed.", "network", None)
    trust: Literal["system", "private", "both"] = _setting(
        "Trusted authorities", "Which certificate authorities may vouch for the servers.", "network", "system"
    )
    ca_pem: str | None = _setting(
        "Private authority", "Certificate of a private authority, as PEM.", "network", None
    )
    connect_timeout: float = _setting("Connect within", "Seconds.", "network", 10, gt=0, le=120)
    read_timeout: float = _setting("Answer within", "Seconds.", "network", 120, gt=0, le=3600)
    write_timeout: float = _setting("Send within", "Seconds for each piece.", "network", 120, gt=0, le=3600)
    concurrency: int = _setting("At the same time", "Cases carried in parallel.", "network", 4, ge=1, le=32)

    @field_validator("token_url", "submission_url", "destination_url", "routing_url", "portal_url")
    @classmethod
    def _check_address(cls, value: str) -> str:
        value = value.strip()
        parts = urlsplit(value)
        if value and (parts.scheme not in ("https", "http") or not parts.hostname):
            raise ValueError("must be an address that begins with https://")
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("must be an address without user name and without what follows ? or #")
        return value

    @field_validator("callback_url")
    @classmethod
    def _check_callback(cls, value: str) -> str:
        if value and (urlsplit(value).scheme != "https" or not urlsplit(value).hostname):
            raise ValueError("must be an address that begins with https://")
        return value

    @field_validator("callback_secret")
    @classmethod
    def _check_callback_secret(cls, value: SecretStr | None) -> SecretStr | None:
        if value is None or not value.get_secret_value():
            return None
        if not 32 <= len(value.get_secret_value()) <= 512:
            raise ValueError("must have 32 to 512 characters")
        return value

    @model_validator(mode="after")
    def _check_whole(self) -> Self:
        problems = tuple(problems_of(self))
        if problems:
            raise ValueError("; ".join(problems))
        self.http()
        return self

    @property
    def sends(self) -> bool:
        return self.roles in ("send", "both")

    @property
    def receives(self) -> bool:
        return self.roles in ("receive", "both")

    def self_signed_allowed(self, environment: str) -> bool:
        """Say whether keys without a chain count on a connection of this environment: in tests only."""
        return self.allow_self_signed and environment in TESTING

    def addresses(self) -> Addresses:
        """Return where everything lies: what was entered, else what the platform has."""
        known = PLATFORMS[self.platform]
        v1 = self.api_version == "v1"
        submission = base_of(self.submission_url or (known.submission_v1 if v1 else known.submission_v2))
        return Addresses(
            version=self.api_version,
            token=self.token_url or known.token,
            submission=submission,
            destination=submission if v1 else base_of(self.destination_url or known.destination_v2),
            routing=base_of(self.routing_url or known.routing),
            portal=(self.portal_url or known.portal).rstrip("/"),
            destinations_from="submission" if v1 else self.destinations_from,
        )

    def http(self) -> HttpSettings:
        """Return how the HTTP client is built."""
        return HttpSettings(
            base_url=self.addresses().submission,
            trust=self.trust,
            ca_pem=self.ca_pem or None,
            host_ip=self.host_ip or None,
            proxy_url=self.proxy_url.get_secret_value() if self.proxy_url else None,
            connect_timeout=self.connect_timeout,
            read_timeout=self.read_timeout,
            write_timeout=self.write_timeout,
            max_answer_bytes=self.max_answer_bytes,
            max_connections=self.concurrency + 4,
            user_agent=self.user_agent,
        )

    def auth(self) -> httpx2.Auth:
        """Return how requests are signed: a token to the two APIs that know it, nothing to others."""
        return FitConnectLogin(self.addresses(), self.client_id, self.client_secret)
