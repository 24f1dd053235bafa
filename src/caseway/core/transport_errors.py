"""What a failure on the wire means: surely no effect there, or perhaps."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime

import httpx2

from caseway.core.clock import now
from caseway.core.errors import CasewayError, Invalid, NotConfigured, OutcomeUnknown, Unavailable
from caseway.core.wire import PRELIMINARY, STARTED

_NO_CONNECTION = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
)
# Alerts by which a server turns our certificate down (RFC 8446, section 6.2). In TLS 1.3 they arrive after
# our first bytes, but the server has not handed these to its application.
_ALERTS = (
    "CERTIFICATE_REQUIRED",
    "BAD_CERTIFICATE",
    "UNKNOWN_CA",
    "CERTIFICATE_EXPIRED",
    "CERTIFICATE_UNKNOWN",
    "CERTIFICATE_REVOKED",
    "UNSUPPORTED_CERTIFICATE",
    "ACCESS_DENIED",
)


def transport_error(error: httpx2.HTTPError, request_started: bool | None = None) -> CasewayError:
    """Classify a failure of the client.

    `Unavailable` (`http.unreachable`, `http.busy`, `http.proxy_refused`) when surely nothing reached the
    other side, `NotConfigured` (`http.certificate_rejected`, `http.client_certificate_rejected`) when a
    certificate is the cause, `Invalid` (`http.request_malformed`) when the request could not be written, and
    `OutcomeUnknown` (`http.answer_lost`) once the request may have left. `request_started` is read from the
    error's own request when not given.
    """
    host = _host(error)
    certificate = _certificate_error(error, host)
    if certificate is not None:
        return certificate
    started = _started(error) if request_started is None else request_started
    if not started or isinstance(error, _NO_CONNECTION):
        return _before(error, host)
    if _extension(error, PRELIMINARY):
        return Unavailable(
            f"{host} gave no answer while access was asked for.",
            code="http.unreachable",
            remedy="It is tried again by itself.",
            exception=type(error).__name__,
        )
    return OutcomeUnknown(
        f"The request to {host} left, but its answer did not arrive.",
        code="http.answer_lost",
        remedy="Whether it took effect is looked up before it is sent again.",
        exception=type(error).__name__,
    )


@contextmanager
def classified() -> Iterator[None]:
    """Turn every failure of the client inside the block into the core tree (`transport_error`)."""
    try:
        yield
    except httpx2.HTTPStatusError:
        raise
    except httpx2.HTTPError as error:
        raise transport_error(error) from error


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Read `Retry-After` (RFC 9110, section 10.2.3), seconds or a date; None when absent or unreadable."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value), 7 * 86400))
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(at.replace(tzinfo=at.tzinfo or UTC) - now(), timedelta(0))


def _before(error: httpx2.HTTPError, host: str) -> CasewayError:
    name = type(error).__name__
    if isinstance(error, httpx2.PoolTimeout):
        return Unavailable(
            f"All connections to {host} are busy.",
            code="http.busy",
            remedy="It is tried again by itself.",
            exception=name,
        )
    if isinstance(error, httpx2.ProxyError):
        return Unavailable(
            f"The proxy gave no way to {host}.",
            code="http.proxy_refused",
            remedy="Check the proxy address and whether the proxy allows this host.",
            exception=name,
        )
    if isinstance(error, httpx2.LocalProtocolError | httpx2.UnsupportedProtocol | httpx2.TooManyRedirects):
        return Invalid(
            f"The request to {host} cannot be written.", code="http.request_malformed", exception=name
        )
    return Unavailable(
        f"{host} cannot be reached.",
        code="http.unreachable",
        remedy="It is tried again by itself. If this lasts, check the address and the firewall.",
        exception=name,
    )


def _certificate_error(error: BaseException, host: str) -> NotConfigured | None:
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return NotConfigured(
                f"The certificate of {host} is not accepted: {cause.verify_message}.",
                code="http.certificate_rejected",
                remedy="Add the authority that issued it to the connection, or have it renewed there.",
            )
        if isinstance(cause, ssl.SSLError) and any(alert in (cause.reason or "") for alert in _ALERTS):
            return NotConfigured(
                f"{host} does not accept our certificate.",
                code="http.client_certificate_rejected",
                remedy="Upload a client certificate which the other side knows and which has not expired.",
                alert=cause.reason,
            )
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _request(error: httpx2.HTTPError) -> httpx2.Request | None:
    try:
        return error.request
    except RuntimeError:
        return None


def _extension(error: httpx2.HTTPError, name: str) -> bool:
    request = _request(error)
    return request is not None and bool(request.extensions.get(name))


def _started(error: httpx2.HTTPError) -> bool:
    # Without a request to ask, the careful answer is that it left.
    return _request(error) is None or _extension(error, STARTED)


def _host(error: httpx2.HTTPError) -> str:
    request = _request(error)
    return request.url.host if request is not None else "the other side"
