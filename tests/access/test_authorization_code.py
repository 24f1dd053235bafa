"""The DMS logs its people in with us: authorization code with PKCE (RFC 6749, 4.1; RFC 7636), end to end.

The DMS is authlib, the browser is requests; both know us by HTTP only.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session

from caseway.access.actor import Actor
from caseway.access.clients import remove_client
from caseway.access.models import AuditEntry, Organisation, Role, User
from caseway.access.people import deactivate_user
from caseway.access.scope import scope
from caseway.access.tokens import InvalidToken, actor_of_token
from tests.access.conftest import PASSWORD, RETURN_URL, Registered, person
from tests.access.server import Person, running

VERIFIER = generate_token(48)


@dataclass
class Meeting:
    """A DMS and a person's browser, both in front of us."""

    base: str
    dms: OAuth2Session
    person: Person

    def start(self, **more: str) -> str:
        """The address the DMS sends the person to."""
        url, _ = self.dms.create_authorization_url(
            f"{self.base}/oauth/authorize", state="s-1", nonce="n-1", code_verifier=VERIFIER, **more
        )
        return str(url)

    def sign_in(self, user: User) -> None:
        page = self.person.get("/sign-in/")
        answer = self.person.send(page, "/sign-in/", username=user.email, password=PASSWORD)
        assert answer.status_code == 302, answer.text

    def consent(self, action: str = "grant", **more: str) -> str:
        """Where the person is sent after their answer."""
        page = self.person.get(self.start(**more))
        assert page.status_code == 200, page.text
        return self.person.send(page, "/oauth/authorize", action=action).headers["Location"]

    def code(self) -> str:
        return parse_qs(urlsplit(self.consent()).query)["code"][0]

    def redeem(self, code: str, **changed: str) -> requests.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": RETURN_URL,
            "code_verifier": VERIFIER,
            **changed,
        }
        credentials = (self.dms.client_id, self.dms.client_secret)
        return requests.post(f"{self.base}/oauth/token", form, auth=credentials, timeout=20)


@pytest.fixture
def meeting(dms: Registered) -> Iterator[Meeting]:
    session = OAuth2Session(
        dms.id,
        dms.secret,
        scope="openid profile email submissions:read",
        redirect_uri=RETURN_URL,
        code_challenge_method="S256",
    )
    with running() as base, session:
        browser = Person(base)
        yield Meeting(base, session, browser)
        browser.close()


@pytest.mark.mission("C-10")
def test_a_person_lets_the_dms_in_and_it_acts_for_them(
    meeting: Meeting, erika: User, organisation: Organisation
) -> None:
    asked = meeting.person.get(meeting.start())
    assert "/sign-in/" == urlsplit(asked.headers["Location"]).path
    meeting.sign_in(erika)
    back = meeting.consent()
    token = meeting.dms.fetch_token(
        f"{meeting.base}/oauth/token", authorization_response=back, code_verifier=VERIFIER, state="s-1"
    )

    assert back.startswith(f"{RETURN_URL}?")
    actor = actor_of_token(f"Bearer {token['access_token']}")
    assert ("user", str(erika.id), Role.CASEWORKER) == (actor.kind, actor.id, actor.role)
    assert {"openid", "profile", "email", "submissions:read"} == actor.scopes
    with scope(organisation.id):
        assert AuditEntry.objects.filter(action="client.consented", actor=str(erika.id)).exists()


@pytest.mark.mission("C-10")
def test_the_id_token_is_signed_by_the_published_key_and_says_who_it_is(
    meeting: Meeting, erika: User, dms: Registered
) -> None:
    meeting.sign_in(erika)
    token = meeting.redeem(meeting.code()).json()["id_token"]
    found = requests.get(f"{meeting.base}/.well-known/openid-configuration", timeout=20).json()
    keys = jwt.PyJWKSet.from_dict(requests.get(f"{meeting.base}/.well-known/jwks.json", timeout=20).json())

    claims = jwt.decode(
        token,
        keys[jwt.get_unverified_header(token)["kid"]],
        algorithms=["RS256"],
        audience=dms.id,
        issuer=found["issuer"],
    )
    assert (str(erika.id), "n-1", "Erika Mustermann", "erika@example.org") == (
        claims["sub"],
        claims["nonce"],
        claims["name"],
        claims["email"],
    )
    assert ("beispielhausen", "caseworker") == (claims["caseway_organisation"], claims["caseway_role"])


