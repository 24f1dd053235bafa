"""Keys of a connection: made, imported, certified, put in force and retired by their pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography import x509
from django.test import Client
from joserfc.jwk import RSAKey

from caseway.access.actor import Actor
from caseway.access.models import Organisation, Role
from caseway.access.scope import scope
from caseway.core.clock import Clock
from caseway.delivery import key_needs, keys
from caseway.delivery.models import Connection, ConnectionKey
from caseway.testing.builders import a_connection
from tests.delivery.key_fixtures import a_key, pem
from tests.portal_setup.pages import text

pytestmark = pytest.mark.mission("F-11")

SUBJECT = {"common_name": "Steueramt", "organisation": "Stadt Beispielhausen", "country": "de"}


@pytest.fixture
def row(organisation: Organisation) -> Connection:
    return a_connection(organisation, "fit", rail="ledger", name="FIT-Connect")


@pytest.fixture
def made(actor: Actor, row: Connection) -> ConnectionKey:
    return keys.import_key(actor, "fit", "decrypt", pem(a_key(0)))


def only(organisation: Organisation) -> ConnectionKey:
    with scope(organisation.id):
        return ConnectionKey.objects.get()


def test_a_key_is_generated_in_the_name_of_the_department(
    client: Client, row: Connection, organisation: Organisation
) -> None:
    answer = client.post("/connections/fit/keys/new/", {"use": "sign", **SUBJECT}, follow=True)

    key = only(organisation)
    assert (200, "sign", "prepared") == (answer.status_code, key.use, key.state)
    assert "Steueramt" in text(answer)


def test_a_file_with_a_password_is_imported(
    client: Client, row: Connection, organisation: Organisation
) -> None:
    sent = {"use": "decrypt", "text": pem(a_key(0)).decode(), "password": ""}
    answer = client.post("/connections/fit/keys/import/", sent, follow=True)

    assert (200, "imported") == (answer.status_code, only(organisation).origin)


def test_a_file_that_is_none_is_refused_and_its_text_is_not_sent_back(
    client: Client, row: Connection
) -> None:
    answer = client.post("/connections/fit/keys/import/", {"use": "sign", "text": "kein Schlüssel 4711"})

    assert 422 == answer.status_code
    assert "4711" not in answer.content.decode()


def test_no_page_holds_a_private_part(client: Client, made: ConnectionKey) -> None:
    address = f"/connections/fit/keys/{made.id}/"
    pages = [client.get(one) for one in ("/connections/fit/keys/", address, f"{address}public/")]
    private = read_private_part(made)

    for page in pages:
        assert 200 == page.status_code
        assert private not in page.content.decode()
        assert "PRIVATE" not in page.content.decode()


def read_private_part(made: ConnectionKey) -> str:
    """Return the private exponent as a JWK would show it."""
    return str(RSAKey.import_key(pem(a_key(0)).decode()).as_dict(private=True)["d"])


def test_the_public_part_is_downloaded_as_it_is_published(client: Client, made: ConnectionKey) -> None:
    answer = client.get(f"/connections/fit/keys/{made.id}/public/")

    assert made.public == json.loads(answer.content)
    assert "attachment" in answer["Content-Disposition"]
    assert "d" not in made.public


def test_a_request_for_a_certificate_is_a_file_in_the_name_given(client: Client, made: ConnectionKey) -> None:
    answer = client.post(f"/connections/fit/keys/{made.id}/request/", SUBJECT)

    request = x509.load_pem_x509_csr(answer.content)
    assert "CN=Steueramt,O=Stadt Beispielhausen,C=DE" == request.subject.rfc4514_string()
    assert request.is_signature_valid


def test_a_certificate_of_another_key_is_refused_beside_the_form(client: Client, made: ConnectionKey) -> None:
    answer = client.post(f"/connections/fit/keys/{made.id}/certificate/", {"chain": "kein Zertifikat"})

    assert 422 == answer.status_code
    assert "The certificates cannot be read." in text(answer)


def test_a_new_key_in_force_leaves_the_one_before_understood_for_a_while(
    client: Client, actor: Actor, made: ConnectionKey, clock: Clock
) -> None:
    keys.put_in_force(actor, "fit", made.kid)
    second = keys.import_key(actor, "fit", "decrypt", pem(a_key(1)))
    before = text(client.get(f"/connections/fit/keys/{second.id}/"))
    client.post(f"/connections/fit/keys/{second.id}/force/", {"days": "14"})

    assert "the one before still opens what was encrypted for it" in before
    with scope(made.organisation_id):
        states = {one.kid: one.state for one in ConnectionKey.objects.all()}
        until = ConnectionKey.objects.get(id=made.id).overlap_until
    assert {made.kid: "overlap", second.kid: "in_force"} == states
    assert clock.now() + timedelta(days=14) == until
    assert "still understood" in text(client.get("/connections/fit/keys/"))


def test_a_key_that_is_still_needed_is_retired_only_by_force_and_after_saying_why(
    client: Client, actor: Actor, made: ConnectionKey
) -> None:
    keys.put_in_force(actor, "fit", made.kid)
    address = f"/connections/fit/keys/{made.id}/retire/"
    first = client.post(address, {"reason": "gestohlen"})
    untouched = only(made.organisation).state
    client.post(address, {"reason": "gestohlen", "force": "on"})

    assert (409, True) == (first.status_code, "It is in force." in text(first))
    assert ("in_force", "retired", "") == (
        untouched, only(made.organisation).state, only(made.organisation).private,
    )  # fmt: skip


def test_a_key_is_not_retired_without_a_reason(client: Client, made: ConnectionKey) -> None:
    answer = client.post(f"/connections/fit/keys/{made.id}/retire/", {"reason": ""})

    assert (422, "prepared") == (answer.status_code, only(made.organisation).state)


def test_a_certificate_that_ends_soon_is_warned_of(
    client: Client, actor: Actor, made: ConnectionKey, clock: Clock
) -> None:
    keys.put_in_force(actor, "fit", made.kid)
    clock.advance(timedelta(days=720))
    page = text(client.get("/connections/fit/keys/"))

    assert "Make its successor now" in page
    assert "10 days left" in page or "9 days left" in page


@pytest.mark.parametrize(("role", "status"), [(Role.AUDITOR, 200), (Role.CASEWORKER, 403)])
def test_who_may_see_keys_and_who_may_change_them(
    enter: Callable[..., Client], made: ConnectionKey, role: Role, status: int
) -> None:
    visitor = enter(role)

    assert status == visitor.get("/connections/fit/keys/").status_code
    assert 403 == visitor.post(f"/connections/fit/keys/{made.id}/force/", {"days": "1"}).status_code
    assert 403 == visitor.get("/connections/fit/keys/new/").status_code


def test_a_key_of_another_organisation_is_not_there(
    enter: Callable[..., Client], made: ConnectionKey, other_organisation: Organisation
) -> None:
    stranger = enter(Role.ADMINISTRATOR, other_organisation)

    assert 404 == stranger.get("/connections/fit/keys/").status_code
    assert 404 == stranger.get(f"/connections/fit/keys/{made.id}/").status_code
    assert 404 == stranger.post(f"/connections/fit/keys/{made.id}/force/", {"days": "1"}).status_code


def test_what_else_needs_a_key_is_said(
    client: Client, made: ConnectionKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_needs, "_questions", [lambda key: "Two submissions still wait for it."])
    answer = client.post(f"/connections/fit/keys/{made.id}/retire/", {"reason": "alt"})

    assert "Two submissions still wait for it." in text(answer)
