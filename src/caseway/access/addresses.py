"""From where a request comes: the peer, or, behind the one proxy that is believed, whom the proxy saw."""

from __future__ import annotations

from django.http import HttpRequest

from caseway.configuration import configuration


def client_address(request: HttpRequest) -> str:
    """Return the address of who asks. Only the last entry is the proxy's own word (RFC 7239, section 8.1)."""
    peer = str(request.META.get("REMOTE_ADDR", ""))
    trusted = configuration().trusted_proxy
    if trusted and peer in (trusted, ""):
        return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or peer
    return peer