def test_userinfo_says_the_same(meeting: Meeting, erika: User) -> None:
    meeting.sign_in(erika)
    token = meeting.redeem(meeting.code()).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}

    told = requests.get(f"{meeting.base}/oauth/userinfo", headers=headers, timeout=20).json()
    assert (str(erika.id), "Erika Mustermann") == (told["sub"], told["name"])


@pytest.mark.mission("C-10")
@pytest.mark.parametrize(
    "other",
    [
        "https://evil.example/oauth/return",
        f"{RETURN_URL}/",
        f"{RETURN_URL}?more=1",
        f"{RETURN_URL}#x",
        "https://dms.example:8443/oauth/return",
        "http://dms.example/oauth/return",
        "https://dms.example@evil.example/oauth/return",
        "",
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(
    meeting: Meeting, erika: User, other: str
) -> None:
    meeting.sign_in(erika)
    meeting.dms.redirect_uri = other
    answer = meeting.person.get(meeting.start())

    assert (400, None) == (answer.status_code, answer.headers.get("Location"))


def test_an_unknown_client_is_told_so_here(meeting: Meeting, erika: User) -> None:
    meeting.sign_in(erika)
    meeting.dms.client_id = "nobody"

    assert 400 == meeting.person.get(meeting.start()).status_code


@pytest.mark.mission("C-10")
def test_a_code_counts_once_and_its_second_use_ends_the_tokens_of_the_first(
    meeting: Meeting, erika: User
) -> None:
    meeting.sign_in(erika)
    code = meeting.code()
    token = meeting.redeem(code).json()["access_token"]
    again = meeting.redeem(code)

    assert (400, "invalid_grant") == (again.status_code, again.json()["error"])
    with pytest.raises(InvalidToken):
        actor_of_token(f"Bearer {token}")


def test_of_many_uses_of_a_code_at_once_at_most_one_gets_a_token(meeting: Meeting, erika: User) -> None:
    meeting.sign_in(erika)
    code = meeting.code()
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: meeting.redeem(code).status_code, range(4)))

    assert answers.count(200) <= 1
    assert {200, 400} >= set(answers)


@pytest.mark.mission("C-10")
@pytest.mark.parametrize(
    "changed",
    [{"code_verifier": generate_token(48)}, {"code_verifier": ""}, {"redirect_uri": f"{RETURN_URL}/"}],
)
def test_a_stolen_code_is_worth_nothing(meeting: Meeting, erika: User, changed: dict[str, str]) -> None:
    meeting.sign_in(erika)
    answer = meeting.redeem(meeting.code(), **changed)

    assert 400 == answer.status_code
    assert "access_token" not in answer.json()


def test_a_code_of_one_client_is_nothing_for_another(
    meeting: Meeting, erika: User, machine: Registered
) -> None:
    meeting.sign_in(erika)
    code = meeting.code()
    meeting.dms.client_id, meeting.dms.client_secret = machine.id, machine.secret

    assert 400 == meeting.redeem(code).status_code


@pytest.mark.mission("C-10")
def test_a_removed_client_can_neither_ask_nor_redeem(
    meeting: Meeting, erika: User, admin: Actor, dms: Registered
) -> None:
    meeting.sign_in(erika)
    code = meeting.code()
    remove_client(admin, dms.client.id)

    assert 401 == meeting.redeem(code).status_code
    assert 400 == meeting.person.get(meeting.start()).status_code


