"""Organisations, the people and systems that act for them, and the trail of what they did."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from caseway.access.tenant import TenantModel
from caseway.core.clock import now
from caseway.core.ids import uuid7


class Organisation(models.Model):
    """An authority or partner that uses this installation."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, default="DE")
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a person may do in an organisation; `caseway.access.permissions` holds the table."""

    ADMINISTRATOR = "administrator"
    FUNCTIONAL_ADMINISTRATOR = "functional_administrator"
    CASEWORKER = "caseworker"
    AUDITOR = "auditor"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, name: str = "") -> User:
        """Make a person who can sign in; without a password only by the staff login provider."""
        user = self.model(email=email.strip().lower(), name=name or email)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, email: str | None) -> User:
        """Return the person of an address, typed in any case of letters. Raises `User.DoesNotExist`."""
        return self.get(email=(email or "").strip().lower())


class User(AbstractBaseUser):
    """A person who signs in. What they may do is in their memberships."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    language = models.CharField(max_length=5, default="", blank=True)
    date_joined = models.DateTimeField(default=now)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person's role in an organisation."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=30, choices=Role.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "organisation"], name="one_role_each")]


class ApiClient(models.Model):
    """A system that gets tokens from us: for which organisation, and with which scopes at most.

    The OAuth side (secret hash, redirect addresses, grants) is allauth's client of the same `client_id`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="api_clients")
    client_id = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=now)
    last_used_at = models.DateTimeField(null=True, blank=True)


class AuditEntry(TenantModel):
    """One line of the trail: who did or saw what, chained to the line before by its hash."""

    number = models.BigIntegerField()
    at = models.DateTimeField(default=now)
    actor_kind = models.CharField(max_length=10)  # user | client | system
    actor = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=100)
    person_key = models.CharField(max_length=64, blank=True)  # keyed hash of the person concerned
    details = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "number"], name="audit_number"),
        ]
        indexes = [
            models.Index(fields=["organisation", "person_key", "-number"], name="audit_person"),
            models.Index(fields=["organisation", "subject_type", "subject_id"], name="audit_subject"),
        ]


class AuditHead(TenantModel):
    """Where an organisation's trail stands: its last number and hash. The row is the lock on the trail."""

    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="audit_head")]
