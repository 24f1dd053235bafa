"""The mails a simulated server has taken, read as any mail program reads them."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from functools import cached_property
from typing import Any

from caseway.core.clock import now


@dataclass(frozen=True)
class Attachment:
    """A file that came with a mail."""

    filename: str
    media_type: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Mail:
    """One mail as it was taken: its envelope, its bytes, and how it came."""

    number: int
    at: datetime
    sender: str
    recipients: Sequence[str]
    content: bytes = field(repr=False)
    encrypted: bool
    user: str  # who had logged in; empty: nobody

    @cached_property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        parsed = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"] or "").strip()

    @property
    def subject(self) -> str:
        return str(self.message["Subject"] or "")

    @property
    def text(self) -> str:
        """The words of the mail, without its files."""
        body = self.message.get_body(("plain",))
        return str(body.get_content()) if body is not None else ""

    @property
    def attachments(self) -> list[Attachment]:
        return [_attachment(part) for part in self.message.iter_attachments()]

    def describe(self) -> dict[str, Any]:
        """Return the mail as the admin API shows it."""
        return {
            "number": self.number,
            "at": self.at.isoformat(),
            "sender": self.sender,
            "recipients": list(self.recipients),
            "messageId": self.message_id,
            "headers": [[name, str(value)] for name, value in self.message.items()],
            "subject": self.subject,
            "text": self.text,
            "attachments": [
                {
                    "filename": one.filename,
                    "mediaType": one.media_type,
                    "size": one.size,
                    "sha256": one.sha256,
                }
                for one in self.attachments
            ],
            "bytes": len(self.content),
            "encrypted": self.encrypted,
            "user": self.user,
        }


class Mailbox:
    """What was taken, in order. Safe to use from several threads."""

    def __init__(self) -> None:
        self._mails: list[Mail] = []
        self._lock = threading.Lock()

    def take(
        self, sender: str, recipients: Sequence[str], content: bytes, *, encrypted: bool, user: str
    ) -> Mail:
        """Keep a mail."""
        with self._lock:
            mail = Mail(len(self._mails) + 1, now(), sender, tuple(recipients), content, encrypted, user)
            self._mails.append(mail)
        return mail

    def all(self) -> list[Mail]:
        """Return what is kept, oldest first."""
        with self._lock:
            return list(self._mails)

    def doubled(self) -> int:
        """Return how many mails repeat the Message-ID of another."""
        counts = Counter(mail.message_id for mail in self.all())
        return sum(number - 1 for number in counts.values())

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._mails.clear()


def _attachment(part: Any) -> Attachment:
    content = part.get_content()
    data = content.encode() if isinstance(content, str) else content
    if not isinstance(data, bytes):  # a mail in the mail
        data = part.as_bytes()
    return Attachment(
        part.get_filename() or "", part.get_content_type(), len(data), hashlib.sha256(data).hexdigest()
    )
