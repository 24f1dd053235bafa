"""The whole way of a submission, in both versions of the API."""

from __future__ import annotations

from caseway.rails.fit_connect.simulator import FitConnectSimulator
from tests.rails.fit_connect.simulator.driver import BUILDING, Party, answer, decrypt, read_token, submitted

Parties = tuple[Party, Party]


def test_a_submission_travels_from_sender_to_subscriber(
    platform: FitConnectSimulator, parties: Parties
) -> None:
    sender, subscriber = parties
    sent = submitted(sender, [b"%PDF-1.7"])
    listed = subscriber.get("submissions", destinationId=BUILDING).json()["submissions"]
    assert listed == [{key: sent[key] for key in ("destinationId", "submissionId", "caseId")}]
    got = subscriber.get(f"submissions/{sent['submissionId']}").json()
    assert b"{}" == decrypt(platform, got["encryptedData"])
    [attachment] = got["attachments"]
    text = subscriber.get(f"submissions/{sent['submissionId']}/attachments/{attachment}").text
    assert b"%PDF-1.7" == decrypt(platform, text)


def test_an_accepted_submission_can_no_longer_be_fetched(
    platform: FitConnectSimulator, parties: Parties
) -> None:
    sender, subscriber = parties
    sent = submitted(sender)
    assert 204 == subscriber.event(sent["caseId"], answer(platform, sent, "accept")).status_code
    assert 404 == subscriber.get(f"submissions/{sent['submissionId']}").status_code
    assert [] == subscriber.get("submissions").json()["submissions"]
    expected = ["create-submission", "submit-submission", "notify-submission", "accept-submission"]
    assert expected == sender.log(sent["caseId"]) == subscriber.log(sent["caseId"])


def test_a_rejection_reaches_the_sender_with_its_problems(
    platform: FitConnectSimulator, parties: Parties
) -> None:
    sender, subscriber = parties
    sent = submitted(sender)
    token = answer(platform, sent, "reject")
    assert 204 == subscriber.event(sent["caseId"], token).status_code
    assert token == sender.get(f"submissions/{sent['submissionId']}/events").json()["eventLog"][-1]


def test_events_of_the_platform_verify_against_its_keys(
    platform: FitConnectSimulator, parties: Parties
) -> None:
    sender, _ = parties
    sent = submitted(sender, [b"one", b"two"])
    base = platform.addresses["submissionBaseUrl" if sender.version == "v2" else "url"]
    keys = sender.http.get(f"{base}/.well-known/jwks.json").json()
    tokens = sender.get(f"cases/{sent['caseId']}/events").json()["eventLog"]
    claims = [read_token(token, keys)[1] for token in tokens]
    assert {base} == {item["iss"] for item in claims}
    [payload] = claims[1]["events"].values()
    assert {"authenticationTags": sent["tags"]} == payload
