"""The wire: one SMTP conversation for each mail, judged by where it broke off.

Before the server has the end of the data nothing was sent: `Unavailable`. Once it was given, and no answer
came, nobody can tell: `OutcomeUnknown`, and a person decides, for a mail cannot be asked for.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage

from caseway.core.errors import CasewayError, NotConfigured, OutcomeUnknown, RateLimited, Refused, Unavailable
from caseway.rails.email.config import EmailSettings
from caseway.testing import crash


@contextmanager
def conversation(settings: EmailSettings) -> Iterator[smtplib.SMTP]:
    """Open, encrypt and log in. Raises `Unavailable` and `NotConfigured` (`email.…`)."""
    try:
        server = _open(settings)
    except ssl.SSLCertVerificationError as error:
        raise NotConfigured(
            "The certificate of the mail server is not trusted.",
            code="email.certificate",
            remedy="Enter the authority that vouches for it, or the right name of the server.",
        ) from error
    except ssl.SSLEOFError as error:
        raise _unreachable() from error
    except ssl.SSLError as error:
        raise NotConfigured(
            "The mail server does not encrypt as the settings say.",
            code="email.encryption",
            remedy="Look at port and encryption: 587 goes with STARTTLS, 465 with TLS.",
        ) from error
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code < 500:
            raise _failure(error.smtp_code, error.smtp_error) from error
        raise NotConfigured(
            "The mail server does not know this user or password.",
            code="email.login_refused",
            remedy="Enter them again.",
            remote=_words(error),
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise NotConfigured(
            "The mail server does not offer what the settings ask for.",
            code="email.not_offered",
            remedy="Look at encryption and login in the settings.",
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        raise _unreachable() from error
    try:
        yield server
        with suppress(OSError, smtplib.SMTPException):  # said out of politeness: what counts was said before
            server.quit()
    finally:
        server.close()


def _unreachable() -> Unavailable:
    return Unavailable(
        "The mail server cannot be reached.",
        code="email.unreachable",
        remedy="It is tried again by itself.",
    )


def _open(settings: EmailSettings) -> smtplib.SMTP:
    context = ssl.create_default_context(cadata=settings.ca_pem or None)
    if settings.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.host, settings.port, timeout=settings.timeout, context=context
        )
    else:
        server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout)
    try:
        server.ehlo_or_helo_if_needed()
        if settings.security == "starttls":
            server.starttls(context=context)
            server.ehlo()
        if settings.username and settings.password:
            server.login(settings.username, settings.password.get_secret_value())
    except BaseException:
        server.close()
        raise
    return server


def post(settings: EmailSettings, mail: EmailMessage, to: str) -> str:
    """Send a mail and return the server's last words. Raises as the module says."""
    sender = mail["From"].addresses[0].addr_spec
    content = mail.as_bytes(policy=mail.policy.clone(linesep="\r\n"))
    with conversation(settings) as server:
        try:
            _step(server.mail(sender, [f"size={len(content)}"] if server.has_extn("size") else []))
            _step(server.rcpt(to))
            _step(server.docmd("DATA"), expected=354)
            server.send(_stuffed(content))
        except (OSError, smtplib.SMTPException) as error:  # the end of the data never got there
            raise _unreachable() from error
        return _last_words(server)


def _stuffed(content: bytes) -> bytes:
    """A line that begins with a dot gets another (RFC 5321 §4.5.2); a line of one dot ends it."""
    lines = re.sub(rb"(?m)^\.", b"..", content)
    return lines + (b"" if lines.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _last_words(server: smtplib.SMTP) -> str:
    try:
        answer = server.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise OutcomeUnknown(
            "The connection to the mail server broke before it said whether it took the mail.",
            code="email.outcome_unknown",
            remedy="Look into the server's log or ask the applicant; then close it, or answer anew.",
        ) from error
    crash.point("send.after_effect_before_reply")
    _step(answer)
    return _text(answer[1])


def _step(answer: tuple[int, bytes], expected: int = 0) -> None:
    if answer[0] >= 400 or (expected and answer[0] != expected):
        raise _failure(*answer)


def _failure(code: int, words: bytes | str) -> CasewayError:
    said = f"{code} {_text(words)}"[:300]
    if code in (421, 450, 451, 452):
        return RateLimited(
            "The mail server asks to come again later.",
            code="email.later",
            remedy="It is tried again by itself.",
            remote=said,
        )
    if code < 500:
        return Unavailable(
            "The mail server cannot take it now.",
            code="email.not_now",
            remedy="It is tried again by itself.",
            remote=said,
        )
    if code == 530:  # authentication required (RFC 4954 §6)
        return NotConfigured(
            "The mail server wants a login.",
            code="email.login_needed",
            remedy="Enter user and password.",
            remote=said,
        )
    return Refused(
        "The mail server does not take this mail.",
        code="email.refused",
        remedy="Read its words: often the address does not exist. Correct it, or answer by another way.",
        remote=said,
    )


def _words(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_text(error.smtp_error)}"[:300]


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words
