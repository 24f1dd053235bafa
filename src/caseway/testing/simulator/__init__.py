"""The base of every rail's simulator: a small HTTP server, switches, a request log, a journal, callers."""

from caseway.testing.simulator.auth import Auth, BasicAuth, BearerAuth, NoAuth, OAuth2, parse_auth
from caseway.testing.simulator.base import Simulator
from caseway.testing.simulator.faults import Fault, Faults, Switch
from caseway.testing.simulator.journal import Journal
from caseway.testing.simulator.log import Entry, RequestLog
from caseway.testing.simulator.messages import (
    BadRequest,
    Hangup,
    Request,
    Response,
    html_response,
    json_bytes,
    json_response,
)
from caseway.testing.simulator.server import Server
from caseway.testing.simulator.tls import ServerTls

__all__ = [
    "Auth",
    "BadRequest",
    "BasicAuth",
    "BearerAuth",
    "Entry",
    "Fault",
    "Faults",
    "Hangup",
    "Journal",
    "NoAuth",
    "OAuth2",
    "Request",
    "RequestLog",
    "Response",
    "Server",
    "ServerTls",
    "Simulator",
    "Switch",
    "html_response",
    "json_bytes",
    "json_response",
    "parse_auth",
]
