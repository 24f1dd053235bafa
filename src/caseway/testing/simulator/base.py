"""What every simulator is: a network service with switches, a log, and a life from `start` to `stop`."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from caseway.testing.simulator.auth import Auth, parse_auth
from caseway.testing.simulator.faults import Faults, Switch
from caseway.testing.simulator.log import RequestLog
from caseway.testing.simulator.messages import BadRequest, Hangup, Request, Response, json_response
from caseway.testing.simulator.server import Server
from caseway.testing.simulator.tls import ServerTls

_log = logging.getLogger(__name__)
FaultSetting = str | Mapping[str, Any]
EXPIRED_CERTIFICATE = Switch(
    "expired_certificate", "New connections meet a server certificate that ended yesterday (needs TLS)."
)


class Simulator:
    """A simulated outside system on 127.0.0.1. Use it as a context manager, or `start` and `stop` it.

    A rail's simulator gives its switches and answers requests in `answer`; what it calls the request (action,
    name) it returns with the response, for the log. Faults may be given by name or as `{"kind": …, …}`.
    """

    switches: tuple[Switch, ...] = ()

    def __init__(
        self,
        *,
        auth: Auth | str = "none",
        port: int = 0,
        host: str = "127.0.0.1",
        tls: ServerTls | None = None,
        faults: Iterable[FaultSetting] = (),
    ) -> None:
        self.auth: Auth = parse_auth(auth) if isinstance(auth, str) else auth
        self.tls = tls
        self.host = host
        self.log = RequestLog()
        self.faults = Faults((*self.switches, EXPIRED_CERTIFICATE))
        for fault in faults:
            self.switch_on(fault)
        self._wanted_port = port
        self._server: Server | None = None

    def switch_on(self, fault: FaultSetting) -> None:
        """Turn one switch on, by name or with its scope."""
        settings = {"kind": fault} if isinstance(fault, str) else dict(fault)
        self.faults.add(settings.pop("kind", ""), **settings)

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        if self._server is None:
            raise RuntimeError("the simulator is not running")
        host = "localhost" if self.tls else self.host
        return f"{'https' if self.tls else 'http'}://{host}:{self._server.port}"

    def start(self) -> Self:
        """Listen and answer, in threads of its own."""
        tls = self._context if self.tls else None
        self._server = Server(self._handle, host=self.host, port=self._wanted_port, tls=tls)
        self._server.start()
        return self

    def stop(self) -> None:
        """End every connection and stop listening."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def answer(self, request: Request, note: Note) -> Response:
        """Answer one request; write down in `note` what it was. Raise `Hangup` to give no answer."""
        raise NotImplementedError

    def _handle(self, request: Request) -> Response:
        begun = time.perf_counter()
        note = Note()
        try:
            response = self.answer(request, note)
        except Hangup:
            self._write_down(request, note, 0, begun)
            raise
        except (BadRequest, OSError):
            raise
        except Exception:  # noqa: BLE001 - the boundary: a bug of the simulator is an answer, not a dead connection
            _log.exception("a simulator failed to answer %s", note.action)
            note.applied("bug")
            response = json_response({"exception": "runtime", "message": "The simulator is broken."}, 500)
        self._write_down(request, note, response.status, begun)
        return response

    def _write_down(self, request: Request, note: Note, status: int, begun: float) -> None:
        if note.action:
            seconds = time.perf_counter() - begun
            self.log.add(request.method, note.action, note.name, status, note.fault, seconds)

    def _context(self) -> ssl.SSLContext | None:
        if self.tls is None:
            return None
        return self.tls.expired if self.faults.take("expired_certificate", "connect") else self.tls.valid


class Note:
    """What the log is told of one request. Without an action it is not logged."""

    __slots__ = ("action", "fault", "name")

    def __init__(self) -> None:
        self.action = ""
        self.name = ""
        self.fault = ""

    def applied(self, kind: str) -> None:
        """Write down a fault; several are joined."""
        self.fault = f"{self.fault}, {kind}" if self.fault else kind
