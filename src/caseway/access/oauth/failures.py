"""A limit on wrong client secrets: per client and address, counted where all processes see it."""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256

from django.core.cache import cache
from django.http import HttpRequest

from caseway.access.addresses import client_address

LIMIT = 20
SECONDS = 300


def blocked(request: HttpRequest) -> bool:
    """Tell whether too many wrong secrets came from here for this client."""
    return int(cache.get(_key(request)) or 0) >= LIMIT


def count_failure(request: HttpRequest) -> None:
    """Count one wrong secret."""
    key = _key(request)
    cache.set(key, int(cache.get(key) or 0) + 1, SECONDS)


def _key(request: HttpRequest) -> str:
    claimed = f"{client_address(request)} {_claimed_client(request)}"
    return f"token-failures:{sha256(claimed.encode()).hexdigest()}"


def _claimed_client(request: HttpRequest) -> str:
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return request.POST.get("client_id", "")
    try:
        return base64.b64decode(value, validate=True).partition(b":")[0].decode("utf-8", "replace")
    except binascii.Error:
        return ""
