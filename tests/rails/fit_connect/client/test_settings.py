"""The settings of a connection: what fits together, where everything lies, who may see the token."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from caseway.rails.fit_connect.addresses import PLATFORMS, base_of, is_below
from caseway.rails.fit_connect.config import FitConnectSettings
from tests.rails.fit_connect.client.stub import DESTINATION, SUBMISSION, settings_for

GIVEN = {"client_id": "c", "client_secret": "s", "destination_id": DESTINATION}


def made(**more: Any) -> FitConnectSettings:
    return FitConnectSettings.model_validate({**GIVEN, **more})


def test_a_platform_brings_its_addresses_for_each_version() -> None:
    v1, v2 = made(api_version="v1").addresses(), made(api_version="v2").addresses()

    expected = "https://submission-api-testing.fit-connect.fitko.dev/v1/submissions"
    assert expected == v1.submissions()
    assert "https://test.fit-connect.fitko.dev/submission-api/v2/submissions" == v2.submissions()
    assert "https://auth-testing.fit-connect.fitko.dev/token" == v1.token == v2.token


def test_the_keys_of_the_service_lie_beside_the_version_not_below_it() -> None:
    v1, v2 = made(api_version="v1").addresses(), made(api_version="v2").addresses()

    expected = "https://submission-api-testing.fit-connect.fitko.dev/.well-known/jwks.json"
    assert expected == v1.service_keys()
    expected = "https://test.fit-connect.fitko.dev/submission-api/.well-known/jwks.json"
    assert expected == v2.service_keys()


@pytest.mark.parametrize(
    ("field", "value", "reached"),
    [
        ("token_url", "https://a.example/oauth/token", lambda a: a.token),
        ("submission_url", "https://a.example/s/v2/", lambda a: a.submission),
        ("destination_url", "https://a.example/d/v2", lambda a: a.destination),
        ("routing_url", "https://a.example/r/v1", lambda a: a.routing),
        ("portal_url", "https://a.example/p", lambda a: a.portal),
    ],
)
def test_every_base_address_is_overridden_alone(field: str, value: str, reached: Any) -> None:
    usual, changed = made().addresses(), made(**{field: value}).addresses()

    assert base_of(value) == reached(changed)
    names = ("token", "submission", "destination", "routing", "portal")
    assert 1 == sum(getattr(usual, name) != getattr(changed, name) for name in names)


def test_destinations_are_read_from_the_api_that_is_chosen_and_keys_where_they_are_known_to_be() -> None:
    where = made(destinations_from="destination").addresses()
    host = "https://test.fit-connect.fitko.dev"

    expected = f"{host}/destination-api/v2/destinations/{DESTINATION}"
    assert expected == where.destination_info(DESTINATION)
    expected = f"{host}/submission-api/v2/destinations/{DESTINATION}/keys/kid-1234"
    assert expected == where.destination_key(DESTINATION, "kid-1234")


def test_on_v1_destinations_lie_in_the_submission_api() -> None:
    where = made(api_version="v1", destinations_from="destination").addresses()

    assert where.destination_info(DESTINATION).startswith(f"{PLATFORMS['test'].submission_v1}/v1/")


def test_an_id_cannot_lead_out_of_its_place() -> None:
    where = made().addresses()
    base = "https://test.fit-connect.fitko.dev/submission-api/v2/submissions"

    assert f"{base}/%2E%2E/attachments/a%2F..%3Fx" == where.submissions("..", "attachments", "a/..?x")
    with pytest.raises(ValueError, match="empty"):
        where.submissions("", "attachments")


@pytest.mark.parametrize(
    "change",
    [
        {"destination_id": ""},
        {"destination_id": "879ee109"},
        {"roles": "receive", "receive_destinations": ()},
        {"roles": "receive", "receive_destinations": ("nonsense",)},
        {"platform": "custom"},
        {"platform": "reference", "addressing": "routing"},
        {"platform": "production", "allow_self_signed": True},
        {"platform": "reference", "allow_self_signed": True},
        {"submission_url": "http://plain.example"},
        {"submission_url": "ftp://a.example"},
        {"token_url": "https://user:secret@a.example/token"},
        {"callback_url": "http://a.example/callback", "callback_secret": "x" * 32},
        {"callback_url": "https://a.example/callback"},
        {"callback_secret": "x" * 31},
        {"callback_secret": "x" * 513},
        {"reply_channel": "fit_connect"},
        {"service_identifier": "99010003001006"},
        {"user_agent": ""},
        {"fragment_bytes": 400_000_000},
        {"metadata_minimum": "3.0"},
    ],
)
def test_what_does_not_fit_together_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        made(**change)


OFFERED = {"reply_channel": "fit_connect", "reply_standards": ("urn:de:test",)}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"client_id": "gemeinde-musterdorf"}, "as our API client, whose id is no UUID"),
        ({"client_id": DESTINATION, "reply_issuer": "destination"}, "as our own destination needs its id"),
    ],
)
def test_who_could_not_answer_a_reply_does_not_ask_for_one(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        made(**OFFERED, **change)
    assert made(**{**OFFERED, **change, "roles": "receive", "receive_destinations": (DESTINATION,)})


@pytest.mark.parametrize(
    "change",
    [{"client_id": DESTINATION}, {"reply_issuer": "destination", "sender_destination_id": DESTINATION}],
)
def test_who_answers_a_reply_has_an_id(change: dict[str, Any]) -> None:
    assert made(**OFFERED, **change)


@pytest.mark.parametrize("length", [32, 512])
def test_a_callback_secret_of_the_right_length_is_kept_secret(length: int) -> None:
    settings = made(callback_secret="k" * length)

    assert SecretStr("k" * length) == settings.callback_secret
    assert "kkk" not in repr(settings)


@pytest.mark.parametrize(
    ("environment", "allowed"),
    [("sandbox", True), ("test", True), ("reference", False), ("production", False)],
)
def test_self_signed_keys_count_in_test_environments_only(environment: str, allowed: bool) -> None:
    assert allowed is made(allow_self_signed=True).self_signed_allowed(environment)
    assert not made().self_signed_allowed(environment)


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("https://test.fit-connect.fitko.dev/submission-api/v2/submissions", True),
        ("https://test.fit-connect.fitko.dev:443/submission-api/v2/submissions", True),
        (f"https://test.fit-connect.fitko.dev/destination-api/v2/destinations/{DESTINATION}", True),
        ("http://test.fit-connect.fitko.dev/submission-api/v2/submissions", False),
        ("https://test.fit-connect.fitko.dev:8443/submission-api/v2/submissions", False),
        ("https://test.fit-connect.fitko.dev/submission-api/v20/submissions", False),
        ("https://test.fit-connect.fitko.dev/submission-api/.well-known/jwks.json", False),
        ("https://test.fit-connect.fitko.dev.example/submission-api/v2/submissions", False),
        ("https://routing-api-testing.fit-connect.fitko.dev/v1/routes", False),
        ("https://portal.auth-testing.fit-connect.fitko.dev/.well-known/jwks.json", False),
    ],
)
def test_only_the_two_apis_that_know_it_may_see_the_token(url: str, seen: bool) -> None:
    assert seen is made().addresses().takes_token(url)


@given(path=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40))
@settings(max_examples=100)
def test_an_address_on_another_host_is_never_below_ours(path: str) -> None:
    assert not is_below(f"https://other.example/{path}".split("#")[0], "https://ours.example/submission-api")


def test_one_host_is_named_once_for_its_certificate() -> None:
    where = settings_for("http://127.0.0.1:9").addresses()

    assert ("http://127.0.0.1:9/submission-api",) == where.hosts()
    assert 4 == len(made().addresses().hosts())


def test_the_case_log_and_a_submission_lie_where_both_versions_have_them() -> None:
    where = made(api_version="v1").addresses()

    assert where.case_events("c").endswith("/v1/cases/c/events")
    assert where.submissions(SUBMISSION, "events").endswith(f"/v1/submissions/{SUBMISSION}/events")
