"""The simulated mail server as a network service: SMTP, and a page with what it took."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import Any, Literal, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from caseway.rails.email.simulator import admin
from caseway.rails.email.simulator.mails import Mailbox
from caseway.rails.email.simulator.smtp import SmtpServer, check_login
from caseway.testing.pki import make_ca
from caseway.testing.simulator import Request, Response, ServerTls, Simulator, Switch
from caseway.testing.simulator.base import FaultSetting, Note

Security = Literal["starttls", "tls", "none"]

SWITCHES = (
    Switch(
        "refuse",
        "Answers mail, rcpt or data with a refusal that stays (5xx).",
        {"code": 550, "message": "5.1.1 There is no such mailbox"},
    ),
    Switch(
        "later",
        "Asks to come again later (421, 450, 451, 452).",
        {"code": 451, "message": "4.7.1 Greylisted, come again later"},
    ),
    Switch("drop", "Breaks the connection off; what was not taken yet is not taken."),
    Switch("drop_reply", "Takes the mail and breaks the connection off without an answer."),
    Switch("slow", "Takes its time before it takes the mail.", {"seconds": 2.0}),
    Switch("no_starttls", "Does not offer STARTTLS."),
    Switch("auth_later", "Cannot check a login just now (454)."),
)


class EmailSimulator(Simulator):
    """A mail server on 127.0.0.1, with the certificate of a test authority unless it does not encrypt.

    `login` is the one user with password; without it anybody may send. `url` is the page.
    """

    switches = SWITCHES

    def __init__(
        self,
        *,
        security: Security = "starttls",
        login: tuple[str, str] | None = None,
        max_bytes: int = 35_000_000,
        host: str = "127.0.0.1",
        port: int = 0,
        page_port: int = 0,
        tls: ServerTls | None = None,
        faults: Iterable[FaultSetting] = (),
    ) -> None:
        super().__init__(host=host, port=page_port, faults=faults)
        self.security: Security = security
        self.login = login
        self.max_bytes = max_bytes
        self.mails = Mailbox()
        self.smtp_tls = None if security == "none" else tls or ServerTls(make_ca())
        self._smtp_port = port
        self._smtp: SmtpServer | None = None

    @property
    def smtp_port(self) -> int:
        """The port it takes mail on."""
        if self._smtp is None:
            raise RuntimeError("the simulator is not running")
        return self._smtp.port

    @property
    def ca_pem(self) -> str:
        """The authority behind its certificate, as PEM; empty where it does not encrypt."""
        return self.smtp_tls.ca.certificate_pem.decode() if self.smtp_tls else ""

    @property
    def certificate(self) -> ssl.SSLContext | None:
        """What it encrypts with; one that ended yesterday where the switch is on at the start."""
        if self.smtp_tls is None:
            return None
        ended = self.faults.take("expired_certificate", "connect")
        return self.smtp_tls.expired if ended else self.smtp_tls.valid

    def start(self) -> Self:
        """Take mail and show the page, in threads of their own."""
        super().start()
        self._smtp = SmtpServer(self, self.host, self._smtp_port)
        self._smtp.start()
        return self

    def stop(self) -> None:
        """End every connection and stop listening."""
        if self._smtp is not None:
            self._smtp.stop()
            self._smtp = None
        super().stop()

    def reset(self) -> None:
        """Forget mails, switches and log."""
        self.mails.clear()
        self.faults.clear()
        self.log.clear()

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, said: Any
    ) -> AuthResult:
        """Check a login (RFC 4954)."""
        if self.faults.take("auth_later", "auth"):
            return AuthResult(success=False, handled=False, message="454 4.7.0 Temporary failure")
        return check_login(self.login, said)

    def answer(self, request: Request, note: Note) -> Response:
        """Answer a request to the page or to /_sim/…."""
        return admin.answer(self, request)
