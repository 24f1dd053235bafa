"""People sign in with address and password."""

from __future__ import annotations

from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.test import Client
from django.urls import Resolver404, resolve

from caseway.access.models import AuditEntry, Organisation, Role, User
from caseway.access.scope import scope
from tests.access.conftest import PASSWORD, person, sign_in


def attempt(browser: Client, email: str, password: str, **more: str) -> Any:
    return browser.post("/sign-in/", {"username": email, "password": password, **more})


def visible(response: Any) -> str:
    """The page without what differs by nature: form tokens, and the address typed."""
    lines = response.content.decode().splitlines()
    return "\n".join(line for line in lines if "csrfmiddlewaretoken" not in line and "username" not in line)


def test_the_right_password_signs_in_under_a_new_session_key(browser: Client, erika: User) -> None:
    browser.get("/sign-in/")
    session = browser.session
    session["x"] = 1
    session.save()
    before = session.session_key
    browser.cookies[settings.SESSION_COOKIE_NAME] = before
    response = attempt(browser, erika.email, PASSWORD)

    assert (302, "/") == (response.status_code, response["Location"])
    assert before != browser.session.session_key


def test_the_address_counts_in_any_case(browser: Client, erika: User) -> None:
    assert 302 == attempt(browser, "Erika@Example.ORG", PASSWORD).status_code


def test_a_wrong_password_and_an_unknown_address_look_the_same(browser: Client, erika: User) -> None:
    known = attempt(browser, erika.email, "wrong")
    unknown = attempt(browser, "nobody@example.org", "wrong")

    assert (422, 422) == (known.status_code, unknown.status_code)
    assert visible(known) == visible(unknown)


def test_who_is_not_active_looks_the_same_too(browser: Client, erika: User) -> None:
    wrong = attempt(browser, erika.email, "wrong")
    User.objects.update(is_active=False)

    assert visible(wrong) == visible(attempt(browser, erika.email, PASSWORD))


@pytest.mark.parametrize("email", ["erika@example.org", "nobody@example.org"])
def test_after_ten_tries_there_is_a_pause_for_known_and_unknown_alike(
    browser: Client, erika: User, email: str
) -> None:
    answers = [attempt(browser, email, "wrong") for _ in range(settings.AXES_FAILURE_LIMIT)]

    assert {422, 429} == {answer.status_code for answer in answers}
    assert (429, "900") == (answers[-1].status_code, answers[-1]["Retry-After"])
    assert b"Try again in 15 minutes" in answers[-1].content


def test_during_the_pause_the_right_password_does_not_help(browser: Client, erika: User) -> None:
    for _ in range(settings.AXES_FAILURE_LIMIT):
        attempt(browser, erika.email.upper(), "wrong")

    assert 429 == attempt(browser, erika.email, PASSWORD).status_code


def test_another_account_and_another_address_are_not_paused(
    browser: Client, erika: User, organisation: Organisation
) -> None:
    person(organisation, "max@example.org", Role.CASEWORKER)
    for _ in range(settings.AXES_FAILURE_LIMIT):
        attempt(browser, erika.email, "wrong")

    elsewhere = Client(headers={"host": "127.0.0.1"}, REMOTE_ADDR="127.0.0.9")
    assert 302 == attempt(elsewhere, erika.email, PASSWORD).status_code
    assert 302 == attempt(browser, "max@example.org", PASSWORD).status_code


def test_signing_in_forgets_the_tries(browser: Client, erika: User) -> None:
    attempt(browser, erika.email, "wrong")
    attempt(browser, erika.email, PASSWORD)

    assert not AccessAttempt.objects.exists()


def test_sign_ins_and_sign_outs_are_in_the_trail(
    browser: Client, erika: User, organisation: Organisation
) -> None:
    sign_in(browser, erika)
    browser.post("/sign-out/")

    with scope(organisation.id):
        rows = AuditEntry.objects.order_by("number").values_list("action", "actor")
        assert [("session.opened", str(erika.pk)), ("session.closed", str(erika.pk))] == list(rows)


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("/deliveries?x=1", "/deliveries?x=1"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_one_is_sent_where_one_wanted_to_go_but_never_elsewhere(
    browser: Client, erika: User, wanted: str, got: str
) -> None:
    assert got == attempt(browser, erika.email, PASSWORD, next=wanted)["Location"]


def test_who_is_signed_in_needs_no_form(browser: Client, erika: User) -> None:
    sign_in(browser, erika)

    assert [302, 200] == [browser.get(url).status_code for url in ("/sign-in/", "/sign-in/?again=1")]


def test_signing_out_ends_the_session_and_needs_a_form(browser: Client, erika: User) -> None:
    sign_in(browser, erika)
    assert 405 == browser.get("/sign-out/").status_code
    browser.post("/sign-out/")

    assert 200 == browser.get("/sign-in/").status_code


def test_a_form_from_elsewhere_is_refused(organisation: Organisation, erika: User) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1"})

    assert 403 == attempt(strict, erika.email, PASSWORD).status_code


@pytest.mark.parametrize(
    "path",
    [
        "accounts/login/", "accounts/signup/", "signup/", "accounts/password/reset/", "accounts/email/",
        "accounts/social/signup/", "accounts/3rdparty/", "accounts/oidc/staff/login/", "identity/o/authorize",
        "identity/o/api/token", "identity/o/device", "identity/o/api/clients", "oauth/device",
        "oauth/clients", "oauth/logout", "admin/",
    ],
)  # fmt: skip
def test_nothing_of_the_libraries_is_routed_that_is_not_used(path: str) -> None:
    with pytest.raises(Resolver404):
        resolve(f"/{path}")


def test_the_page_speaks_german(browser: Client, organisation: Organisation) -> None:
    response = browser.get("/sign-in/", headers={"accept-language": "de"})

    assert "Anmelden" in response.content.decode()
    assert "Sign in" not in response.content.decode()
