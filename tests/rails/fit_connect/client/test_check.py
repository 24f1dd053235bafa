"""Testing a connection before it is saved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from caseway.core.clock import clock
from caseway.rails.contract import Link, Report
from caseway.rails.fit_connect.check import check
from tests.rails.fit_connect.client.stub import (
    DESTINATION,
    SERVICE,
    Reply,
    Stub,
    answer,
    link_to,
    problem,
)

V2 = "/submission-api/v2"
KID = "kid-12345678"
PUBLIC: dict[str, Any] = {
    "destinationId": DESTINATION,
    "status": "active",
    "encryptionKid": KID,
    "metadataVersions": ["1.0.0", "2.1.0"],
    "publicServices": [{"identifier": SERVICE, "regions": ["DE"], "submissionSchemas": []}],
}


@pytest.fixture
def well(stub: Stub) -> Stub:
    """A platform on which everything is as it should be."""
    version = {"version": {"major": 2, "minor": 0, "patch": 1}}
    stub.on("GET", f"{V2}/info", answer(version))
    stub.on(
        "GET",
        "/submission-api/.well-known/jwks.json",
        answer({"keys": [{"kty": "RSA", "alg": "PS512"}]}),
    )
    stub.on("GET", f"{V2}/destinations/{DESTINATION}", answer(PUBLIC))
    stub.on("GET", f"{V2}/destinations/{DESTINATION}/keys/{KID}", answer({"kty": "RSA", "kid": KID}))
    stub.on("GET", f"{V2}/submissions", answer({"submissions": [], "totalCount": 0}))
    stub.on("GET", "/routing/v1/info", answer(version))
    stub.on("GET", "/portal/.well-known/jwks.json", answer({"keys": [{"kty": "RSA"}]}))
    return stub


def codes(report: Report, *, ok: bool) -> list[str]:
    return [finding.code for finding in report.findings if finding.ok is ok]


def checked(stub: Stub, environment: str = "sandbox", **settings: Any) -> Report:
    with link_to(stub.url, **settings) as link:
        changed = {**vars(link), "environment": environment}
        return check(Link(**changed))


def test_a_good_connection_is_well_in_every_line(well: Stub) -> None:
    report = checked(well)

    assert [] == codes(report, ok=False)
    expected = ["reachable", "authentication", "version", "service_keys", "destination", "own_destination"]
    assert [f"fit_connect.{name}" for name in [*expected, "clock"]] == codes(report, ok=True)


def test_a_check_has_no_effect_there(well: Stub) -> None:
    checked(well)

    assert {"GET"} == {one.method for one in well.find()}


def test_who_finds_recipients_by_routing_needs_routing_and_portal(well: Stub) -> None:
    report = checked(well, addressing="routing", roles="send")

    assert report.ok
    assert {"fit_connect.routing", "fit_connect.portal_keys"} < set(codes(report, ok=True))
    assert [] == well.find(path=f"{V2}/destinations/{DESTINATION}")


def test_a_platform_that_does_not_tell_its_version_is_well(well: Stub) -> None:
    well.on("GET", f"{V2}/info", Reply(404))

    assert checked(well).ok


@pytest.mark.parametrize(
    ("path", "reply", "code"),
    [
        (f"{V2}/info", problem(403, "forbidden"), "fit_connect.forbidden"),
        (f"{V2}/info", problem(503, "away"), "fit_connect.unavailable"),
        ("/submission-api/.well-known/jwks.json", Reply(404), "fit_connect.wrong_address"),
        ("/submission-api/.well-known/jwks.json", answer({"keys": []}), "fit_connect.service_keys"),
        (f"{V2}/destinations/{DESTINATION}/keys/{KID}", problem(404, "x-y"), "fit_connect.key_unknown"),
        (f"{V2}/submissions", problem(403, "forbidden"), "fit_connect.forbidden"),
    ],
)
def test_what_fails_is_named(well: Stub, path: str, reply: Reply, code: str) -> None:
    well.on("GET", path, reply)

    assert [code] == codes(checked(well), ok=False)


@pytest.mark.parametrize(
    ("destination", "settings", "remedy"),
    [
        ({"status": "inactive"}, {}, "Ask its owner to activate it."),
        ({}, {"service_identifier": "urn:de:fim:leika:leistung:99108008252000"}, f"It offers: {SERVICE}."),
        ({"metadataVersions": ["1.0.0"]}, {"metadata_minimum": "1.3.0"}, "It takes: 1.0.0."),
    ],
)
def test_a_recipient_that_does_not_fit_is_named(
    well: Stub, destination: dict[str, Any], settings: dict[str, Any], remedy: str
) -> None:
    well.on("GET", f"{V2}/destinations/{DESTINATION}", answer({**PUBLIC, **destination}))

    report = checked(well, roles="send", **settings)

    assert ["fit_connect.destination_unfit"] == codes(report, ok=False)
    assert remedy in [finding.remedy for finding in report.findings]


def test_our_own_destination_must_be_active(well: Stub) -> None:
    well.on("GET", f"{V2}/destinations/{DESTINATION}", answer({**PUBLIC, "status": "created"}))

    assert ["fit_connect.own_destination"] == codes(checked(well, roles="receive"), ok=False)


OFFERED = {"reply_channel": "fit_connect", "reply_standards": ("urn:de:test",)}
ELSEWHERE = "0b7f1a86-2c55-4a3e-8f0e-6d3d9b8e1c02"


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ({"client_id": ELSEWHERE}, "Replies are answered as our API client."),
        (
            {"reply_issuer": "destination", "sender_destination_id": DESTINATION},
            f"Replies are answered as our destination {DESTINATION}, which the delivery service knows.",
        ),
    ],
)
def test_in_whose_name_replies_are_answered_is_told(well: Stub, who: dict[str, Any], sentence: str) -> None:
    report = checked(well, **OFFERED, **who)

    assert report.ok
    assert sentence in [one.sentence for one in report.findings if one.code == "fit_connect.reply_issuer"]


def test_a_destination_of_ours_that_nobody_knows_cannot_answer_replies(well: Stub) -> None:
    well.on("GET", f"{V2}/destinations/{ELSEWHERE}", problem(404, "destination-not-found"))
    who = {"reply_issuer": "destination", "sender_destination_id": ELSEWHERE}
    report = checked(well, **OFFERED, **who)

    (found,) = [one for one in report.findings if not one.ok]
    assert ("fit_connect.destination_unknown", ELSEWHERE) == (found.code, found.details["destination"])
    assert found.remedy


def test_a_client_without_rights_is_named_and_nothing_else_is_asked(well: Stub) -> None:
    well.on("POST", "/token", answer({"error": "invalid_scope"}, 400))

    report = checked(well)

    assert ["fit_connect.client_without_rights"] == codes(report, ok=False)
    assert [] == well.find()


@pytest.mark.parametrize(("minutes", "ok"), [(1, True), (10, False)])
def test_a_clock_that_is_wrong_is_named(well: Stub, minutes: int, ok: bool) -> None:
    with clock.hold() as held:
        held.advance(timedelta(minutes=minutes))
        report = checked(well)

    assert [ok] == [finding.ok for finding in report.findings if finding.code == "fit_connect.clock"]


@pytest.mark.parametrize(
    ("environment", "settings", "code"),
    [
        ("production", {"allow_self_signed": True}, "fit_connect.self_signed"),
        ("reference", {"allow_self_signed": True}, "fit_connect.self_signed"),
        ("production", {"platform": "test"}, "fit_connect.environment"),
        ("test", {"platform": "production"}, "fit_connect.environment"),
        ("sandbox", {"platform": "reference"}, "fit_connect.environment"),
    ],
)
def test_what_does_not_belong_to_the_environment_is_named(
    environment: str, settings: dict[str, Any], code: str
) -> None:
    secure = {
        name: f"https://127.0.0.1:9/{name}"
        for name in ("token_url", "submission_url", "destination_url", "routing_url", "portal_url")
    }
    with link_to("http://127.0.0.1:9", connect_timeout=1, **{**secure, **settings}) as link:
        report = check(Link(**{**vars(link), "environment": environment}))

    assert code in codes(report, ok=False)
