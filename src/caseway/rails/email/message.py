"""The mail itself: one for each answer, the same bytes whenever it is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from caseway.core.errors import TooLarge
from caseway.rails.contract import Document
from caseway.rails.email.config import EmailSettings, mailable


def message_of(
    payload: Mapping[str, Any], documents: Sequence[Document], settings: EmailSettings
) -> EmailMessage:
    """Return the mail of a step. Raises `TooLarge` (`email.too_large`)."""
    mail = EmailMessage()
    mail["Message-ID"] = payload["message_id"]
    if payload["date"]:  # else the server's own
        mail["Date"] = payload["date"]
    mail["From"] = _address(settings.sender)
    mail["To"] = Address(addr_spec=payload["to"])
    if settings.reply_to:
        mail["Reply-To"] = _address(settings.reply_to)
    mail["Subject"] = " ".join(str(payload["subject"]).split())
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine shall answer it
    apart = f"\n\n{settings.instead}" if documents and not settings.attach else ""
    mail.set_content(payload["body"] + apart, cte="quoted-printable")
    for document in documents if settings.attach else ():
        _attach(mail, document)
    check_size(sum(one.size for one in documents) if settings.attach else 0, settings)
    return mail


def check_size(documents: int, settings: EmailSettings) -> None:
    """Raise `TooLarge` when documents of so many bytes make a mail the server will not take."""
    if documents * 37 // 27 + 100_000 > settings.max_bytes:  # base64 in lines of 76 (RFC 2045 §6.8)
        raise TooLarge(
            "The documents are too large for an e-mail.",
            code="email.too_large",
            remedy="Switch attachments off on the connection, or answer by another way.",
            bytes=documents,
            allowed=settings.max_bytes,
        )


def _attach(mail: EmailMessage, document: Document) -> None:
    maintype, _, subtype = document.media_type.partition("/")
    if maintype in ("message", "multipart"):  # cannot be carried in base64 (RFC 2046 §5)
        maintype, subtype = "application", "octet-stream"
    with document.open() as stream:
        content = stream.read()
    mail.add_attachment(
        content,
        maintype=maintype,
        subtype=subtype or "octet-stream",
        filename=" ".join(document.filename.split()),  # a header is one line
    )


def _address(text: str) -> Address:
    name, spec = parseaddr(text)
    return Address(display_name=name, addr_spec=mailable(spec))
