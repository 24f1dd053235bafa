"""An administrator registers the systems that get tokens from us."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.idp.oidc.models import Client as OAuthClient

from caseway.access.actor import Actor
from caseway.access.clients import (
    ClientTerms,
    clients,
    register_client,
    remove_client,
    rotate_secret,
    terms_of,
)
from caseway.access.models import ApiClient, AuditEntry, Organisation, Role
from caseway.access.scope import scope
from caseway.core.errors import Invalid, NotFound, NotPermitted
from tests.access.conftest import RETURN_URL, Registered, actor, person

CODE: dict[str, Any] = {"grants": ["authorization_code"], "scopes": ["openid"]}


@pytest.mark.mission("C-10")
def test_a_client_is_registered_with_its_return_url(admin: Actor, dms: Registered) -> None:
    terms = ClientTerms(
        ("authorization_code", "client_credentials"),
        (RETURN_URL,),
        ("email", "openid", "profile", "remit", "submissions:read"),
    )

    assert (["d.velop"], terms) == ([client.name for client in clients(admin)], terms_of(dms.client))


def test_the_secret_is_not_stored(admin: Actor, dms: Registered) -> None:
    assert dms.secret not in OAuthClient.objects.get().secret
    assert OAuthClient.objects.get().check_secret(dms.secret)


@pytest.mark.parametrize(
    "uri",
    [
        "https://dms.example/return",
        "https://dms.example:8443/a/b?tenant=1",
        "http://127.0.0.1:9000/return",
        "http://localhost/return",
        "http://[::1]:80/return",
    ],
)
def test_a_return_url_by_https_or_on_this_machine_is_taken(admin: Actor, uri: str) -> None:
    client, _ = register_client(admin, "DMS", redirect_uris=[uri], **CODE)

    assert (uri,) == terms_of(client).redirect_uris


@pytest.mark.parametrize(
    "uri",
    [
        "http://dms.example/return",
        "http://127.0.0.1.evil.example/return",
        "https://dms.example/return#part",
        "https://user@dms.example/return",
        "https://*.dms.example/return",
        "https://dms.example/a b",
        "https://dms.example/\nhttps://evil.example/",
        "https://dms.example:99999/",
        "javascript:alert(1)",
        "custom-app://return",
        "/return",
        "https://",
        "https://dms.example\\@evil.example/",
        "https://bücher.example/",
        "",
    ],
)
def test_another_return_url_is_refused(admin: Actor, uri: str) -> None:
    with pytest.raises(Invalid) as refusal:
        register_client(admin, "DMS", redirect_uris=[uri], **CODE)

    assert "redirect_uris" == refusal.value.details["field"]
    assert not ApiClient.objects.exists()


@pytest.mark.parametrize(
    ("field", "terms"),
    [
        ("name", {"name": " "}),
        ("name", {"name": "x" * 101}),
        ("grants", {"grants": []}),
        ("grants", {"grants": ["password"]}),
        ("grants", {"grants": ["client_credentials", "implicit"]}),
        ("scopes", {"scopes": []}),
        ("scopes", {"scopes": ["everything"]}),
        ("scopes", {"scopes": ["openid"]}),
        ("redirect_uris", {"redirect_uris": [RETURN_URL]}),
        ("redirect_uris", {"grants": ["authorization_code"], "redirect_uris": []}),
    ],
)
def test_terms_that_do_not_fit_are_refused(admin: Actor, field: str, terms: dict[str, Any]) -> None:
    sound = {"name": "DMS", "grants": ["client_credentials"], "redirect_uris": [], "scopes": ["remit"]}
    with pytest.raises(Invalid) as refusal:
        register_client(admin, **{**sound, **terms})

    assert (f"clients.{field}", field) == (refusal.value.code, refusal.value.details["field"])


@pytest.mark.mission("C-10")
@pytest.mark.parametrize("role", [Role.FUNCTIONAL_ADMINISTRATOR, Role.CASEWORKER, Role.AUDITOR])
def test_only_an_administrator_may(organisation: Organisation, role: Role, dms: Registered) -> None:
    other = actor(person(organisation, "other@example.org", role), organisation)
    for use in (
        lambda: register_client(other, "x", ["client_credentials"], [], ["remit"]),
        lambda: rotate_secret(other, dms.client.id),
        lambda: remove_client(other, dms.client.id),
        lambda: clients(other),
    ):
        with pytest.raises(NotPermitted):
            use()


def test_another_organisation_s_client_is_not_there(
    dms: Registered, other_organisation: Organisation
) -> None:
    stranger = actor(person(other_organisation, "else@example.org", Role.ADMINISTRATOR), other_organisation)

    assert [] == clients(stranger)
    with pytest.raises(NotFound):
        rotate_secret(stranger, dms.client.id)
    with pytest.raises(NotFound):
        remove_client(stranger, dms.client.id)


def test_everything_done_to_a_client_is_in_the_trail_without_its_secret(
    admin: Actor, dms: Registered, organisation: Organisation
) -> None:
    _, secret = rotate_secret(admin, dms.client.id)
    remove_client(admin, dms.client.id)

    with scope(organisation.id):
        rows = list(AuditEntry.objects.order_by("number"))
    assert ["client.registered", "client.secret_rotated", "client.removed"] == [row.action for row in rows]
    assert secret not in str([row.details for row in rows])
