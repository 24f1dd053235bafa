"""Who gets a token, for how long, and what may be done with it."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import httpx2
import pytest

from caseway.rails.fit_connect.simulator import FitConnectSimulator
from tests.rails.fit_connect.simulator.driver import BUILDING, Party, announcement

SCOPES = "https://schema.fitko.de/fit-connect/oauth/scopes/"
FORM = {
    "grant_type": "client_credentials",
    "client_id": "demo-sender",
    "client_secret": "demo-sender-secret",
}


def ask(platform: FitConnectSimulator, form: dict[str, str], **more: object) -> httpx2.Response:
    with httpx2.Client(headers={"User-Agent": "tests/1"}, trust_env=False) as http:
        return http.post(platform.addresses["token"], data=form, **more)


def test_a_token_says_how_long_it_lives_and_what_it_allows(platform: FitConnectSimulator) -> None:
    found = ask(platform, FORM).json()
    assert ("Bearer", 1800, f"{SCOPES}send-submissions") == (
        found["token_type"],
        found["expires_in"],
        found["scope"],
    )


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": f"{SCOPES}subscribe-destinations"}, 400, "invalid_scope"),
    ],
)
def test_a_wrong_request_gets_no_token(
    platform: FitConnectSimulator, changes: dict[str, str], status: int, error: str
) -> None:
    found = ask(platform, {**FORM, **changes})
    assert (status, error) == (found.status_code, found.json()["error"])


def test_basic_authentication_is_refused(platform: FitConnectSimulator) -> None:
    found = ask(platform, {"grant_type": "client_credentials"}, auth=("demo-sender", "demo-sender-secret"))
    assert (401, "invalid_client") == (found.status_code, found.json()["error"])


def test_a_subscriber_without_a_destination_gets_no_token(platform: FitConnectSimulator) -> None:
    platform.add_client(id="lonely", secret="secret", kind="subscriber")
    found = ask(platform, {**FORM, "client_id": "lonely", "client_secret": "secret"})
    assert (400, "invalid_scope") == (found.status_code, found.json()["error"])


def test_a_token_ends_with_its_time(platform: FitConnectSimulator, sender: Party) -> None:
    platform.advance(1799)
    assert 201 == sender.post("submissions", announcement("v2")).status_code
    platform.advance(1)
    assert 401 == sender.post("submissions", announcement("v2")).status_code


def test_without_a_user_agent_nothing_is_answered(platform: FitConnectSimulator) -> None:
    place = urlsplit(platform.addresses["routing"])
    with socket.create_connection((place.hostname, place.port), timeout=5) as wire:
        head = f"GET {place.path}/info HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        wire.sendall(head.encode())
        assert b"HTTP/1.1 403 " == wire.recv(13)


def test_only_the_clients_of_a_destination_see_its_submissions(platform: FitConnectSimulator) -> None:
    platform.add_destination(name="Probedorf", clients=["demo-subscriber"])
    platform.add_client(id="stranger", secret="stranger-secret", kind="subscriber", destinations=["x"])
    with Party(platform, "demo-sender") as sender, Party(platform, "stranger") as stranger:
        made = sender.post("submissions", announcement("v2")).json()
        assert 403 == stranger.get(f"submissions/{made['submissionId']}").status_code
        assert 403 == stranger.get("submissions", destinationId=BUILDING).status_code
        assert 403 == stranger.get(f"cases/{made['caseId']}/events").status_code


def test_destinations_of_the_second_version_are_public(platform: FitConnectSimulator) -> None:
    with httpx2.Client(headers={"User-Agent": "tests/1"}, trust_env=False) as http:
        for base in ("submissionV2", "destinationV2"):
            found = http.get(f"{platform.addresses[base]}/destinations/{BUILDING}").json()
            assert "Stadt Musterlingen, Bauamt" == found["name"]
            assert "callback" not in found
        keys = http.get(f"{platform.addresses['destinationV2']}/destinations/{BUILDING}/keys").json()["keys"]
        assert [["wrapKey"], ["verify"]] == [key["key_ops"] for key in keys]
        assert (
            404 == http.get(f"{platform.addresses['submissionV2']}/destinations/{BUILDING}/keys").status_code
        )
