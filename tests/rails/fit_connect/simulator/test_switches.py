"""Every switch does on the wire what it says, and nothing more."""

from __future__ import annotations

import uuid
from typing import Any

import httpx2
import pytest

from caseway.rails.fit_connect.simulator import FitConnectSimulator
from caseway.rails.fit_connect.simulator.switches import ALL
from tests.rails.fit_connect.simulator.driver import (
    BUILDING,
    Party,
    announcement,
    encrypt,
    read_token,
    submitted,
)

ROUTE = {"leikaKey": "99010003001006", "ars": "990010001001"}


@pytest.mark.parametrize(
    ("kind", "status", "parameters"),
    [
        ("refuse", 403, {}),
        ("problems_422", 422, {"slug": "some-rule"}),
        ("unavailable", 503, {"retry_after": 7}),
        ("server_error", 500, {}),
        ("rate_limited", 429, {"retry_after": 3}),
        ("unauthorized", 401, {}),
        ("html_error", 502, {}),
        ("too_large", 413, {}),
    ],
)
def test_a_refusal_has_no_effect_and_ends(
    platform: FitConnectSimulator, sender: Party, kind: str, status: int, parameters: dict[str, Any]
) -> None:
    platform.switch_on({"kind": kind, "actions": ["create_submission"], "times": 1, **parameters})
    found = sender.post("submissions", announcement("v2"))
    assert (status, {}) == (found.status_code, platform.counts()["submissions"])
    assert 201 == sender.post("submissions", announcement("v2")).status_code
    if kind == "rate_limited":
        assert ("3", "0") == (found.headers["Retry-After"], found.headers["RateLimit-Remaining"])


def test_drop_reply_loses_the_answer_not_the_effect(platform: FitConnectSimulator, sender: Party) -> None:
    platform.switch_on({"kind": "drop_reply", "actions": ["create_submission"], "times": 1})
    with pytest.raises(httpx2.RemoteProtocolError):
        sender.post("submissions", announcement("v2"))
    assert {"incomplete": 1} == platform.counts()["submissions"]


@pytest.mark.parametrize("percent", [0, 50, 100])
def test_drop_upload_at_loses_the_upload(platform: FitConnectSimulator, sender: Party, percent: int) -> None:
    here = _announced(sender)
    platform.switch_on({"kind": "drop_upload_at", "percent": percent, "times": 1})
    with pytest.raises((httpx2.NetworkError, httpx2.RemoteProtocolError)):
        sender.upload(here, encrypt(platform, bytes(300_000)))
    assert "attachments_uploaded" not in platform.counts()["effects"]
    assert 204 == sender.upload(here, encrypt(platform, bytes(300_000))).status_code


def test_a_token_that_expires_mid_upload_is_401_until_a_new_one(
    platform: FitConnectSimulator, sender: Party
) -> None:
    here = _announced(sender)
    platform.switch_on({"kind": "token_expired_mid_upload", "times": 1})
    text = encrypt(platform, bytes(300_000))
    assert [401, 401] == [sender.upload(here, text).status_code for _ in range(2)]
    sender.login()
    assert 204 == sender.upload(here, text).status_code


def test_truncate_download_ends_before_the_announced_length(
    platform: FitConnectSimulator, sender: Party, subscriber: Party
) -> None:
    sent = submitted(sender, [bytes(300_000)])
    here = f"submissions/{sent['submissionId']}/attachments/{sent['attachments'][0]}"
    platform.switch_on({"kind": "truncate_download", "times": 1})
    with pytest.raises(httpx2.RemoteProtocolError):
        subscriber.get(here)
    assert 200 == subscriber.get(here).status_code


def test_tampered_content_differs_in_one_character(
    platform: FitConnectSimulator, sender: Party, subscriber: Party
) -> None:
    sent = submitted(sender, [b"content"])
    here = f"submissions/{sent['submissionId']}"
    file = f"{here}/attachments/{sent['attachments'][0]}"
    for kind in ("tamper_attachment", "tamper_data"):
        platform.switch_on({"kind": kind, "times": 1})
    pairs = [(subscriber.get(file).text, subscriber.get(file).text)]
    pairs.append(tuple(subscriber.get(here).json()["encryptedData"] for _ in range(2)))
    for bad, good in pairs:
        places = [index for index, (a, b) in enumerate(zip(bad, good, strict=True)) if a != b]
        assert 1 == len(places)
        assert "" == bad[: places[0]].split(".")[3]


@pytest.mark.parametrize("kind", ["tamper_tag_in_set", "wrong_set_signature", "wrong_issuer"])
def test_a_spoiled_event_is_wrong_in_one_way(platform: FitConnectSimulator, sender: Party, kind: str) -> None:
    sent = submitted(sender)
    platform.switch_on({"kind": kind, "times": 1})
    keys = sender.http.get(platform.addresses["jwksV2"]).json()
    bad, good = (sender.get(f"cases/{sent['caseId']}/events").json()["eventLog"][1] for _ in range(2))
    right = read_token(good, keys)[1]
    if kind == "wrong_set_signature":
        assert bad.rpartition(".")[0] == good.rpartition(".")[0]
        with pytest.raises(Exception, match="Verification failed"):
            read_token(bad, keys)
        return
    wrong = read_token(bad, keys)[1]
    changed = {name for name in right if right[name] != wrong[name]}
    assert {"iss" if kind == "wrong_issuer" else "events"} == changed


