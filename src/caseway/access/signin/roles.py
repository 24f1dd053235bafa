"""The role claim of the staff login provider: `organisation:role` pairs, followed at each sign-in."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.db import transaction

from caseway.access import audit
from caseway.access.actor import system
from caseway.access.models import Membership, Organisation, Role, User


def roles_of(claim: Any) -> dict[str, str]:
    """Return organisation → role of a claim's value: a list, or text with commas or spaces between.

    Pairs with an unknown role are left out; of two roles in one organisation the first counts.
    """
    words = claim if isinstance(claim, list) else re.split(r"[,\s]+", claim) if isinstance(claim, str) else []
    roles: dict[str, str] = {}
    for word in words:
        slug, _, role = str(word).partition(":")
        if slug and role in Role.values:
            roles.setdefault(slug, role)
    return roles


def known(roles: dict[str, str]) -> dict[UUID, str]:
    """Return the same by the organisations' ids; organisations that are not here are left out."""
    return {row.id: roles[row.slug] for row in Organisation.objects.filter(slug__in=roles)}


def follow(user: User, roles: dict[str, str]) -> list[Membership]:
    """Make a person's memberships what the claim says, and return them; the provider has the last word.

    Each change is in its organisation's audit trail.
    """
    with transaction.atomic():
        wanted = known(roles)
        present = {row.organisation_id: row for row in Membership.objects.filter(user=user)}
        for organisation_id, membership in present.items():
            if organisation_id not in wanted:
                membership.delete()
                _note(user, organisation_id, "user.removed")
        for organisation_id, role in wanted.items():
            if organisation_id not in present or present[organisation_id].role != role:
                Membership.objects.update_or_create(
                    user=user, organisation_id=organisation_id, defaults={"role": role}
                )
                _note(user, organisation_id, "user.role_set", role=role)
        return list(Membership.objects.filter(user=user))


def _note(user: User, organisation_id: UUID, action: str, **details: str) -> None:
    audit.record(system(organisation_id), action, "user", user.id, by="staff login provider", **details)
