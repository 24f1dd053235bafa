"""Who signed in and out is in the audit trail of each organisation they belong to."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out

from caseway.access import audit
from caseway.access.actor import Actor
from caseway.access.models import Membership, User


def connect() -> None:
    """Begin to write sign-ins and sign-outs down; called once, at start-up."""
    user_logged_in.connect(_opened, dispatch_uid="trail.opened")
    user_logged_out.connect(_closed, dispatch_uid="trail.closed")


def _opened(user: User, **_: Any) -> None:
    _note(user, "session.opened")


def _closed(user: User | None, **_: Any) -> None:
    if user is not None:
        _note(user, "session.closed")


def _note(user: User, action: str) -> None:
    for row in Membership.objects.filter(user=user):
        actor = Actor("user", str(user.pk), user.name, row.organisation_id, role=row.role)
        audit.record(actor, action, "user", user.pk)
