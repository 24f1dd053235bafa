"""Staff sign in with their organisation's login: OpenID Connect against a provider nobody here wrote."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.conf import settings
from django.test import Client, override_settings

from caseway.access.models import AuditEntry, Membership, Organisation, Role, User
from caseway.access.scope import scope
from caseway.access.signin.roles import follow, roles_of
from caseway.configuration import configuration
from tests.access.conftest import PASSWORD, person

pytestmark = pytest.mark.filterwarnings("ignore")  # the provider's own


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A provider on this machine, configured as the staff login."""
    with warnings.catch_warnings():
        import authlib.deprecate  # noqa: F401  switches its own warnings on

        warnings.simplefilter("ignore")
        from oidc_provider_mock import run_server_in_thread
    with run_server_in_thread() as server:
        base = f"http://localhost:{server.server_port}"
        configured = configuration().model_copy(update={"oidc_url": base, "oidc_name": "the town hall"})
        monkeypatch.setattr("caseway.access.signin.views.configuration", lambda: configured)
        app = {
            "provider_id": "staff",
            "name": "the town hall",
            "client_id": "caseway",
            "secret": "s",
            "settings": {"server_url": base},
        }
        providers = {"openid_connect": {**settings.SOCIALACCOUNT_PROVIDERS["openid_connect"], "APPS": [app]}}
        with override_settings(SOCIALACCOUNT_PROVIDERS=providers):
            yield base


def come(provider: str, browser: Client, sub: str = "s-1", **claims: Any) -> Any:
    """Sign in at the provider as somebody with these claims, and come back to us."""
    requests.put(f"{provider}/users/{sub}", json=claims, timeout=10).raise_for_status()
    out = browser.get("/sign-in/with/staff/", {"process": "login", "next": "/deliveries"})
    assert out.status_code == 302, out.content
    back = requests.post(out["Location"], {"sub": sub}, allow_redirects=False, timeout=10).headers["Location"]
    parts = urlsplit(back)
    return browser.get(f"{parts.path}?{parts.query}")


def roles_here(user: User) -> dict[str, str]:
    return {row.organisation.slug: row.role for row in Membership.objects.filter(user=user)}


def test_who_comes_with_a_role_is_in(provider: str, browser: Client, organisation: Organisation) -> None:
    response = come(
        provider,
        browser,
        email="erika@example.org",
        name="Erika Mustermann",
        caseway_roles=["beispielhausen:caseworker"],
    )

    assert (302, "/deliveries") == (response.status_code, response["Location"])
    user = User.objects.get(email="erika@example.org")
    assert ({"beispielhausen": "caseworker"}, "Erika Mustermann") == (roles_here(user), user.name)
    assert str(user.pk) == browser.session["_auth_user_id"]
    assert not user.has_usable_password()


def test_the_memberships_follow_the_claim_at_each_sign_in(
    provider: str, browser: Client, organisation: Organisation, other_organisation: Organisation
) -> None:
    mail = "erika@example.org"
    come(provider, browser, email=mail, caseway_roles=["beispielhausen:caseworker", "musterdorf:auditor"])
    come(provider, browser, email=mail, caseway_roles="beispielhausen:functional_administrator")

    assert {"beispielhausen": "functional_administrator"} == roles_here(User.objects.get(email=mail))
    with scope(other_organisation.id):
        assert AuditEntry.objects.filter(action="user.removed").exists()


@pytest.mark.parametrize("claim", [None, [], ["elsewhere:administrator"], ["beispielhausen:king"], "x", 7])
def test_who_comes_without_a_role_is_turned_away_and_leaves_no_trace(
    provider: str, browser: Client, organisation: Organisation, claim: Any
) -> None:
    response = come(provider, browser, email="erika@example.org", caseway_roles=claim)

    assert 403 == response.status_code
    assert not User.objects.exists()


def test_who_lost_every_role_is_turned_away(
    provider: str, browser: Client, organisation: Organisation
) -> None:
    come(provider, browser, email="erika@example.org", caseway_roles=["beispielhausen:auditor"])
    browser.post("/sign-out/")
    response = come(provider, browser, email="erika@example.org", caseway_roles=[])

    assert 403 == response.status_code
    assert {} == roles_here(User.objects.get())


def test_a_person_known_by_address_stays_one_person(
    provider: str, browser: Client, organisation: Organisation
) -> None:
    known = person(organisation, "erika@example.org", Role.AUDITOR)
    come(provider, browser, email="Erika@example.org", caseway_roles=["beispielhausen:caseworker"])

    assert [known.pk] == list(User.objects.values_list("pk", flat=True))


def test_an_address_the_provider_does_not_vouch_for_opens_nothing(
    provider: str, browser: Client, organisation: Organisation
) -> None:
    person(organisation, "erika@example.org", Role.ADMINISTRATOR)
    response = come(
        provider,
        browser,
        email="erika@example.org",
        email_verified=False,
        caseway_roles=["beispielhausen:administrator"],
    )

    assert 403 == response.status_code
    assert "_auth_user_id" not in browser.session


def test_who_was_deactivated_here_stays_out(
    provider: str, browser: Client, organisation: Organisation
) -> None:
    user = person(organisation, "erika@example.org", Role.AUDITOR)
    User.objects.filter(pk=user.pk).update(is_active=False)

    assert (
        403
        == come(
            provider, browser, email="erika@example.org", caseway_roles=["beispielhausen:auditor"]
        ).status_code
    )


def test_an_answer_nobody_asked_for_is_refused(
    provider: str, browser: Client, organisation: Organisation
) -> None:
    response = browser.get("/sign-in/with/staff/back/", {"code": "x", "state": "forged"})

    assert 403 == response.status_code


def test_the_sign_in_page_offers_it_only_where_it_is_configured(
    browser: Client, organisation: Organisation, request: pytest.FixtureRequest
) -> None:
    assert b"/sign-in/with/staff/" not in browser.get("/sign-in/").content
    request.getfixturevalue("provider")

    assert b"Sign in with the town hall" in browser.get("/sign-in/").content


def test_an_unknown_provider_is_nothing(browser: Client, organisation: Organisation) -> None:
    assert 404 == browser.get("/sign-in/with/other/").status_code


@pytest.mark.parametrize(
    ("claim", "roles"),
    [
        (["a:caseworker", "b:auditor"], {"a": "caseworker", "b": "auditor"}),
        ("a:caseworker, b:auditor", {"a": "caseworker", "b": "auditor"}),
        (["a:caseworker", "a:administrator"], {"a": "caseworker"}),
        (["a", ":auditor", "a:", 5, None, "a:owner"], {}),
        ({"a": "auditor"}, {}),
        (None, {}),
    ],
)
def test_the_claim_is_read_strictly(claim: Any, roles: dict[str, str]) -> None:
    assert roles == roles_of(claim)


def test_following_the_same_claim_again_changes_nothing(organisation: Organisation) -> None:
    user = User.objects.create_user("erika@example.org", PASSWORD)
    first = follow(user, {"beispielhausen": "auditor"})

    assert [row.pk for row in first] == [row.pk for row in follow(user, {"beispielhausen": "auditor"})]
    with scope(organisation.id):
        assert 1 == AuditEntry.objects.count()
