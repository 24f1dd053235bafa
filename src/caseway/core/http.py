"""The one HTTP client: TLS, certificates, proxy, time-outs, size guard and wire log, the same for every rail.

The client never tries again by itself, never follows to another host, never reads proxies or credentials from
the environment. It raises what httpx2 raises; `classified()` around a call turns that into the core tree.
"""

from __future__ import annotations

import ipaddress
import logging
from typing import Any, Literal, Self
from urllib.parse import urlsplit

import httpx2
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from caseway.core.errors import Refused
from caseway.core.tls import CertificateDays, certificate_days, tls_context
from caseway.core.transport_errors import classified, retry_after, transport_error
from caseway.core.wire import ACTION, LIMIT, OBJECT, AnswerTooLarge, Exchange, Recorder, Wire, record_of

__all__ = [
    "ACTION",
    "OBJECT",
    "CertificateDays",
    "Client",
    "Exchange",
    "HttpSettings",
    "Recorder",
    "certificate_days",
    "classified",
    "open_client",
    "record_of",
    "retry_after",
    "transport_error",
]

_MAX_REDIRECTS = 5

# Both write whole addresses, with whatever they hold of a person.
logging.getLogger("httpx2").setLevel(logging.WARNING)
logging.getLogger("httpcore2").setLevel(logging.WARNING)


class HttpSettings(BaseModel):
    """How one other side is reached. Time-outs in seconds, sizes in bytes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base_url: str
    trust: Literal["system", "private", "both"] = "system"
    ca_pem: str | None = None
    client_certificate_pem: str | None = None
    client_key_pem: SecretStr | None = None
    host_ip: str | None = None
    proxy_url: str | None = Field(default=None, repr=False)
    connect_timeout: float = Field(default=10, gt=0)
    read_timeout: float = Field(default=120, gt=0)
    write_timeout: float = Field(default=120, gt=0)
    pool_timeout: float = Field(default=10, gt=0)
    max_answer_bytes: int = Field(default=32 * 1024 * 1024, gt=0)
    max_connections: int = Field(default=20, gt=0)
    user_agent: str = "Caseway"

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be an address that begins with https:// or http://")
        if "@" in parts.netloc:
            raise ValueError("must not hold a user name or password")
        return value

    @field_validator("proxy_url")
    @classmethod
    def _check_proxy_url(cls, value: str | None) -> str | None:
        if value is not None and (urlsplit(value).scheme != "http" or not urlsplit(value).hostname):
            raise ValueError("must be an address that begins with http://")
        return value

    @field_validator("host_ip")
    @classmethod
    def _check_host_ip(cls, value: str | None) -> str | None:
        return None if value is None else str(ipaddress.ip_address(value))

    @model_validator(mode="after")
    def _check_pairs(self) -> Self:
        if (self.client_certificate_pem is None) != (self.client_key_pem is None):
            raise ValueError("a client certificate needs its key, and a key its certificate")
        if self.trust != "system" and not self.ca_pem:
            raise ValueError("trust in a private authority needs its certificate")
        return self

    def address_of(self, host: str) -> str:
        """Return the address to connect to for a host: the pinned one for our own host, else the name."""
        if self.host_ip is not None and host.lower() == (urlsplit(self.base_url).hostname or ""):
            return self.host_ip
        return host


class Client(httpx2.Client):
    """An httpx2 client that bounds what it reads at once and follows redirects to its own host only."""

    def __init__(self, *, max_answer_bytes: int, **options: Any) -> None:
        super().__init__(**options)
        self._max_answer_bytes = max_answer_bytes

    def send(
        self, request: httpx2.Request, *, stream: bool = False, auth: Any = ..., follow_redirects: Any = False
    ) -> httpx2.Response:
        """Send a request as `httpx2.Client.send` does.

        With `follow_redirects=True` a GET follows to the same scheme, host and port, at most five times; any
        other redirect is the answer. Raises `Refused` with `http.answer_too_large` when an answer read as a
        whole passes the limit, and what httpx2 raises.
        """
        options = {} if auth is ... else {"auth": auth}
        request.extensions.setdefault(LIMIT, self._max_answer_bytes)
        try:
            response = super().send(request, stream=stream, follow_redirects=False, **options)
            for _ in range(_MAX_REDIRECTS if follow_redirects is True else 0):
                following = response.next_request
                if following is None or not _same_place(request, following):
                    break
                response.close()
                response = super().send(following, stream=stream, follow_redirects=False, **options)
        except AnswerTooLarge as error:
            raise _too_large(request.url.host, error.limit) from error
        return response


def open_client(
    settings: HttpSettings, auth: httpx2.Auth | None = None, recorder: Recorder | None = None
) -> Client:
    """Return a client for one other side; close it, or use it as a context manager.

    `recorder` is called once for each exchange, also for failed ones, before the call returns (for a streamed
    answer: when it is closed). A caller labels an exchange with
    `client.post(…, extensions={"caseway.action": "createFolder"})`. Safe to share between threads.
    Raises `NotConfigured` when a certificate cannot be read.
    """
    transport = httpx2.HTTPTransport(
        verify=tls_context(settings),
        trust_env=False,
        proxy=settings.proxy_url,
        retries=0,
        limits=httpx2.Limits(max_connections=settings.max_connections, keepalive_expiry=30),
    )
    return Client(
        max_answer_bytes=settings.max_answer_bytes,
        base_url=settings.base_url,
        auth=auth,
        headers={"User-Agent": settings.user_agent},
        timeout=httpx2.Timeout(
            connect=settings.connect_timeout,
            read=settings.read_timeout,
            write=settings.write_timeout,
            pool=settings.pool_timeout,
        ),
        trust_env=False,
        transport=Wire(transport, settings.address_of, recorder),
    )


def _same_place(first: httpx2.Request, following: httpx2.Request) -> bool:
    def place(request: httpx2.Request) -> tuple[str, str, str, int | None]:
        return request.method, request.url.scheme, request.url.host, request.url.port

    return first.method == "GET" and place(first) == place(following)


def _too_large(host: str, limit: int) -> Refused:
    return Refused(
        f"The answer of {host} is longer than {limit} bytes.",
        code="http.answer_too_large",
        remedy="Ask the other side for smaller pages, or raise the limit of the connection.",
        limit=limit,
    )
