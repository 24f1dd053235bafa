"""What the platform refuses of a sender."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from caseway.rails.fit_connect.simulator import FitConnectSimulator
from tests.rails.fit_connect.simulator.driver import (
    BUILDING,
    ORDER,
    Party,
    announcement,
    encrypt,
    submitted,
)


def body(platform: FitConnectSimulator, **header: Any) -> dict[str, str]:
    return {
        "encryptedMetadata": encrypt(platform, b"{}"),
        "encryptedData": encrypt(platform, b"{}", **header),
    }


@pytest.mark.parametrize(
    ("header", "title"),
    [
        ({"cty": None}, "Invalid JWE Header 'cty'"),
        ({"cty": "application/pdf"}, "Invalid JWE Header 'cty'"),
        ({"zip": "DEF"}, "Invalid JWE Header 'zip'"),
        ({"enc": "A128GCM"}, "Invalid JWE"),
        ({"alg": "RSA-OAEP"}, "Invalid JWE"),
    ],
)
def test_a_wrong_header_is_named(
    platform: FitConnectSimulator, sender: Party, header: dict[str, Any], title: str
) -> None:
    made = sender.post("submissions", announcement("v2")).json()
    found = sender.put(f"submissions/{made['submissionId']}", body(platform, **header))
    assert (422, title) == (found.status_code, found.json()["title"])


def test_the_first_version_still_takes_compressed_data_and_no_data(platform: FitConnectSimulator) -> None:
    with Party(platform, "demo-sender", "v1") as sender:
        made = sender.post("submissions", announcement("v1")).json()
        metadata = encrypt(platform, b"{}", zip="DEF")
        assert (
            202
            == sender.put(f"submissions/{made['submissionId']}", {"encryptedMetadata": metadata}).status_code
        )


def test_the_second_version_needs_data(platform: FitConnectSimulator, sender: Party) -> None:
    made = sender.post("submissions", announcement("v2")).json()
    metadata = {"encryptedMetadata": encrypt(platform, b"{}")}
    assert 422 == sender.put(f"submissions/{made['submissionId']}", metadata).status_code


def test_nothing_is_handed_over_twice(platform: FitConnectSimulator, sender: Party) -> None:
    sent = submitted(sender)
    found = sender.put(f"submissions/{sent['submissionId']}", body(platform))
    assert 409 == found.status_code
    assert 1 == platform.counts()["effects"]["submission_submitted"]


def test_an_attachment_may_come_again_until_the_submission_is_handed_over(
    platform: FitConnectSimulator, sender: Party, subscriber: Party
) -> None:
    identity = str(uuid.uuid4())
    made = sender.post("submissions", announcement("v2", [identity])).json()
    here = f"submissions/{made['submissionId']}"
    texts = [encrypt(platform, data) for data in (b"first", b"second")]
    assert [204, 204] == [sender.upload(f"{here}/attachments/{identity}", text).status_code for text in texts]
    assert 200 == sender.put(here, body(platform)).status_code
    assert texts[1] == subscriber.get(f"{here}/attachments/{identity}").text
    assert 422 == sender.upload(f"{here}/attachments/{identity}", texts[0]).status_code


def test_limits_of_size_are_413(platform: FitConnectSimulator) -> None:
    with FitConnectSimulator(attachment_limit=900, total_limit=2000, attachments_limit=2) as small:
        with Party(small, "demo-sender") as sender:
            ids = [str(uuid.uuid4()) for _ in range(3)]
            assert 413 == sender.post("submissions", announcement("v2", ids)).status_code
            made = sender.post("submissions", announcement("v2", ids[:2])).json()
            here = f"submissions/{made['submissionId']}"
            assert (
                413 == sender.upload(f"{here}/attachments/{ids[0]}", encrypt(small, bytes(300))).status_code
            )
            for identity in ids[:2]:
                assert 204 == sender.upload(f"{here}/attachments/{identity}", encrypt(small, b"")).status_code
            assert 413 == sender.put(here, body(small)).status_code


@pytest.mark.parametrize("status", ["created", "inactive", "decommissioned"])
def test_a_destination_that_is_not_active_takes_nothing(
    platform: FitConnectSimulator, sender: Party, status: str
) -> None:
    platform.platform.store.destinations[BUILDING].status = status
    assert 422 == sender.post("submissions", announcement("v2")).status_code


def test_a_service_the_destination_does_not_offer_is_refused(sender: Party) -> None:
    assert 422 == sender.post("submissions", announcement("v2", destinationId=ORDER)).status_code


@pytest.mark.parametrize(
    "changes",
    [
        {"destinationId": "not-a-uuid"},
        {"announcedAttachments": None},
        {"announcedAttachments": ["x"]},
        {"announcedAttachments": [BUILDING, BUILDING]},
        {"publicService": {"identifier": "no urn", "name": "x"}},
        {"publicService": {"identifier": "urn:de:fim:leika:leistung:99010003001006"}},
        {"region": "Musterlingen"},
        {"callback": {"url": "http://elsewhere.invalid/", "secret": "x" * 32}},
        {"callback": {"url": "https://elsewhere.invalid/", "secret": "short"}},
    ],
)
def test_a_body_that_breaks_the_schema_is_400(sender: Party, changes: dict[str, Any]) -> None:
    assert 400 == sender.post("submissions", announcement("v2") | changes).status_code


def test_a_case_goes_on_only_for_the_client_that_opened_it(
    platform: FitConnectSimulator, sender: Party
) -> None:
    sent = submitted(sender)
    again = submitted(sender, caseId=sent["caseId"])
    assert sent["caseId"] == again["caseId"]
    platform.add_client(id="other", secret="other-secret")
    with Party(platform, "other") as other:
        found = other.post("submissions", announcement("v2", caseId=sent["caseId"]))
        assert 404 == found.status_code
        assert 403 == other.put(f"submissions/{sent['submissionId']}", {}).status_code


def test_lists_come_in_pages_oldest_first(sender: Party, subscriber: Party) -> None:
    sent = [submitted(sender)["submissionId"] for _ in range(3)]
    page = subscriber.get("submissions", offset=1, limit=1).json()
    assert (1, 1, 3, sent[1]) == (
        page["count"],
        page["offset"],
        page["totalCount"],
        page["submissions"][0]["submissionId"],
    )
    assert [400, 400] == [subscriber.get("submissions", limit=n).status_code for n in (0, 501)]


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("Muster*", ["Musterland", "Musterlingen", "Neustadt am Muster"]),
        ("*lingen", ["Musterlingen"]),
        ("unterbeispiel", ["Unterbeispiel an der Probe"]),
        ("99902", ["Musterlingen"]),
        ("Muster", ["Neustadt am Muster"]),
    ],
)
def test_areas_are_found_by_words_and_postcodes(
    platform: FitConnectSimulator, sender: Party, expression: str, names: list[str]
) -> None:
    areas = f"{platform.addresses['routing']}/areas"
    found = sender.http.get(areas, params={"areaSearchexpression": expression}).json()["areas"]
    assert names == [area["name"] for area in found]


@pytest.mark.parametrize("expression", ["*", "M*", "", "a" * 50 + "*" * 50 + "b"])
def test_an_expression_of_less_than_two_characters_is_400(
    platform: FitConnectSimulator, sender: Party, expression: str
) -> None:
    areas = f"{platform.addresses['routing']}/areas"
    assert 400 == sender.http.get(areas, params={"areaSearchexpression": expression}).status_code


@pytest.mark.parametrize(
    ("query", "destination"),
    [
        ({"leikaKey": "99107004018000", "ars": "990010002002"}, ORDER),
        ({"leikaKey": "99107004018000", "ags": "99001"}, ORDER),
        ({"leikaKey": "99134005017000", "areaId": "20"}, ORDER),
        ({"leikaKey": "99010003001006", "areaId": "10"}, None),
        ({"leikaKey": "99010003001006", "areaId": "999"}, None),
        ({"leikaKey": "99000000000000", "ars": "990010001001"}, None),
    ],
)
def test_a_route_is_found_where_a_region_covers_the_area(
    platform: FitConnectSimulator, sender: Party, query: dict[str, str], destination: str | None
) -> None:
    found = sender.http.get(f"{platform.addresses['routing']}/routes", params=query).json()["routes"]
    assert ([destination] if destination else []) == [route["destinationId"] for route in found]


def test_a_sender_and_a_subscriber_work_at_the_same_time_without_a_double(
    platform: FitConnectSimulator,
) -> None:
    def send(_: int) -> str:
        with Party(platform, "demo-sender") as party:
            return str(submitted(party, [b"x"])["submissionId"])

    with ThreadPoolExecutor(4) as pool, Party(platform, "demo-subscriber") as subscriber:
        ids = list(pool.map(send, range(12)))
        listed = [item["submissionId"] for item in subscriber.get("submissions").json()["submissions"]]
    assert sorted(ids) == sorted(listed)
    assert 36 == sum(platform.counts()["events"].values())
