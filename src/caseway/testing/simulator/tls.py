"""TLS for a simulator: its own certificate, an expired one on demand, client certificates where asked for."""

from __future__ import annotations

import ssl
import tempfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from caseway.testing.pki import Ca, Issued, issue


@dataclass
class ServerTls:
    """How a simulator speaks TLS. With `require_client`, callers need a certificate of the same CA."""

    ca: Ca
    require_client: bool = False
    names: tuple[str, ...] = field(default=("localhost", "127.0.0.1"))

    @cached_property
    def valid(self) -> ssl.SSLContext:
        """The context with a certificate of 30 days."""
        return self._context(issue(self.ca, "server", self.names, days=30))

    @cached_property
    def expired(self) -> ssl.SSLContext:
        """The context with a certificate that ended yesterday."""
        return self._context(issue(self.ca, "server", self.names, days=-1))

    def _context(self, issued: Issued) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = issued.write(Path(folder))
            context.load_cert_chain(certificate, key)
        if self.require_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(cadata=self.ca.certificate_pem.decode())
        return context
