"""Replies: what the receiver of a submission answers in its case, encrypted for the key its sender named.

`POST /replies` and `GET /replies/{id}/events` are known; the rest is inferred by symmetry with submissions
(README.md, doubts).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from caseway.rails.fit_connect import parcel
from caseway.rails.fit_connect.body import Body
from caseway.rails.fit_connect.client import Client, Download
from caseway.rails.fit_connect.errors import Call
from caseway.rails.fit_connect.parcel import Parcel


@dataclass(frozen=True)
class WaitingReply:
    """A reply that waits for us."""

    reply_id: str
    case_id: str


@dataclass(frozen=True)
class Replies:
    """The calls about replies."""

    client: Client

    # sending

    def create(self, case_id: str, attachments: Sequence[str]) -> str:
        """Announce a reply in a case and return its id. Raises as `Submissions.create` does."""
        call = Call("createReply", "case", case_id, effect=True)
        fields = {"caseId": case_id, "announcedAttachments": list(attachments)}
        told = self.client.change("POST", self.client.addresses.replies(), call, fields).json()
        return told.uuid("replyId")

    def upload(self, reply_id: str, attachment_id: str, content: Body) -> None:
        """Upload an announced attachment as compact JWE; repeated, it overwrites."""
        url = self.client.addresses.replies(reply_id, "attachments", attachment_id)
        call = Call("uploadAttachment", "reply", attachment_id, effect=True)
        parcel.upload(self.client, url, call, content)

    def submit(self, reply_id: str, metadata: str | Body, data: str | Body | None) -> None:
        """Send a reply off; from here on it cannot be changed."""
        call = Call("submitReply", "reply", reply_id, effect=True)
        parcel.seal(self.client, self.client.addresses.replies(reply_id), call, metadata, data)

    # receiving

    def waiting(self) -> Iterator[WaitingReply]:
        """Yield the replies that wait for our API client, page by page."""
        call = Call("listReplies", "service")
        for page in self.client.pages(self.client.addresses.replies(), call, "replies"):
            for told in page.objects("replies", needed=True):
                yield WaitingReply(told.uuid("replyId"), told.uuid("caseId"))

    def get(self, reply_id: str) -> Parcel:
        """Fetch a reply. Raises `NotThere` once it was answered."""
        call = Call("getReply", "reply", reply_id.lower())
        return parcel.fetch(self.client, self.client.addresses.replies(reply_id), call, "replyId")

    def attachment(self, reply_id: str, attachment_id: str, *, most: int) -> AbstractContextManager[Download]:
        """Open an attachment of at most `most` bytes, encrypted as it is."""
        url = self.client.addresses.replies(reply_id, "attachments", attachment_id)
        return self.client.download(url, Call("getAttachment", "attachment", attachment_id), most=most)
