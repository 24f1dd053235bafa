"""Submissions: announce, upload, submit; and on the other side: list, fetch, download.

Source: Submission API 1.1.3; for v2 what is known from tests against the test platform (README.md, doubts).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from pydantic import SecretStr

from caseway.rails.fit_connect import parcel
from caseway.rails.fit_connect.body import Body
from caseway.rails.fit_connect.client import Client, Download
from caseway.rails.fit_connect.errors import Call
from caseway.rails.fit_connect.parcel import Parcel


@dataclass(frozen=True)
class Announcement:
    """What is announced. `region` is an ARS without the country; it is only told on v2."""

    destination_id: str
    attachments: Sequence[str]
    service_identifier: str
    service_name: str
    region: str = ""
    case_id: str = ""  # a follow-up in a case that is there
    sender_destination_id: str = ""  # v2, where the platform asks for it
    callback_url: str = ""
    callback_secret: SecretStr | None = None

    def fields(self, version: str) -> dict[str, Any]:
        """Return the body of the announcement, without what is empty."""
        service = {
            "identifier": self.service_identifier,
            "name": self.service_name or self.service_identifier,
        }
        fields: dict[str, Any] = {
            "destinationId": self.destination_id,
            "announcedAttachments": list(self.attachments),
            "serviceType" if version == "v1" else "publicService": service,
        }
        if self.case_id:
            fields["caseId"] = self.case_id
        if self.callback_url and self.callback_secret is not None:
            secret = self.callback_secret.get_secret_value()
            fields["callback"] = {"url": self.callback_url, "secret": secret}
        if version != "v1" and self.region:
            fields["region"] = f"DE{self.region}"
        if version != "v1" and self.sender_destination_id:
            fields["senderDestinationId"] = self.sender_destination_id
        return fields


@dataclass(frozen=True)
class Created:
    """A submission that is open for a day: attachments may be uploaded, nobody sees it yet."""

    submission_id: str
    case_id: str


@dataclass(frozen=True)
class Waiting:
    """A submission that waits for us."""

    destination_id: str
    submission_id: str
    case_id: str


@dataclass(frozen=True)
class Submissions:
    """The calls about submissions."""

    client: Client

    # sending

    def create(self, announcement: Announcement) -> Created:
        """Announce a submission.

        Raises `NotThere` (`fit_connect.destination_unknown`), `Unprocessable` (`…destination_refuses`) and,
        when the answer is lost, `OutcomeUnknown`; what was then opened perhaps ends by itself after a day.
        """
        call = Call("createSubmission", "destination", announcement.destination_id, effect=True)
        addresses = self.client.addresses
        fields = announcement.fields(addresses.version)
        told = self.client.change("POST", addresses.submissions(), call, fields).json()
        return Created(told.uuid("submissionId"), told.uuid("caseId"))

    def upload(self, submission_id: str, attachment_id: str, content: Body) -> None:
        """Upload an announced attachment as compact JWE; repeated, it overwrites."""
        url = self.client.addresses.submissions(submission_id, "attachments", attachment_id)
        call = Call("uploadAttachment", "submission", attachment_id, effect=True)
        parcel.upload(self.client, url, call, content)

    def submit(self, submission_id: str, metadata: str | Body, data: str | Body | None) -> None:
        """Send a submission off; from here on it cannot be changed."""
        call = Call("submitSubmission", "submission", submission_id, effect=True)
        parcel.seal(self.client, self.client.addresses.submissions(submission_id), call, metadata, data)

    # receiving

    def waiting(self, destination_id: str) -> Iterator[Waiting]:
        """Yield what waits for a destination, page by page.

        While others answer, entries move between the pages: one may come twice or only with the next look.
        """
        call = Call("listSubmissions", "destination", destination_id)
        url, only = self.client.addresses.submissions(), {"destinationId": destination_id}
        for page in self.client.pages(url, call, "submissions", only):
            for told in page.objects("submissions", needed=True):
                one = Waiting(told.uuid("destinationId"), told.uuid("submissionId"), told.uuid("caseId"))
                if one.destination_id == destination_id.lower():
                    yield one

    def may_list(self, destination_id: str) -> None:
        """Ask for one entry only, to see whether we may. Raises `NotConfigured` (`fit_connect.forbidden`)."""
        call = Call("listSubmissions", "destination", destination_id)
        only: dict[str, str | int | Sequence[str]] = {"destinationId": destination_id, "limit": 1}
        told = self.client.read(self.client.addresses.submissions(), call, only)
        for _ in told.objects("submissions", needed=True):
            break

    def get(self, submission_id: str) -> Parcel:
        """Fetch what waits. Raises `NotThere` once it was answered, here or by somebody else."""
        call = Call("getSubmission", "submission", submission_id.lower())
        return parcel.fetch(
            self.client, self.client.addresses.submissions(submission_id), call, "submissionId"
        )

    def attachment(
        self, submission_id: str, attachment_id: str, *, most: int
    ) -> AbstractContextManager[Download]:
        """Open an attachment of at most `most` bytes, encrypted as it is."""
        url = self.client.addresses.submissions(submission_id, "attachments", attachment_id)
        return self.client.download(url, Call("getAttachment", "attachment", attachment_id), most=most)