def test_lag_hides_what_was_submitted_for_some_reads(
    platform: FitConnectSimulator, sender: Party, subscriber: Party
) -> None:
    platform.switch_on({"kind": "lag", "reads": 2, "times": 1})
    sent = submitted(sender)
    assert ["create-submission"] == sender.log(sent["caseId"])
    assert [] == subscriber.get("submissions").json()["submissions"]
    assert "notify-submission" == sender.log(sent["caseId"])[-1]
    assert 1 == subscriber.get("submissions").json()["totalCount"]


def test_the_key_rotates_after_a_look(platform: FitConnectSimulator, sender: Party) -> None:
    platform.switch_on({"kind": "rotate_key_after_lookup", "refuse_old": True, "times": 1})
    old, new = (sender.get(f"destinations/{BUILDING}").json()["encryptionKid"] for _ in range(2))
    assert old != new
    keys = [sender.get(f"destinations/{BUILDING}/keys/{kid}").json()["n"] for kid in (old, new)]
    assert keys[0] != keys[1]
    made = sender.post("submissions", announcement("v2")).json()
    for kid, status in ((old, 422), (new, 200)):
        body = {f"encrypted{name}": encrypt(platform, b"{}", kid=kid) for name in ("Metadata", "Data")}
        assert status == sender.put(f"submissions/{made['submissionId']}", body).status_code


def test_a_destination_is_inactive_for_lookers_and_senders(
    platform: FitConnectSimulator, sender: Party
) -> None:
    platform.switch_on({"kind": "destination_inactive", "times": 2})
    assert "inactive" == sender.get(f"destinations/{BUILDING}").json()["status"]
    assert 422 == sender.post("submissions", announcement("v2")).status_code
    assert 201 == sender.post("submissions", announcement("v2")).status_code


def test_routing_signs_what_the_portal_says(platform: FitConnectSimulator, sender: Party) -> None:
    routes = f"{platform.addresses['routing']}/routes"
    keys = sender.http.get(platform.addresses["portalJwks"]).json()
    [found] = sender.http.get(routes, params=ROUTE).json()["routes"]
    header, claims = read_token(found["destinationSignature"], keys)
    assert ("PS512", "jwt") == (header["alg"], header["typ"])
    assert (platform.addresses["portal"], BUILDING) == (claims["iss"], claims["destinationId"])
    assert claims["submissionHost"] in platform.url
    leika = "urn:de:fim:leika:leistung:99010003001006"
    assert [leika] == claims["services"][0]["leistungIDs"]

    platform.switch_on({"kind": "wrong_destination_signature", "times": 1})
    [found] = sender.http.get(routes, params=ROUTE).json()["routes"]
    with pytest.raises(Exception, match="Verification failed"):
        read_token(found["destinationSignature"], keys)
    platform.switch_on({"kind": "foreign_destination_signature", "times": 1})
    [found] = sender.http.get(routes, params=ROUTE).json()["routes"]
    assert found["destinationId"] != read_token(found["destinationSignature"], keys)[1]["destinationId"]


def test_clock_skew_shows_in_events(platform: FitConnectSimulator, sender: Party) -> None:
    platform.switch_on({"kind": "clock_skew", "seconds": 3600})
    sent = submitted(sender)
    keys = sender.http.get(platform.addresses["jwksV2"]).json()
    token = sender.get(f"cases/{sent['caseId']}/events").json()["eventLog"][0]
    skew = read_token(token, keys)[1]["iat"] - platform.platform.store.clock.seconds()
    assert 3500 < skew <= 3600


def test_slow_answers_wait(platform: FitConnectSimulator, sender: Party) -> None:
    platform.switch_on({"kind": "slow", "seconds": 0.3, "times": 1})
    assert sender.get("info").elapsed.total_seconds() >= 0.3


def test_too_many_requests_of_routing_are_429() -> None:
    with FitConnectSimulator(routing_limit=2) as platform, Party(platform, "demo-sender") as sender:
        found = [sender.http.get(f"{platform.addresses['routing']}/routes", params=ROUTE) for _ in range(3)]
        assert [200, 200, 429] == [item.status_code for item in found]
        assert ["1", "0", "0"] == [item.headers["RateLimit-Remaining"] for item in found]
        assert found[2].headers["Retry-After"] == found[2].headers["RateLimit-Reset"]
        platform.advance(61)
        assert 200 == sender.http.get(f"{platform.addresses['routing']}/routes", params=ROUTE).status_code


def test_every_switch_has_a_name_of_its_own_and_a_sentence() -> None:
    assert len(ALL) == len({switch.kind for switch in ALL})
    assert all(switch.sentence.endswith(".") for switch in ALL)


def _announced(sender: Party) -> str:
    identity = str(uuid.uuid4())
    made = sender.post("submissions", announcement("v2", [identity])).json()
    return f"submissions/{made['submissionId']}/attachments/{identity}"
