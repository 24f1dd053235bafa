"""What is sent and what is read: bodies and answers of v1 and v2, page by page."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from caseway.core.errors import Invalid, NotConfigured, Unavailable
from caseway.rails.fit_connect.body import Body
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.destinations import AcceptedSchema, Destinations
from caseway.rails.fit_connect.errors import Call
from caseway.rails.fit_connect.events import Events
from caseway.rails.fit_connect.replies import Replies, WaitingReply
from caseway.rails.fit_connect.routing import Route, Routing, service_key
from caseway.rails.fit_connect.submissions import Announcement, Created, Submissions, Waiting
from tests.rails.fit_connect.client.stub import (
    ATTACHMENT,
    CASE,
    DESTINATION,
    REPLY,
    SERVICE,
    SUBMISSION,
    Reply,
    Stub,
    answer,
    client_to,
)

V1, V2 = "/submission-api/v1", "/submission-api/v2"
CREATED = {"destinationId": DESTINATION, "submissionId": SUBMISSION, "caseId": CASE}
ANNOUNCED = Announcement(
    DESTINATION,
    [ATTACHMENT],
    SERVICE,
    "Bauantrag",
    region="064350014014",
    case_id=CASE,
    sender_destination_id=REPLY,
    callback_url="https://caseway.example/callback",
    callback_secret=SecretStr("k" * 32),
)


def test_v2_announces_with_public_service_and_region(stub: Stub, client: Client) -> None:
    stub.on("POST", f"{V2}/submissions", answer({**CREATED, "news": 1}, 201))

    created = Submissions(client).create(ANNOUNCED)

    assert Created(SUBMISSION, CASE) == created
    expected = {
        "destinationId": DESTINATION,
        "announcedAttachments": [ATTACHMENT],
        "publicService": {"identifier": SERVICE, "name": "Bauantrag"},
        "region": "DE064350014014",
        "caseId": CASE,
        "senderDestinationId": REPLY,
        "callback": {"url": "https://caseway.example/callback", "secret": "k" * 32},
    }
    assert expected == stub.find("POST")[0].json()


def test_v1_announces_with_service_type_and_nothing_v1_does_not_know(stub: Stub, client_v1: Client) -> None:
    stub.on("POST", f"{V1}/submissions", answer(CREATED, 201))

    Submissions(client_v1).create(ANNOUNCED)

    known = {"destinationId", "announcedAttachments", "serviceType", "caseId", "callback"}
    assert known == stub.find("POST")[0].json().keys()


def test_what_is_empty_is_not_announced_and_a_service_always_has_a_name(stub: Stub, client: Client) -> None:
    stub.on("POST", f"{V2}/submissions", answer(CREATED, 201))

    Submissions(client).create(Announcement(DESTINATION, (), SERVICE, ""))

    expected = {
        "destinationId": DESTINATION,
        "announcedAttachments": [],
        "publicService": {"identifier": SERVICE, "name": SERVICE},
    }
    assert expected == stub.find("POST")[0].json()


def test_an_attachment_goes_as_jose_with_its_length(stub: Stub, client: Client) -> None:
    path = f"{V2}/submissions/{SUBMISSION}/attachments/{ATTACHMENT}"
    stub.on("PUT", path, Reply(204))

    Submissions(client).upload(SUBMISSION, ATTACHMENT, Body.of("aa.bb.cc.dd.ee"))

    (asked,) = stub.find("PUT")
    assert ("application/jose", "14") == (asked.headers["content-type"], asked.headers["content-length"])
    assert "transfer-encoding" not in asked.headers
    assert b"aa.bb.cc.dd.ee" == asked.body


@pytest.mark.parametrize("status", [200, 202])
def test_metadata_and_data_are_sent_together(stub: Stub, client: Client, status: int) -> None:
    stub.on("PUT", f"{V2}/submissions/{SUBMISSION}", answer(CREATED, status))

    Submissions(client).submit(SUBMISSION, "me.ta", Body.of("da.ta"))

    (asked,) = stub.find("PUT")
    assert {"encryptedMetadata": "me.ta", "encryptedData": "da.ta"} == asked.json()
    assert "application/json" == asked.headers["content-type"]


def test_v1_may_go_without_data_and_v2_may_not(stub: Stub, client: Client, client_v1: Client) -> None:
    stub.on("PUT", f"{V1}/submissions/{SUBMISSION}", answer(CREATED, 202))

    Submissions(client_v1).submit(SUBMISSION, "me.ta", None)
    with pytest.raises(Invalid) as raised:
        Submissions(client).submit(SUBMISSION, "me.ta", None)

    assert [{"encryptedMetadata": "me.ta"}] == [one.json() for one in stub.find("PUT")]
    assert "fit_connect.data_missing" == raised.value.code


def test_a_text_that_is_no_jwe_is_not_put_into_json(client: Client) -> None:
    with pytest.raises(ValueError, match="JWE"):
        Submissions(client).submit(SUBMISSION, 'a","b":"', "c.d")


def listed(*ids: int, destination: str = DESTINATION) -> list[dict[str, str]]:
    return [
        {"destinationId": destination, "submissionId": f"{SUBMISSION[:-4]}{one:04x}", "caseId": CASE}
        for one in ids
    ]


def page(entries: list[Any], total: int | None, name: str = "submissions") -> Reply:
    told: dict[str, Any] = {"count": len(entries), "offset": 0, name: entries}
    return answer(told if total is None else {**told, "totalCount": total})


@pytest.mark.parametrize("total", [150, None])
def test_what_waits_is_read_page_by_page(stub: Stub, client: Client, total: int | None) -> None:
    pages = page(listed(*range(100)), total), page(listed(*range(100, 150)), total)
    stub.on("GET", f"{V2}/submissions", *pages)

    found = list(Submissions(client).waiting(DESTINATION))

    assert 150 == len({one.submission_id for one in found})
    assert Waiting(DESTINATION, f"{SUBMISSION[:-4]}0000", CASE) == found[0]
    asked = [dict(one.query) for one in stub.find("GET")]
    assert [("0", "100", DESTINATION), ("100", "100", DESTINATION)] == [
        (one["offset"], one["limit"], one["destinationId"]) for one in asked
    ]


def test_what_waits_for_another_destination_is_left(stub: Stub, client: Client) -> None:
    stub.on("GET", f"{V2}/submissions", page([*listed(1), *listed(2, destination=REPLY)], 2))

    assert 1 == len(list(Submissions(client).waiting(DESTINATION.upper())))


@pytest.mark.parametrize("total", [1_000_000, None])
def test_a_service_that_always_shows_the_same_page_is_found_out(
    stub: Stub, client: Client, total: int | None
) -> None:
    stub.on("GET", f"{V2}/submissions", page(listed(*range(100)), total))

    with pytest.raises(Unavailable) as raised:
        list(Submissions(client).waiting(DESTINATION))

    assert "fit_connect.list_endless" == raised.value.code
    assert 2 == len(stub.find("GET"))


def test_a_list_that_goes_on_for_ever_ends_here(stub: Stub, client: Client) -> None:
    stub.on("GET", f"{V2}/submissions", *(page(listed(one), 1_000_000) for one in range(5)))

    with pytest.raises(Unavailable):
        list(client.pages(client.addresses.submissions(), Call("listSubmissions"), "submissions", most=4))

    assert 4 == len(stub.find("GET"))


def test_a_waiting_submission_is_fetched_in_either_version(
    stub: Stub, client: Client, client_v1: Client
) -> None:
    sealed = {**CREATED, "attachments": [ATTACHMENT.upper()], "encryptedMetadata": "me.ta"}
    service = {"identifier": SERVICE, "name": "Bauantrag"}
    v2 = {**sealed, "publicService": service, "encryptedData": "da.ta", "region": "DE06"}
    stub.on("GET", f"{V2}/submissions/{SUBMISSION}", answer(v2))
    stub.on("GET", f"{V1}/submissions/{SUBMISSION}", answer({**sealed, "serviceType": service}))

    new, old = Submissions(client).get(SUBMISSION), Submissions(client_v1).get(SUBMISSION)

    assert ((ATTACHMENT,), SERVICE, "da.ta", "DE06") == (
        new.attachments,
        new.service_identifier,
        new.data,
        new.region,
    )
    assert ((ATTACHMENT,), "Bauantrag", "") == (old.attachments, old.service_name, old.data)


@pytest.mark.parametrize(
    "change",
    [
        {"submissionId": REPLY},
        {"caseId": "no id"},
        {"encryptedMetadata": None},
        {"encryptedMetadata": ""},
        {"attachments": ["no id"]},
        {"attachments": {"a": 1}},
    ],
)
def test_a_submission_that_is_not_what_was_asked_for_is_not_taken(
    stub: Stub, client: Client, change: dict[str, Any]
) -> None:
    sealed = {**CREATED, "attachments": [], "encryptedMetadata": "me.ta", "encryptedData": "da.ta"}
    stub.on("GET", f"{V2}/submissions/{SUBMISSION}", answer({**sealed, **change}))

    with pytest.raises(Unavailable) as raised:
        Submissions(client).get(SUBMISSION)

    assert "fit_connect.answer_unreadable" == raised.value.code


def test_a_log_comes_oldest_first_as_it_is(stub: Stub, client: Client) -> None:
    first, second = [f"h.p{one}.s" for one in range(100)], ["h.new.s"]
    stub.on(
        "GET",
        f"{V2}/cases/{CASE}/events",
        page(first, 101, "eventLog"),
        page(second, 101, "eventLog"),
    )

    assert [*first, *second] == list(Events(client).of_case(CASE))


def test_an_event_goes_as_the_bare_token(stub: Stub, client: Client) -> None:
    stub.on("POST", f"{V2}/cases/{CASE}/events", Reply(204))

    Events(client).post(CASE, "head.payload.signature")

    (asked,) = stub.find("POST")
    assert (b"head.payload.signature", "application/jose") == (asked.body, asked.headers["content-type"])


def test_a_reply_goes_the_way_of_a_submission(stub: Stub, client: Client) -> None:
    stub.on("POST", f"{V2}/replies", answer({"replyId": REPLY, "caseId": CASE}, 201))
    stub.on("PUT", f"{V2}/replies/{REPLY}/attachments/{ATTACHMENT}", Reply(204))
    stub.on("PUT", f"{V2}/replies/{REPLY}", Reply(204))
    replies = Replies(client)

    reply_id = replies.create(CASE, [ATTACHMENT])
    replies.upload(reply_id, ATTACHMENT, Body.of("a.b"))
    replies.submit(reply_id, "me.ta", "da.ta")

    assert REPLY == reply_id
    assert {"caseId": CASE, "announcedAttachments": [ATTACHMENT]} == stub.find("POST")[0].json()
    assert ["a.b", '{"encryptedMetadata":"me.ta","encryptedData":"da.ta"}'] == [
        one.body.decode() for one in stub.find("PUT")
    ]


def test_a_reply_to_us_is_listed_and_fetched(stub: Stub, client: Client) -> None:
    entry = {"replyId": REPLY, "caseId": CASE}
    stub.on("GET", f"{V2}/replies", page([entry], 1, "replies"))
    told = {**entry, "attachments": [], "encryptedMetadata": "me.ta", "encryptedData": "da.ta"}
    stub.on("GET", f"{V2}/replies/{REPLY}", answer(told))

    assert [WaitingReply(REPLY, CASE)] == list(Replies(client).waiting())
    assert "da.ta" == Replies(client).get(REPLY).data


SCHEMAS = [{"schemaUri": "https://schema.example/bau.json", "mimeType": "application/json"}]
PUBLIC = {
    "destinationId": DESTINATION,
    "status": "active",
    "encryptionKid": "kid-12345678",
    "metadataVersions": ["1.0.0", "2.1.0"],
}


def test_a_destination_reads_alike_in_both_versions(stub: Stub, client: Client, client_v1: Client) -> None:
    service = {"identifier": SERVICE, "regions": ["DE06"], "submissionSchemas": SCHEMAS}
    channels = {"replyChannels": {"fink": {}, "eMail": {"usePgp": True}}}
    contact = {"contactInformation": {"legalName": "Stadt Musterstadt", "phone": "115", "x": 1}}
    stub.on("GET", f"{V1}/destinations/{DESTINATION}", answer({**PUBLIC, "services": [service], **channels}))
    stub.on(
        "GET",
        f"{V2}/destinations/{DESTINATION}",
        answer({**PUBLIC, "publicServices": [service], "name": "Bauamt", **contact}),
    )

    old, new = Destinations(client_v1).get(DESTINATION), Destinations(client).get(DESTINATION)

    assert old.services == new.services
    offered = new.service(SERVICE)
    assert offered is not None
    assert (AcceptedSchema("https://schema.example/bau.json", "application/json"),) == offered.schemas
    assert (("eMail", "fink"), None) == (old.reply_channels, new.reply_channels)
    assert ("Bauamt", {"legalName": "Stadt Musterstadt", "phone": "115"}) == (new.name, new.contact)
    assert new.active


@pytest.mark.parametrize("status", ["created", "inactive", "decommissioned", "something new"])
def test_only_an_active_destination_is_active(stub: Stub, client: Client, status: str) -> None:
    stub.on("GET", f"{V2}/destinations/{DESTINATION}", answer({**PUBLIC, "status": status}))

    assert not Destinations(client).get(DESTINATION).active


def test_keys_come_one_by_one_and_as_a_list_from_the_destination_api(stub: Stub, client: Client) -> None:
    jwk = {"kty": "RSA", "kid": "kid-12345678", "n": "AQAB"}
    stub.on("GET", f"{V2}/destinations/{DESTINATION}/keys/kid-12345678", answer(jwk))
    stub.on("GET", f"/destination-api/v2/destinations/{DESTINATION}/keys", answer({"keys": [jwk]}))

    assert jwk == Destinations(client).key(DESTINATION, "kid-12345678")
    assert (jwk,) == Destinations(client).keys(DESTINATION)
    assert ["Bearer t1", "Bearer t1"] == [one.headers.get("authorization") for one in stub.find()]


def test_what_is_no_key_is_not_taken_for_one(stub: Stub, client: Client) -> None:
    stub.on("GET", "/submission-api/.well-known/jwks.json", answer({"keys": [{"kid": "x"}]}))

    with pytest.raises(Unavailable):
        Destinations(client).service_keys()


@pytest.mark.parametrize(
    ("kind", "place", "parameter"),
    [("ars", "064350014014", "ars"), ("ags", "06435014", "ags"), ("area_id", "1024", "areaId")],
)
def test_who_is_responsible_is_asked_by_key_and_one_place(
    stub: Stub, client: Client, kind: str, place: str, parameter: str
) -> None:
    told = {
        "destinationId": DESTINATION,
        "destinationSignature": "h.p.s",
        "destinationName": "Bauamt",
        "destinationShortName": "BA",
        "origin": "PVOG",
        "imprintUrl": "https://musterstadt.example/impressum",
    }
    stub.on("GET", "/routing/v1/routes", page([told], 1, "routes"))

    found = list(Routing(client).routes(SERVICE, kind=kind, place=place))

    assert [Route(DESTINATION, "h.p.s", "Bauamt", "BA", "PVOG", told)] == found
    expected = {"leikaKey": "99010003001006", parameter: place, "offset": "0", "limit": "100"}
    assert expected == dict(stub.find()[0].query)


def test_areas_are_searched_by_words_whatever_media_type_the_answer_has(stub: Stub, client: Client) -> None:
    area = {"id": "1024", "name": "Halle (Saale)", "type": "Kreisfreie Stadt"}
    reply = page([area], 1, "areas")
    stub.on(
        "GET",
        "/routing/v1/areas",
        Reply(200, reply.body, {"Content-Type": "application/problem+json"}),
    )

    (found,) = Routing(client).areas(["Halle*", "06108"])

    assert ("1024", "Halle (Saale)", "Kreisfreie Stadt") == (found.id, found.name, found.type)
    asked = stub.find()[0].query
    assert [("areaSearchexpression", "Halle*"), ("areaSearchexpression", "06108")] == asked[:2]


@pytest.mark.parametrize("words", [[], ["a"], ["**"], ["ab"] * 11, ["x" * 101]])
def test_words_that_find_nothing_are_refused_before_asking(
    stub: Stub, client: Client, words: list[str]
) -> None:
    with pytest.raises(Invalid) as raised:
        list(Routing(client).areas(words))

    assert "fit_connect.words_unfit" == raised.value.code
    assert [] == stub.find()


@pytest.mark.parametrize(("kind", "place"), [("ars", "0643"), ("ags", "064350014014"), ("area_id", "x")])
def test_a_region_of_the_wrong_form_is_refused_before_asking(client: Client, kind: str, place: str) -> None:
    with pytest.raises(Invalid) as raised:
        list(Routing(client).routes(SERVICE, kind=kind, place=place))

    assert "fit_connect.place_unfit" == raised.value.code


@pytest.mark.parametrize("service", ["", "99", "98010003001006", "urn:de:fim:leika:leistung:", "urn:x:y"])
def test_a_service_without_a_key_cannot_be_routed(service: str) -> None:
    with pytest.raises(Invalid) as raised:
        service_key(service)

    assert "fit_connect.service_key_unfit" == raised.value.code


def test_without_a_routing_service_nobody_is_found(stub: Stub) -> None:
    with client_to(stub.url, routing_url="") as client, pytest.raises(NotConfigured) as raised:
        list(Routing(client).areas(["Hanau"]))

    assert "fit_connect.no_routing" == raised.value.code