def test_who_does_not_want_to_is_sent_back_without_a_code(meeting: Meeting, erika: User) -> None:
    meeting.sign_in(erika)

    assert {"error": ["access_denied"], "state": ["s-1"]} == parse_qs(
        urlsplit(meeting.consent(action="cancel")).query
    )


def test_who_belongs_to_another_organisation_is_turned_away(
    meeting: Meeting, other_organisation: Organisation
) -> None:
    meeting.sign_in(person(other_organisation, "else@example.org", Role.ADMINISTRATOR))

    assert 403 == meeting.person.get(meeting.start()).status_code


def test_who_left_gets_no_token_for_a_code_or_a_refresh_token(
    meeting: Meeting, erika: User, admin: Actor
) -> None:
    meeting.sign_in(erika)
    refresh, code = meeting.redeem(meeting.code()).json()["refresh_token"], meeting.code()
    deactivate_user(admin, erika.id)

    renewed = meeting.redeem("", grant_type="refresh_token", refresh_token=refresh)
    assert [400, 400] == [meeting.redeem(code).status_code, renewed.status_code]


def test_a_token_can_be_renewed_once(meeting: Meeting, erika: User) -> None:
    meeting.sign_in(erika)
    refresh = meeting.redeem(meeting.code()).json()["refresh_token"]
    answers = [
        meeting.redeem("", grant_type="refresh_token", refresh_token=refresh).status_code for _ in range(2)
    ]

    assert [200, 400] == answers


def test_what_is_renewed_is_good(meeting: Meeting, erika: User) -> None:
    meeting.sign_in(erika)
    refresh = meeting.redeem(meeting.code()).json()["refresh_token"]
    renewed = meeting.redeem("", grant_type="refresh_token", refresh_token=refresh).json()["access_token"]

    assert str(erika.id) == actor_of_token(f"Bearer {renewed}").id


def test_a_plain_code_challenge_is_refused(meeting: Meeting, erika: User) -> None:
    meeting.sign_in(erika)
    query = {
        "response_type": "code",
        "client_id": meeting.dms.client_id,
        "redirect_uri": RETURN_URL,
        "code_challenge": VERIFIER,
        "code_challenge_method": "plain",
    }
    answer = meeting.person.get(f"/oauth/authorize?{urlencode(query)}")

    assert ["invalid_request"] == parse_qs(urlsplit(answer.headers["Location"]).query)["error"]


def test_consent_is_never_silent(meeting: Meeting, erika: User) -> None:
    meeting.sign_in(erika)
    answer = meeting.person.get(meeting.start(prompt="none"))

    assert ["interaction_required"] == parse_qs(urlsplit(answer.headers["Location"]).query)["error"]


def test_a_client_can_have_the_person_sign_in_again(meeting: Meeting, erika: User) -> None:
    meeting.sign_in(erika)
    answer = meeting.person.get(meeting.start(prompt="login"))

    assert "/sign-in/" == urlsplit(answer.headers["Location"]).path
    assert 200 == meeting.person.get(answer.headers["Location"]).status_code


def test_a_consent_from_elsewhere_is_refused(meeting: Meeting, erika: User) -> None:
    meeting.sign_in(erika)
    page: Any = meeting.person.get(meeting.start())
    del meeting.person.http.cookies["csrftoken"]

    assert 403 == meeting.person.send(page, "/oauth/authorize", action="grant").status_code


def test_the_page_lets_its_form_lead_back_to_the_client_only(meeting: Meeting, erika: User) -> None:
    meeting.sign_in(erika)
    policy = meeting.person.get(meeting.start()).headers["Content-Security-Policy"]

    assert "form-action 'self' https://dms.example;" in policy


def test_the_metadata_names_what_there_is(meeting: Meeting) -> None:
    found = requests.get(f"{meeting.base}/.well-known/openid-configuration", timeout=20).json()
    addresses = [value for key, value in found.items() if key.endswith(("_endpoint", "_uri"))]

    statuses = {requests.get(meeting.base + urlsplit(url).path, timeout=20).status_code for url in addresses}
    assert len(addresses) == 6
    assert 404 not in statuses
