"""A client logs in the people of its own organisation, and nobody else."""

from __future__ import annotations

from typing import Any

from caseway.access.models import ApiClient, Membership


def membership_at(client_id: str, user: Any) -> Membership | None:
    """Return the membership by which a person may be logged in at a client; None where there is none."""
    organisations = ApiClient.objects.filter(client_id=client_id).values("organisation")
    return Membership.objects.filter(
        organisation__in=organisations, user=user.pk, user__is_active=True
    ).first()
