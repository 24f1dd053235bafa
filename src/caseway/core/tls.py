"""Whom we trust over TLS and how we show who we are; and for how long the certificates still hold."""

from __future__ import annotations

import http.client
import os
import ssl
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import truststore
from cryptography import x509

from caseway.core.clock import now
from caseway.core.errors import NotConfigured, Unavailable

if TYPE_CHECKING:
    from caseway.core.http import HttpSettings


@dataclass(frozen=True)
class CertificateDays:
    """Whole days until a certificate expires, negative when it has; None when there is none."""

    server: int | None
    client: int | None


def tls_context(settings: HttpSettings) -> ssl.SSLContext:
    """Return a context that checks the other side and shows our certificate. Raises `NotConfigured`."""
    context = _trusting(settings)
    _show_certificate(context, settings)
    return context


def certificate_days(host: str, settings: HttpSettings, port: int | None = None) -> CertificateDays:
    """Ask a host for its certificate and say how long it and ours still hold; no request is sent.

    The certificate is only read, not trusted, so that an expired one can be reported. `host` is reached the
    way `settings` reach theirs: pinned address, proxy, time-out. Raises `Unavailable`, `NotConfigured`.
    """
    base = urlsplit(settings.base_url)
    server = None
    if base.scheme == "https":
        server = _days(_server_certificate(host, port or base.port or 443, settings))
    client = settings.client_certificate_pem
    return CertificateDays(server, _days(read_certificate(client)) if client else None)


def read_certificate(pem: str) -> x509.Certificate:
    """Read the first certificate of a PEM text. Raises `NotConfigured`."""
    try:
        return x509.load_pem_x509_certificates(pem.encode())[0]
    except ValueError as error:
        raise _unreadable("client certificate", "http.client_certificate_unreadable") from error


def _days(certificate: x509.Certificate) -> int:
    return (certificate.not_valid_after_utc - now()).days


def _trusting(settings: HttpSettings) -> ssl.SSLContext:
    context = _system_trust() if settings.trust in ("system", "both") else _no_trust_yet()
    if settings.trust in ("private", "both"):
        try:
            context.load_verify_locations(cadata=settings.ca_pem)
        except (ssl.SSLError, ValueError) as error:
            raise _unreadable("certificate of the authority", "http.ca_unreadable") from error
    return context


def _system_trust() -> ssl.SSLContext:
    if sys.platform in ("darwin", "win32"):
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = _no_trust_yet()
    context.set_default_verify_paths()
    return context


def _no_trust_yet() -> ssl.SSLContext:
    # Not create_default_context: it would write session keys to a file that an environment variable names.
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _show_certificate(context: ssl.SSLContext, settings: HttpSettings) -> None:
    if settings.client_certificate_pem is None or settings.client_key_pem is None:
        return
    pem = f"{settings.client_certificate_pem.strip()}\n{settings.client_key_pem.get_secret_value().strip()}\n"
    try:
        with _passing_file(pem.encode()) as path:
            context.load_cert_chain(path, password=lambda: "")  # without it, OpenSSL asks on the terminal
    except (ssl.SSLError, ValueError) as error:
        raise _unreadable("client certificate or its key", "http.client_certificate_unreadable") from error


@contextmanager
def _passing_file(content: bytes) -> Iterator[str]:
    """Give a path to content that OpenSSL reads from files only; in memory where the system can."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("client-certificate", os.MFD_CLOEXEC)
        with os.fdopen(descriptor, "wb") as memory:
            memory.write(content)
            memory.flush()
            yield f"/proc/self/fd/{descriptor}"
    else:
        with tempfile.NamedTemporaryFile() as file:  # mode 0600
            file.write(content)
            file.flush()
            yield file.name


def _server_certificate(host: str, port: int, settings: HttpSettings) -> x509.Certificate:
    context = _no_trust_yet()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _show_certificate(context, settings)
    connection = _connection(host, port, settings)
    try:
        connection.connect()
        with context.wrap_socket(connection.sock, server_hostname=host) as secured:
            der = secured.getpeercert(binary_form=True)
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(
            f"The certificate of {host} could not be read.",
            code="http.unreachable",
            remedy="Try again later.",
        ) from error
    finally:
        connection.close()
    if der is None:
        raise Unavailable(f"{host} showed no certificate.", code="http.unreachable")
    return x509.load_der_x509_certificate(der)


def _connection(host: str, port: int, settings: HttpSettings) -> http.client.HTTPConnection:
    address = settings.address_of(host)
    if settings.proxy_url is None:
        return http.client.HTTPConnection(address, port, timeout=settings.connect_timeout)
    proxy = urlsplit(settings.proxy_url)
    connection = http.client.HTTPConnection(
        proxy.hostname or "", proxy.port or 80, timeout=settings.connect_timeout
    )
    connection.set_tunnel(address, port, headers=_proxy_credentials(proxy.username, proxy.password))
    return connection


def _proxy_credentials(username: str | None, password: str | None) -> dict[str, str]:
    if username is None:
        return {}
    pair = f"{unquote(username)}:{unquote(password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def _unreadable(what: str, code: str) -> NotConfigured:
    return NotConfigured(
        f"The {what} cannot be read.",
        code=code,
        remedy="Paste it as PEM text, the key without a password.",
    )
