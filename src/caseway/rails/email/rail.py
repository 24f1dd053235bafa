"""The e-mail rail: the contract. Its one effect is a mail, which cannot be asked for afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.utils import format_datetime, parseaddr
from importlib.resources import files
from typing import Any

from caseway.core.errors import CasewayError, Invalid, Refused
from caseway.rails.contract import (
    Finding,
    Link,
    Occasion,
    PlannedStep,
    RailSettings,
    Receipt,
    Report,
    Step,
)
from caseway.rails.email import client
from caseway.rails.email.config import EmailSettings, mailable
from caseway.rails.email.message import check_size, message_of
from caseway.rails.manifest import Manifest


class EmailRail:
    """Sends answers to applicants over SMTP."""

    manifest: Manifest = Manifest.read(files("caseway.rails.email") / "manifest.toml")
    settings_type: type[RailSettings] = EmailSettings

    def check(self, link: Link) -> Report:
        """Log in and say NOOP; nothing is sent (`Rail.check`)."""
        try:
            with client.conversation(link.settings) as server:
                server.noop()
        except CasewayError as error:
            return Report([Finding(error.code, False, error.sentence, error.remedy)])
        return Report([Finding("email.reachable", True, "The mail server answers and knows us.")])

    def verify(self, link: Link, mapping: Mapping[str, Any]) -> Report:
        """Nothing: mail needs no mapping (`Rail.verify`)."""
        return Report([])

    def types(self, link: Link, mapping: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
        """Nothing: mail knows no types (`Rail.types`)."""
        return {}

    def rehearse(self, sample: Occasion, link: Link, place: str) -> Report:
        """Test the connection only: a mail cannot be taken back (`Rail.rehearse`)."""
        return self.check(link)

    def plan(self, occasion: Occasion, link: Link) -> Sequence[PlannedStep]:
        """Return the one step (`Rail.plan`). Raises `Invalid`, `TooLarge`."""
        settings: EmailSettings = link.settings
        if occasion.kind != "answer":
            raise Invalid(
                "Only answers to applicants go by e-mail.",
                code="email.not_an_answer",
                remedy="Give the route the kind “answer”.",
            )
        to = _address_of(occasion, settings)
        if settings.attach:
            check_size(sum(one.size for one in occasion.documents), settings)
        return [_step(occasion, settings, to)]

    def send(self, step: Step, link: Link) -> Receipt:
        """Send the mail (`Rail.send`)."""
        documents = step.documents
        mail = message_of(step.payload, documents, link.settings)
        said = client.post(link.settings, mail, step.payload["to"])
        return Receipt(step.payload["message_id"], {"server": said[:300], "documents": len(documents)})

    def probe(self, step: Step, link: Link) -> Receipt | None:
        """Nobody can tell whether a mail arrived: a person decides (`Rail.probe`)."""
        raise Refused(
            "It is not known whether this mail went out, and a mail cannot be asked for.",
            code="email.cannot_be_probed",
            remedy="Look into the mail server's log for its Message-ID. Then close it, or answer anew.",
            message_id=step.payload["message_id"],
        )

    def locate_page(self, receipt: Receipt, link: Link) -> str | None:
        """None: a mail has no page (`Rail.locate_page`)."""
        return None


def _address_of(occasion: Occasion, settings: EmailSettings) -> str:
    reply = occasion.reply
    to = mailable(str(reply.get("address") or "")) if reply.get("channel") == "email" else ""
    if not to:
        raise Invalid(
            "The applicant named no e-mail address to be answered at.",
            code="email.no_address",
            remedy="Close it and answer by another way, or to the address the applicant tells you.",
        )
    if reply.get("pgpPublicKey") and not settings.plain_despite_pgp:
        raise Invalid(
            "The applicant gave a PGP key, and mail is not encrypted with PGP here.",
            code="email.wants_pgp",
            remedy="Ask the applicant for another way, or allow plain mail on the connection.",
        )
    return to


def _step(occasion: Occasion, settings: EmailSettings, to: str) -> PlannedStep:
    values = occasion.facts.values
    host = mailable(parseaddr(settings.sender)[1]).rpartition("@")[2]
    sent_at = values.get("message.sentAt")
    return PlannedStep(
        key=f"mail:{occasion.submission_id}",
        kind="mail",
        title="mail",
        payload={
            "to": to,
            "subject": str(values.get("message.subject") or "") or "Antwort",
            "body": str(values.get("message.body") or ""),
            "message_id": f"<{occasion.submission_id}@{host}>",
            "date": format_datetime(sent_at) if sent_at else "",
        },
    )
