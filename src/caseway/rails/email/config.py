"""The settings of a mail server; the portal's form is made from the fields."""

from __future__ import annotations

from email.utils import parseaddr
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from caseway.rails.contract import RailSettings

MB = 1_000_000
_NEVER = frozenset(' ,;:<>()[]"\\')  # in an address without quotes (RFC 5322 §3.2.3)


def _setting(title: str, description: str, group: str, default: Any = ..., **rules: Any) -> Any:
    return Field(default, title=title, description=description, json_schema_extra={"group": group}, **rules)


class EmailSettings(RailSettings):
    """How one mail server is reached, and in whose name mail is sent."""

    host: str = _setting("Server", "Name of the mail server.", "server", min_length=1, max_length=253)
    port: int = _setting("Port", "587 with STARTTLS, 465 with TLS.", "server", 587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = _setting(
        "Encryption", "Without is for tests on this machine only.", "server", "starttls"
    )
    ca_pem: str | None = _setting(
        "Private authority", "Certificate of a private authority, as PEM.", "server", None
    )
    username: str = _setting("User", "Empty: without login.", "login", "")
    password: SecretStr | None = _setting("Password", "Of the user.", "login", None)
    sender: str = _setting("From", "Address, with or without a name: Bauamt <bauamt@example.de>.", "mail")
    reply_to: str = _setting("Reply to", "Empty: the address mail is sent from.", "mail", "")
    attach: bool = _setting(
        "Attach documents", "Off: the mail carries the text below instead of the documents.", "mail", True
    )
    instead: str = _setting(
        "Text instead of documents",
        "Stands in the mail where documents are not attached: how to get them.",
        "mail",
        "Zu dieser Nachricht gehören Dokumente. Sie erhalten sie auf Nachfrage.",
        max_length=2000,
    )
    plain_despite_pgp: bool = _setting(
        "Plain though PGP was asked for",
        "Off: who gave a PGP key gets no mail, for mail is not encrypted with PGP here.",
        "mail",
        False,
    )
    max_bytes: int = _setting(
        "Largest mail", "Bytes, as it goes over the wire.", "mail", 25 * MB, ge=MB, le=150 * MB
    )
    timeout: float = _setting("Answer within", "Seconds.", "server", 60, gt=0, le=600)

    @field_validator("sender", "reply_to")
    @classmethod
    def _check_address(cls, value: str) -> str:
        if value and not mailable(parseaddr(value)[1]):
            raise ValueError("must be an e-mail address")
        if any(ord(sign) < 32 for sign in value):
            raise ValueError("must be one line")
        return value

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.sender:
            raise ValueError("mail needs an address it is sent from")
        if self.username and self.password is None:
            raise ValueError("a user needs a password")
        if self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("mail leaves this machine encrypted only")
        return self


def is_address(text: str) -> bool:
    """Say whether this can be an e-mail address: one @, something on each side, nothing that ends a line.

    Before the @ ASCII only: what is more needs servers all the way that know SMTPUTF8 (RFC 6531).
    """
    local, at, domain = text.rpartition("@")
    shaped = bool(at and local and "." in domain.strip(".") and len(text) <= 254 and text.isprintable())
    return shaped and local.isascii() and not any(sign in text for sign in _NEVER)


def mailable(text: str) -> str:
    """Return an address as it goes over the wire, its domain in ASCII (RFC 5891); empty where it is none."""
    if not is_address(text) or text.count("@") != 1:
        return ""
    local, _, domain = text.partition("@")
    try:
        return f"{local}@{domain.encode('idna').decode()}"
    except UnicodeError:
        return ""
