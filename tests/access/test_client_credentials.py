"""A system gets a token for itself (RFC 6749, section 4.4)."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from caseway.access.actor import Actor
from caseway.access.clients import remove_client, rotate_secret
from caseway.access.models import Organisation, User
from caseway.access.oauth import failures
from caseway.access.tokens import HELD, InvalidToken, actor_of_token, sweep_tokens
from caseway.core.clock import Clock
from tests.access.conftest import PASSWORD, Registered


def ask(browser: Client, client: Registered, secret: str | None = None, **form: str) -> Any:
    credentials = f"{client.id}:{secret if secret is not None else client.secret}".encode()
    header = f"Basic {base64.b64encode(credentials).decode()}"
    form = {"grant_type": "client_credentials", **form}
    return browser.post("/oauth/token", form, headers={"Authorization": header})


def bearer(response: Any) -> str:
    assert response.status_code == 200, response.content
    return f"Bearer {response.json()['access_token']}"


@pytest.mark.mission("C-10")
def test_a_registered_client_gets_a_token_and_acts_for_its_organisation(
    browser: Client, machine: Registered, organisation: Organisation
) -> None:
    response = ask(browser, machine)

    assert {"Bearer", 3600} == {response.json()["token_type"], response.json()["expires_in"]}
    assert "no-store" == response["Cache-Control"]
    assert Actor(
        "client",
        machine.id,
        "d.velop",
        organisation.id,
        scopes=frozenset({"submissions:write", "deliveries:read"}),
    ) == actor_of_token(bearer(response))


def test_the_secret_may_also_come_in_the_body(browser: Client, machine: Registered) -> None:
    form = {"grant_type": "client_credentials", "client_id": machine.id, "client_secret": machine.secret}

    assert 200 == browser.post("/oauth/token", form).status_code


def test_a_client_can_ask_for_less(browser: Client, machine: Registered) -> None:
    token = bearer(ask(browser, machine, scope="deliveries:read"))

    assert {"deliveries:read"} == actor_of_token(token).scopes


@pytest.mark.mission("C-10")
def test_a_wrong_secret_gets_nothing(browser: Client, machine: Registered) -> None:
    response = ask(browser, machine, secret="guess")

    assert (401, "invalid_client") == (response.status_code, response.json()["error"])


def test_an_unknown_client_gets_the_same_answer(browser: Client, machine: Registered) -> None:
    unknown = ask(browser, Registered(machine.client, "nobody", "guess"))

    assert ask(browser, machine, secret="guess").content == unknown.content


@pytest.mark.mission("C-10")
def test_a_scope_the_client_does_not_have_is_refused(browser: Client, machine: Registered) -> None:
    response = ask(browser, machine, scope="submissions:write remit")

    assert (400, "invalid_scope") == (response.status_code, response.json()["error"])


def test_a_grant_the_client_does_not_have_is_refused(browser: Client, machine: Registered) -> None:
    response = ask(
        browser, machine, grant_type="authorization_code", code="x", redirect_uri="https://x.example"
    )

    assert 400 == response.status_code


def test_the_password_grant_does_not_exist(browser: Client, machine: Registered, erika: User) -> None:
    response = ask(browser, machine, grant_type="password", username=erika.email, password=PASSWORD)

    assert 400 == response.status_code


@pytest.mark.mission("C-10")
def test_a_token_ends_after_an_hour(browser: Client, machine: Registered, clock: Clock) -> None:
    token = bearer(ask(browser, machine))
    clock.advance(timedelta(minutes=59))
    assert machine.id == actor_of_token(token).id
    clock.advance(timedelta(minutes=2))

    with pytest.raises(InvalidToken):
        actor_of_token(token)


def test_expired_tokens_are_swept(browser: Client, machine: Registered, clock: Clock) -> None:
    ask(browser, machine)
    assert 0 == sweep_tokens()
    clock.advance(timedelta(hours=2))

    assert 1 == sweep_tokens()


@pytest.mark.mission("C-10")
def test_a_removed_client_s_token_ends_at_once(browser: Client, machine: Registered, admin: Actor) -> None:
    token = bearer(ask(browser, machine))
    actor_of_token(token)
    remove_client(admin, machine.client.id)

    with pytest.raises(InvalidToken):
        actor_of_token(token)
    assert 401 == ask(browser, machine).status_code


def test_a_new_secret_ends_the_old_one_and_its_tokens(
    browser: Client, machine: Registered, admin: Actor
) -> None:
    token = bearer(ask(browser, machine))
    _, secret = rotate_secret(admin, machine.client.id)

    with pytest.raises(InvalidToken):
        actor_of_token(token)
    assert [401, 200] == [ask(browser, machine, secret=each).status_code for each in (machine.secret, secret)]


def test_what_another_process_revoked_ends_within_the_time_held(
    browser: Client, machine: Registered, clock: Clock
) -> None:
    from allauth.idp.oidc.models import Token

    token = bearer(ask(browser, machine))
    actor_of_token(token)
    Token.objects.all().delete()
    actor_of_token(token)
    clock.advance(HELD)

    with pytest.raises(InvalidToken):
        actor_of_token(token)


def test_a_client_can_end_its_token_itself(browser: Client, machine: Registered) -> None:
    token = bearer(ask(browser, machine))
    actor_of_token(token)
    form = {"token": token.removeprefix("Bearer "), "client_id": machine.id, "client_secret": machine.secret}
    assert 200 == browser.post("/oauth/revoke", form).status_code

    with pytest.raises(InvalidToken):
        actor_of_token(token)


def test_a_client_can_look_at_its_own_token_only(
    browser: Client, machine: Registered, dms: Registered
) -> None:
    token = bearer(ask(browser, machine)).removeprefix("Bearer ")

    answers = [
        browser.post(
            "/oauth/introspect", {"token": token, "client_id": who.id, "client_secret": who.secret}
        ).json()["active"]
        for who in (machine, dms)
    ]
    assert [True, False] == answers


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer unknown", "Bearer \u00e4"])
def test_no_token_is_no_actor(organisation: Organisation, header: str) -> None:
    with pytest.raises(InvalidToken) as refusal:
        actor_of_token(header)

    assert 401 == refusal.value.status


def test_a_token_is_stored_as_a_hash_only(browser: Client, machine: Registered) -> None:
    from allauth.idp.oidc.models import Token

    value = ask(browser, machine).json()["access_token"]
    (row,) = Token.objects.all()

    assert value not in f"{row.hash}{row.data}"


def test_a_thousand_requests_ask_the_database_once(
    browser: Client, machine: Registered, django_queries: list[str]
) -> None:
    token = bearer(ask(browser, machine))
    django_queries.clear()
    for _ in range(1000):
        actor_of_token(token)

    assert len(django_queries) <= 4


def test_wrong_secrets_are_limited_per_client_and_address(
    browser: Client, machine: Registered, dms: Registered, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "LIMIT", 3)
    answers = [ask(browser, machine, secret="guess").status_code for _ in range(4)]

    assert [401, 401, 401, 429] == answers
    assert 429 == ask(browser, machine).status_code
    assert 200 == ask(browser, dms, scope="remit").status_code
