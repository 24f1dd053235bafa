"""The digest by mail: once a night, to those who run an organisation, and only when a person is needed."""

from __future__ import annotations

import smtplib
import ssl
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from caseway.access.models import Membership, Organisation, Role
from caseway.configuration import configuration
from caseway.core.clock import now
from caseway.core.errors import Unavailable
from caseway.delivery.digest import Digest, digest

TO = (Role.ADMINISTRATOR, Role.FUNCTIONAL_ADMINISTRATOR)
PERIOD = timedelta(days=1)


def send_digests() -> int:
    """Mail each organisation's digest of a day; returns how many mails went out. Does nothing without SMTP.

    Raises `Unavailable` (`mail.not_sent`).
    """
    c = configuration()
    if not c.smtp_url.get_secret_value():
        return 0
    return sum(_send(organisation) for organisation in Organisation.objects.order_by("slug"))


def _send(organisation: Organisation) -> int:
    found = digest(organisation.id, now() - PERIOD)
    people = Membership.objects.filter(organisation=organisation, role__in=TO, user__is_active=True)
    addresses = sorted(people.values_list("user__email", flat=True))
    if found.quiet or not addresses:
        return 0
    _post(message(organisation, found, addresses))
    return 1


def message(organisation: Organisation, found: Digest, addresses: list[str]) -> EmailMessage:
    """Return the mail: plain text, nothing that names an applicant."""
    mail = EmailMessage()
    mail["Subject"] = f"Caseway, {organisation.name}: {found.needed} need a person"
    mail["From"] = configuration().mail_from
    mail["To"] = ", ".join(addresses)
    mail.set_content(f"{found.as_text()}\n{configuration().public_url}/attention/\n")
    return mail


def _post(mail: EmailMessage) -> None:
    parts = urlsplit(configuration().smtp_url.get_secret_value())
    context = ssl.create_default_context()
    try:
        if parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                parts.hostname or "", parts.port or 465, timeout=30, context=context
            )
        else:
            server = smtplib.SMTP(parts.hostname or "", parts.port or 25, timeout=30)
        with server:
            if parts.scheme == "smtp+starttls":
                server.starttls(context=context)
            if parts.username:
                server.login(unquote(parts.username), unquote(parts.password or ""))
            server.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        raise Unavailable(
            "The mail server did not take the digest.",
            code="mail.not_sent",
            remedy="Look at CASEWAY_SMTP_URL; the next digest tells everything again.",
        ) from error
