"""A web server of the whole application, people who sign in, and clients that get tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client, override_settings

from caseway.access import tokens
from caseway.access.actor import Actor
from caseway.access.clients import register_client
from caseway.access.models import ApiClient, Membership, Organisation, Role, User

PASSWORD = "a horse is a horse"
RETURN_URL = "https://dms.example/oauth/return"


@dataclass(frozen=True)
class Registered:
    """A client and what its administrator was shown."""

    client: ApiClient
    id: str
    secret: str


@pytest.fixture(autouse=True)
def _quick_hashing() -> Iterator[None]:
    """Scrypt is slow on purpose; what is tested here is not its strength."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def _forget_tokens() -> Iterator[None]:
    tokens.forget()
    yield
    tokens.forget()


@pytest.fixture
def admin(organisation: Organisation) -> Actor:
    return actor(person(organisation, "admin@example.org", Role.ADMINISTRATOR), organisation)


@pytest.fixture
def erika(organisation: Organisation) -> User:
    return person(organisation, "erika@example.org", Role.CASEWORKER, "Erika Mustermann")


@pytest.fixture
def browser() -> Client:
    return Client(headers={"host": "127.0.0.1"})


@pytest.fixture
def machine(admin: Actor) -> Registered:
    """A client that hands in submissions."""
    return register(admin, grants=["client_credentials"], scopes=["submissions:write", "deliveries:read"])


@pytest.fixture
def dms(admin: Actor) -> Registered:
    """A DMS that logs its people in with us."""
    return register(
        admin,
        grants=["authorization_code", "client_credentials"],
        redirect_uris=[RETURN_URL],
        scopes=["openid", "profile", "email", "submissions:read", "remit"],
    )


def register(
    admin: Actor, *, grants: list[str], scopes: list[str], redirect_uris: list[str] | None = None
) -> Registered:
    client, secret = register_client(admin, "d.velop", grants, redirect_uris or [], scopes)
    return Registered(client, client.client_id, secret)


def person(organisation: Organisation, email: str, role: str, name: str = "Max Mustermann") -> User:
    user = User.objects.create_user(email, PASSWORD, name)
    Membership.objects.create(user=user, organisation=organisation, role=role)
    return user


def actor(user: User, organisation: Organisation) -> Actor:
    role = Membership.objects.get(user=user, organisation=organisation).role
    return Actor("user", str(user.id), user.name, organisation.id, role=role)


def sign_in(browser: Client, user: SimpleNamespace | User) -> None:
    response = browser.post("/sign-in/", {"username": user.email, "password": PASSWORD})
    assert response.status_code == 302


@pytest.fixture
def django_queries(db: None) -> Iterator[list[str]]:
    """The statements sent to the database while the test runs."""
    seen: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield seen
