"""The SMTP of the simulated server: aiosmtpd in a thread, and what its switches make it do."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from caseway.testing.simulator import Fault

if TYPE_CHECKING:
    from caseway.rails.email.simulator.simulator import EmailSimulator

ACTIONS = ("auth", "mail", "rcpt", "data")


class SmtpServer(Controller):
    """An SMTP server on a port of its own, until `stop`."""

    def __init__(self, simulator: EmailSimulator, host: str, port: int) -> None:
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # what counts is in the simulator's own log
        self._socket = socket.create_server((host, port))
        context = simulator.certificate
        implicit = context if simulator.security == "tls" else None
        super().__init__(
            Desk(simulator),
            hostname=host,
            port=self._socket.getsockname()[1],
            ssl_context=implicit,
            server_hostname="localhost",
            tls_context=context if simulator.security == "starttls" else None,
            # to aiosmtpd only STARTTLS is TLS
            auth_require_tls=simulator.security == "starttls",
            authenticator=simulator.authenticate,
            data_size_limit=simulator.max_bytes,
        )

    def _create_server(self) -> Awaitable[asyncio.AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._socket, ssl=self.ssl_context)

    def factory(self) -> SMTP:
        return SMTP(self.handler, loop=self.loop, **self.SMTP_kwargs)


class Desk:
    """Answers each command, well or as a switch wants it."""

    def __init__(self, simulator: EmailSimulator) -> None:
        self._simulator = simulator

    async def handle_EHLO(  # noqa: N802  the hooks are named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        if self._simulator.faults.take("no_starttls", "ehlo"):
            return [line for line in responses if "STARTTLS" not in line]
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._simulator.login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        trouble = self._trouble(server, "mail", [address])
        if not trouble:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return trouble or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        trouble = self._trouble(server, "rcpt", [address])
        if not trouble:
            envelope.rcpt_tos.append(address)
            envelope.rcpt_options.extend(options)
        return trouble or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        begun = time.perf_counter()
        if trouble := self._trouble(server, "data", envelope.rcpt_tos):
            return trouble
        faults = self._simulator.faults
        if slow := faults.take("slow", "data", envelope.rcpt_tos):
            await asyncio.sleep(slow.parameters["seconds"])
        content = envelope.original_content or b""
        mail = self._simulator.mails.take(
            envelope.mail_from or "",
            envelope.rcpt_tos,
            content,
            encrypted=session.ssl is not None or self._simulator.security == "tls",
            user=str(session.auth_data or ""),
        )
        if faults.take("drop_reply", "data", envelope.rcpt_tos):
            _hang_up(server)
            self._log("data", envelope.rcpt_tos, 0, "drop_reply", begun)
            return "421 gone"
        self._log("data", envelope.rcpt_tos, 250, "slow" if slow else "", begun)
        return f"250 OK: queued as {mail.number}"

    def _trouble(self, server: SMTP, action: str, names: Sequence[str]) -> str:
        begun = time.perf_counter()
        fault = self._simulator.faults.first(("refuse", "later", "drop"), action, names)
        if fault is None:
            return ""
        answer = _answer(server, fault)
        self._log(action, names, 0 if fault.kind == "drop" else int(answer[:3]), fault.kind, begun)
        return answer

    def _log(self, action: str, names: Sequence[str], status: int, fault: str, begun: float) -> None:
        seconds = time.perf_counter() - begun
        self._simulator.log.add("SMTP", action, ", ".join(names), status, fault, seconds)


def _answer(server: SMTP, fault: Fault) -> str:
    if fault.kind == "drop":
        _hang_up(server)
        return "421 gone"
    return f"{fault.parameters['code']} {fault.parameters['message']}"


def _hang_up(server: SMTP) -> None:
    transport: Any = server.transport
    if transport is not None:
        transport.abort()


def check_login(login: tuple[str, str] | None, said: Any) -> AuthResult:
    """Say whether these are the user and password of the server; where it has none, nobody can log in."""
    given = (said.login.decode(), said.password.decode()) if isinstance(said, LoginPassword) else None
    if login is None or given != login:
        return AuthResult(success=False, handled=False)
    return AuthResult(success=True, auth_data=login[0])
