"""People at their browsers, for tests through the portal's door."""

from __future__ import annotations

from django.conf import settings
from django.test import Client

from caseway.access.models import User


def signed_in(user: User, language: str = "en") -> Client:
    """Return a client in which a person has signed in."""
    client = Client(SERVER_NAME="127.0.0.1", HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def a_stranger(language: str = "en") -> Client:
    """Return a client in which nobody has signed in."""
    return Client(SERVER_NAME="127.0.0.1", HTTP_ACCEPT_LANGUAGE=language)
