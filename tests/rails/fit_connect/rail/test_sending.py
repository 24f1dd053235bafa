"""What a sender hands over arrives whole: found, sealed, in order, described as both sides understand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from caseway.core.errors import Invalid, NotConfigured, Refused
from caseway.rails.contract import Document
from tests.rails.fit_connect.rail.kit import (
    Registered,
    World,
    announced,
    contents,
    refusal,
    submitted,
    with_settings,
)
from tests.rails.fit_connect.rail.papers import (
    APPLICATION,
    DATA,
    JSON_SCHEMA,
    OURS,
    PLAN,
    SERVICE,
    XML_SCHEMA,
    data,
    occasion,
    paper,
)
from tests.rails.fit_connect.rail.schemas import CARPORT

THEIRS = "5a1f3a52-7a0f-4d0c-9b53-0c6f7d3e1a02"
XML = b"<?xml version='1.0' encoding='UTF-8'?><antrag><art>Carport</art></antrag>"


def test_what_is_sent_arrives_whole(either: World) -> None:
    either.sender().all(occasion())

    collected = either.collect(either.receiver())

    assert {
        "structured:data.json": DATA,
        "application:Bauantrag.pdf": b"%PDF-1.7 Bauantrag",
        "attachment:Lageplan.pdf": b"%PDF-1.7 Lageplan",
    } == contents(collected)
    assert (SERVICE, "Baugenehmigung") == (collected.leika_id, collected.service_name)


def test_documents_arrive_in_their_order_with_their_names(either: World) -> None:
    names = [f"Anlage {letter}.pdf" for letter in "CABED"]
    papers = [paper("attachment", name, name.encode(), index=at) for at, name in enumerate(names)]
    either.sender().all(occasion([data(), *papers]))

    collected = either.collect(either.receiver())

    assert names == [one.filename for one in collected.files if one.role == "attachment"]
    assert ["Anlage C", "Anlage A"] == [one.title for one in collected.files if one.role == "attachment"][:2]


def test_fragments_are_joined_to_what_they_were(either: World) -> None:
    large = paper("attachment", "Plan.bin", bytes(range(256)) * 1000, "application/octet-stream", 3)
    desk = either.sender(fragment_bytes=100_000)
    desk.all(occasion([data(), APPLICATION, large, PLAN]))

    collected = either.collect(either.receiver())

    assert 5 == sum(key.startswith("attachment:") for key in desk.receipts)
    assert bytes(range(256)) * 1000 == contents(collected)["attachment:Plan.bin"]
    assert ["Bauantrag.pdf", "Plan.bin", "Lageplan.pdf"] == [one.filename for one in collected.files[1:]]


def test_an_empty_document_and_one_of_exactly_a_fragment_go_as_one(world: World) -> None:
    exact = paper("attachment", "genau.bin", b"x" * 1000, "application/octet-stream", 3)
    desk = world.sender(fragment_bytes=1000)
    desk.all(occasion([data(), paper("attachment", "leer.txt", b"", "text/plain"), exact]))

    assert {"attachment:leer.txt": b"", "attachment:genau.bin": b"x" * 1000}.items() <= contents(
        world.collect(world.receiver())
    ).items()
    assert 4 == len(desk.receipts)


def test_xml_goes_under_the_schema_for_xml(either: World) -> None:
    desk = either.sender()
    receipts = desk.all(occasion([data(XML, "text/xml")]))

    assert XML_SCHEMA == announced(receipts).facts["schema_uri"]
    assert {"structured:data.xml": XML} == contents(either.collect(either.receiver()))


def test_the_recipient_is_found_by_service_and_region(either: World) -> None:
    desk = either.sender(addressing="routing", destination_id="", region="990010001001")

    assert OURS == announced(desk.all(occasion())).facts["destination_id"]


@pytest.mark.parametrize(("kind", "region"), [("ags", "99001001"), ("area_id", "101")])
def test_the_recipient_is_found_by_other_names_of_the_place(world: World, kind: str, region: str) -> None:
    desk = world.sender(addressing="routing", destination_id="", region_kind=kind, region=region)

    assert OURS == announced(desk.all(occasion())).facts["destination_id"]
    assert [None] == [one["region"] for one in world.platform.describe()["parcels"]]


def test_the_region_of_the_submission_goes_before_that_of_the_connection(world: World) -> None:
    desk = world.sender(region="09")
    desk.all(occasion(region="990010001001"))

    assert "990010001001" == world.collect(world.receiver()).region


def test_a_later_message_continues_the_case(either: World) -> None:
    desk = either.sender()
    first = submitted(desk.all(occasion(name="one")))
    second = submitted(desk.all(occasion([data(b'{"nachtrag": 1}')], name="two", kind="message")))

    assert first.facts["remote_case_id"] == second.facts["remote_case_id"]
    assert first.remote_id != second.remote_id


def test_a_later_message_to_somebody_else_begins_a_case_of_its_own(world: World) -> None:
    desk = world.sender()
    first = submitted(desk.all(occasion(name="one")))
    elsewhere = with_settings(desk, destination_id=THEIRS)
    values = {"service.leikaId": "99107004018000"}
    second = submitted(elsewhere.all(occasion([data()], name="two", values=values)))

    assert first.facts["remote_case_id"] != second.facts["remote_case_id"]


@pytest.mark.parametrize(
    ("listed", "written"),
    [(["1.0.0"], "1.0.0"), (["1.3.0", "1.0.0"], "1.3.0"), (["2.1.0", "2.0.0", "1.5.0", "9.9.9"], "2.1.0")],
)
def test_metadata_are_written_in_the_newest_version_both_know(
    world: World, listed: list[str], written: str
) -> None:
    world.platform.platform.store.destinations[OURS].metadata_versions = listed
    desk = world.sender()
    desk.all(occasion())

    collected = world.collect(world.receiver())

    assert (
        written == announced(desk.receipts).facts["metadata_version"] == collected.origin["metadata_version"]
    )
    assert 3 == len(collected.files)


def test_fragments_are_not_begun_where_the_metadata_cannot_say_them(world: World) -> None:
    world.platform.platform.store.destinations[OURS].metadata_versions = ["1.3.0"]
    large = paper("attachment", "Plan.bin", b"x" * 3000, "application/octet-stream")
    error = refusal(world.sender(fragment_bytes=1000), occasion([data(), large]))

    assert (Invalid, "fit_connect.metadata_part_unfit") == (type(error), error.code)
    assert {} == world.platform.counts()["submissions"]


@pytest.mark.parametrize(
    ("reply", "way"),
    [
        ({"channel": "email", "address": "erika.mustermann@example.de"}, "email"),
        ({"channel": "de_mail", "address": "erika.mustermann@example.de-mail.de"}, "de_mail"),
        ({"channel": "fink", "address": "erika/postfach-1"}, "fink"),
        ({"channel": "elster", "address": "1234567890"}, "elster"),
        ({"channel": "mailbox", "address": "6c3e0e2a-5a9a-4d0b-8c68-0c7b4f1f0e11"}, "mailbox"),
    ],
)
def test_the_way_the_applicant_wants_to_be_answered_goes_along(
    world: World, reply: dict[str, str], way: str
) -> None:
    world.sender().all(occasion([data()], reply=reply))

    told = world.collect(world.receiver()).reply

    assert (way, reply["address"]) == (told["channel"], told["address"])


def test_an_address_that_cannot_be_one_is_found_before_anything_is_sent(world: World) -> None:
    error = refusal(world.sender(), occasion(reply={"channel": "email", "address": "keine Adresse"}))

    assert "fit_connect.metadata_violates" == error.code
    assert {} == world.platform.counts()["submissions"]


def test_data_that_break_their_registered_schema_are_not_announced(world: World) -> None:
    desk = world.sender(schemas=Registered([CARPORT]))
    error = refusal(desk, occasion([data(b'{"bauvorhaben": {"art": 7}}')]))

    assert (JSON_SCHEMA, "fit_connect.subject_data_invalid") == (error.details["schema"], error.code)
    assert {} == world.platform.counts()["submissions"]


def test_data_that_keep_their_registered_schema_go_without_a_warning(world: World) -> None:
    desk = world.sender(schemas=Registered([CARPORT]))

    assert () == announced(desk.all(occasion())).warnings


def test_data_without_a_registered_schema_go_with_a_warning(world: World) -> None:
    (warning,) = announced(world.sender().all(occasion())).warnings

    assert JSON_SCHEMA in warning


def test_media_types_lose_what_metadata_cannot_say(world: World) -> None:
    odd = paper("attachment", "Brief.txt", b"Guten Tag", "text/plain; charset=utf-8")
    broken = paper("attachment", "Ding", b"?", "kein Typ", 2)
    world.sender().all(occasion([data(), odd, broken]))

    files = world.collect(world.receiver()).files

    assert ["text/plain", "application/octet-stream"] == [one.media_type for one in files[1:]]


def test_nothing_goes_to_a_destination_that_is_not_active(world: World) -> None:
    world.platform.platform.store.destinations[OURS].status = "inactive"

    assert "fit_connect.destination_inactive" == refusal(world.sender(), occasion()).code


@pytest.mark.parametrize(
    ("changes", "values", "code"),
    [
        ({}, {"service.leikaId": "99999999999999"}, "fit_connect.service_not_offered"),
        ({}, {"service.leikaId": ""}, "fit_connect.service_unknown"),
        ({"region": "09162"}, {}, "fit_connect.region_not_offered"),
        ({"metadata_minimum": "2.2.0"}, {}, "fit_connect.metadata_version_too_old"),
        ({"destination_id": str(OURS).replace("5a", "6b")}, {}, "fit_connect.destination_unknown"),
        ({"addressing": "routing"}, {}, "fit_connect.region_unknown"),
        ({"addressing": "routing", "region": "0916"}, {}, "fit_connect.place_unfit"),
        ({"addressing": "routing", "region": "09162"}, {}, "fit_connect.nobody_responsible"),
    ],
)
def test_what_stands_against_it_is_said_before_anything_is_sent(
    world: World, changes: dict[str, Any], values: dict[str, str], code: str
) -> None:
    error = refusal(world.sender(**changes), occasion(values=values))

    assert (code, {}) == (error.code, world.platform.counts()["submissions"])


def test_several_who_are_responsible_are_for_a_person_to_choose_from(world: World) -> None:
    there = world.platform.platform.store.destinations
    there[THEIRS].services = [dict(there[OURS].services[0])]
    desk = world.sender(addressing="routing", destination_id="", region="990010001001")
    error = refusal(desk, occasion())

    assert "fit_connect.several_responsible" == error.code
    assert {OURS, THEIRS} == set(error.details["destinations"])


def test_several_schemas_of_one_format_ask_for_the_one_that_is_meant(world: World) -> None:
    service = world.platform.platform.store.destinations[OURS].services[0]
    more = [*service["submissionSchemas"], {"schemaUri": "urn:de:test:2", "mimeType": "application/json"}]
    service["submissionSchemas"] = more

    assert "fit_connect.schema_ambiguous" == refusal(world.sender(), occasion()).code
    receipts = world.sender(subject_schema="urn:de:test:2").all(occasion())
    assert "urn:de:test:2" == announced(receipts).facts["schema_uri"]


def test_a_format_the_destination_does_not_take_is_refused(world: World) -> None:
    world.platform.platform.store.destinations[OURS].services[0]["submissionSchemas"].pop()
    error = refusal(world.sender(), occasion([data(XML, "application/xml")]))

    assert (Refused, "fit_connect.format_not_taken") == (type(error), error.code)


@pytest.mark.parametrize(
    ("papers", "code"),
    [
        ([APPLICATION], "fit_connect.subject_data_missing"),
        ([paper("structured", "antrag.csv", b"a;b", "text/csv")], "fit_connect.subject_data_missing"),
        ([data(), data(XML, "application/xml")], "fit_connect.subject_data_ambiguous"),
    ],
)
def test_there_is_exactly_one_file_of_subject_data(world: World, papers: list[Document], code: str) -> None:
    error = refusal(world.sender(), replace(occasion(), documents=papers))

    assert (Invalid, code) == (type(error), error.code)


def test_an_offer_of_answers_needs_a_key_to_open_them(world: World) -> None:
    who = {"reply_issuer": "destination", "sender_destination_id": OURS}
    desk = world.sender(reply_channel="fit_connect", reply_standards=("urn:de:test",), **who)
    error = refusal(desk, occasion())

    assert (NotConfigured, "keys.none_to_decrypt") == (type(error), error.code)


def test_the_same_document_has_another_id_on_another_connection(world: World) -> None:
    first, second = ({step.key for step in world.sender().plan(occasion())} for _ in range(2))

    assert 2 == len(first & second)  # announced and handed over once each; attachments differ
