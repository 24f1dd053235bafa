"""Organisations and the people in them: made, invited, given a role, let go. Each change is in the trail."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.core.validators import validate_email, validate_slug
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from caseway.access import audit
from caseway.access.actor import Actor, system
from caseway.access.models import Membership, Organisation, Role, User
from caseway.access.permissions import require
from caseway.access.scope import within
from caseway.access.tokens import forget
from caseway.configuration import configuration
from caseway.core.errors import Conflict, Invalid, NotFound


@dataclass(frozen=True)
class Invitation:
    """A person with a new role, and the address where they choose a password; empty if they have one."""

    membership: Membership
    url: str


def create_organisation(slug: str, name: str, country: str = "DE") -> Organisation:
    """Make an organisation, from the command line or at first start. Raises `Invalid`, `Conflict`."""
    try:
        validate_slug(slug)
    except ValidationError as error:
        raise Invalid("A short name has letters, digits and hyphens.", code="people.slug") from error
    if not name.strip():
        raise Invalid("An organisation needs a name.", code="people.name")
    with transaction.atomic():
        organisation, made = Organisation.objects.get_or_create(
            slug=slug, defaults={"name": name.strip(), "country": country}
        )
        if not made:
            raise Conflict(f"There is an organisation {slug} already.", code="people.organisation_exists")
        audit.record(system(organisation.id), "organisation.created", "organisation", slug)
    return organisation


def invite_user(actor: Actor, email: str, name: str, role: str) -> Invitation:
    """Give a person a role in the actor's organisation; who is new gets an address to choose a password at.

    Who has an account already, here or in another organisation, gets none: nobody may set the password of
    somebody else's account. Raises `NotPermitted`, `Invalid`, and `Conflict` when the person is in already.
    """
    require(actor, "users.edit")
    _check(email, role)
    with within(actor.organisation_id), transaction.atomic():
        user = User.objects.filter(email=email.strip().lower()).first()
        fresh = user is None
        user = user or User.objects.create_user(email, name=name.strip()[:200])
        membership, made = Membership.objects.get_or_create(
            user=user, organisation_id=actor.organisation_id, defaults={"role": role}
        )
        if not made:
            raise Conflict("This person is in your organisation already.", code="people.member_exists")
        if not user.is_active:
            User.objects.filter(id=user.id).update(is_active=True)
        audit.record(actor, "user.invited", "user", user.id, role=role)
    return Invitation(membership, _welcome_url(user) if fresh else "")


def renew_invitation(actor: Actor, user_id: UUID) -> Invitation:
    """Return a new address for who never signed in and is in no other organisation. Raises `Conflict`."""
    require(actor, "users.edit")
    membership = _membership(actor, user_id)
    user = membership.user
    if user.last_login or user.has_usable_password() or user.memberships.count() > 1:
        raise Conflict("This person can sign in already.", code="people.has_account")
    audit.record(actor, "user.invited", "user", user.id, role=membership.role)
    return Invitation(membership, _welcome_url(user))


def set_role(actor: Actor, user_id: UUID, role: str) -> Membership:
    """Change a person's role. Raises `NotFound`, and `Conflict` when nobody would administer any more."""
    require(actor, "users.edit")
    if role not in Role.values:
        raise Invalid("There is no such role.", code="people.role")
    with within(actor.organisation_id), transaction.atomic():
        _keep_an_administrator(actor.organisation_id, without=user_id if role != Role.ADMINISTRATOR else None)
        membership = _membership(actor, user_id)
        before, membership.role = membership.role, role
        membership.save(update_fields=["role"])
        audit.record(actor, "user.role_set", "user", user_id, role=role, before=before)
    forget()
    return membership


def deactivate_user(actor: Actor, user_id: UUID) -> None:
    """Take a person out of the actor's organisation; who is in no other cannot sign in any more.

    Takes effect with their next request; their tokens end within `tokens.HELD`. Raises `NotFound`, and
    `Conflict` when nobody would administer any more.
    """
    require(actor, "users.edit")
    with within(actor.organisation_id), transaction.atomic():
        _keep_an_administrator(actor.organisation_id, without=user_id)
        membership = _membership(actor, user_id)
        user = membership.user
        membership.delete()
        if not user.memberships.exists():
            User.objects.filter(id=user.id).update(is_active=False)
        audit.record(actor, "user.deactivated", "user", user_id)
    forget()


def members(actor: Actor) -> list[Membership]:
    """Return the people of the actor's organisation by name. Raises `NotPermitted`."""
    require(actor, "users.edit")
    rows = Membership.objects.filter(organisation_id=actor.organisation_id).select_related("user")
    return list(rows.order_by("user__name", "user__email"))


def _keep_an_administrator(organisation_id: UUID, *, without: UUID | None) -> None:
    """Lock the administrators, so that two of them cannot remove each other at the same time."""
    rows = Membership.objects.select_for_update().filter(
        organisation_id=organisation_id, role=Role.ADMINISTRATOR
    )
    administrators = set(rows.order_by("id").values_list("user_id", flat=True))
    if without in administrators and len(administrators) == 1:
        raise Conflict(
            "An organisation keeps at least one administrator.",
            code="people.last_administrator",
            remedy="Make somebody else an administrator first.",
        )


def _membership(actor: Actor, user_id: UUID) -> Membership:
    rows = Membership.objects.filter(organisation_id=actor.organisation_id, user_id=user_id)
    if (membership := rows.select_related("user").first()) is None:
        raise NotFound("There is no such person in your organisation.", code="people.not_found")
    return membership


def _check(email: str, role: str) -> None:
    try:
        validate_email(email.strip())
    except ValidationError as error:
        raise Invalid("This is not an e-mail address.", code="people.email") from error
    if role not in Role.values:
        raise Invalid("There is no such role.", code="people.role")


def _welcome_url(user: User) -> str:
    uid = urlsafe_base64_encode(force_bytes(str(user.id)))
    path = reverse("welcome", args=[uid, default_token_generator.make_token(user)])
    return configuration().public_url.rstrip("/") + path
