"""What is collected is proven in every part, and what is proven to be at fault is told so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from caseway.core.errors import NotConfigured
from caseway.core.jwk import thumbprint
from caseway.rails.fit_connect import rail
from caseway.rails.fit_connect.jwk import private_key
from caseway.rails.fit_connect.problems import BASE
from caseway.rails.inbound import Rejectable
from tests.rails.fit_connect.jose.keys import recipient
from tests.rails.fit_connect.rail.forger import URN, Forged, Zipped, describe, new_id
from tests.rails.fit_connect.rail.kit import Registered, World, contents
from tests.rails.fit_connect.rail.papers import DATA, OURS, XML_SCHEMA
from tests.rails.fit_connect.rail.schemas import ANTRAG, CARPORT

ID = "0d4f5a1e-9c0b-4a3e-8a55-1f2f4f0a7b31"
PDF = b"%PDF-1.7 Lageplan"


def fault_of(world: World, forged: Forged, **settings: Any) -> tuple[str, str, str]:
    """Return code, slug and instance of what something handed over is rejected for."""
    arriving = forged.hand_over(world)
    link = world.receiver(**settings)
    with pytest.raises(Rejectable) as caught:
        world.collect(link, arriving)
    (problem,) = caught.value.problems
    assert caught.value.log
    assert caught.value.answer_by is not None
    return caught.value.code, problem.type.removeprefix(BASE), problem.instance


def without(members: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name not in names}


def data_of(content: bytes, media_type: str = "application/json", **schema: str) -> dict[str, Any]:
    """Return metadata about subject data of another schema or hash."""
    told = describe(content, {})
    told["contentStructure"]["data"]["submissionSchema"] |= {"mimeType": media_type, **schema}
    return told


def test_what_is_as_it_should_be_is_collected(either: World) -> None:
    arriving = Forged(attachments={ID: PDF}).hand_over(either)

    collected = either.collect(either.receiver(), arriving)

    assert {"structured:data.json": DATA, "attachment:Anlage 1.pdf": PDF} == contents(collected)
    assert (arriving.remote_id, arriving.remote_case_id, OURS) == (
        collected.origin["remote_id"],
        collected.origin["remote_case_id"],
        collected.origin["destination"],
    )
    assert all(one.verified for one in collected.log)


def test_collecting_has_no_effect_and_may_be_done_again(world: World) -> None:
    arriving = Forged(attachments={ID: PDF}).hand_over(world)
    link = world.receiver()
    room = world.room / "once"
    room.mkdir()

    first = contents(rail.collect(arriving, link, room))
    again = contents(rail.collect(arriving, link, room))

    assert first == again
    assert [arriving] == world.waiting(link)


def test_the_origin_is_json_and_says_what_an_answer_needs(world: World) -> None:
    arriving = Forged(attachments={ID: PDF}).hand_over(world)
    origin = world.collect(world.receiver(), arriving).origin

    assert origin == json.loads(json.dumps(origin))
    (parcel,) = world.platform.describe()["parcels"]
    assert parcel["tags"] == origin["tags"]


def test_a_file_name_is_never_a_path(world: World) -> None:
    told = describe(DATA, {ID: PDF})
    told["contentStructure"]["attachments"][0]["filename"] = "../../../etc/passwd"
    arriving = Forged(attachments={ID: PDF}, metadata=told).hand_over(world)
    room = world.room / "deep" / "room"
    room.mkdir(parents=True)

    rail.collect(arriving, world.receiver(), room)

    assert {"data", "attachment-0"} == {one.name for one in (world.room / "deep").rglob("*") if one.is_file()}


AT_FAULT: dict[str, tuple[Forged, tuple[str, str, str]]] = {
    "other data than described": (
        Forged(metadata=describe(b'{"anderes": 1}', {})),
        ("fit_connect.hash_differs", "hash-mismatch", "data"),
    ),
    "another attachment than described": (
        Forged(attachments={ID: PDF}, metadata=describe(DATA, {ID: b"etwas anderes"})),
        ("fit_connect.hash_differs", "hash-mismatch", f"attachment:{ID}"),
    ),
    "an attachment nobody described": (
        Forged(attachments={ID: PDF}, metadata=describe(DATA, {})),
        ("fit_connect.attachments_differ", "attachments-mismatch", "metadata"),
    ),
    "an attachment that was not sent": (
        Forged(metadata=describe(DATA, {ID: PDF})),
        ("fit_connect.attachments_differ", "attachments-mismatch", "metadata"),
    ),
    "metadata that are no JSON": (
        Forged(metadata=b"{"),
        ("fit_connect.metadata_syntax", "syntax-violation", "metadata"),
    ),
    "metadata without a schema": (
        Forged(metadata=without(describe(DATA, {}), "$schema")),
        ("fit_connect.metadata_schema_missing", "missing-schema", "metadata"),
    ),
    "metadata of a version we do not list": (
        Forged(metadata=describe(DATA, {}, "1.0.0")),
        ("fit_connect.metadata_schema_unsupported", "unsupported-schema", "metadata"),
    ),
    "metadata that break their schema": (
        Forged(metadata=describe(DATA, {}, replyChannel={"brieftaube": {}})),
        ("fit_connect.metadata_violates", "schema-violation", "metadata"),
    ),
    "data of a schema we do not offer": (
        Forged(metadata=data_of(DATA, schemaUri="urn:de:test:unbekannt")),
        ("fit_connect.data_schema_unsupported", "unsupported-schema", "data"),
    ),
    "data of a format we do not offer for the schema": (
        Forged(metadata=data_of(DATA, "application/xml")),
        ("fit_connect.data_schema_unsupported", "unsupported-schema", "data"),
    ),
    "data that are no JSON": (
        Forged(data=b"kein JSON", metadata=data_of(b"kein JSON")),
        ("fit_connect.data_syntax", "syntax-violation", "data"),
    ),
    "data that are no XML": (
        Forged(
            data=b"<antrag>",
            metadata=data_of(b"<antrag>", "application/xml", schemaUri=XML_SCHEMA),
            headers={"data": {"cty": "application/xml"}},
        ),
        ("fit_connect.data_syntax", "syntax-violation", "data"),
    ),
    "another algorithm to wrap the key": (
        Forged(headers={"data": {"alg": "RSA-OAEP"}}),
        ("fit_connect.jwe_algorithm_refused", "encryption-issue", "data"),
    ),
    "compressed data": (
        Forged(attachments={ID: PDF}, headers={ID: {"zip": "DEF"}}),
        ("fit_connect.jwe_compression_refused", "encryption-issue", f"attachment:{ID}"),
    ),
    "an attachment without a content type": (
        Forged(attachments={ID: PDF}, headers={ID: {"cty": None}}),
        ("fit_connect.jwe_content_type_missing", "encryption-issue", f"attachment:{ID}"),
    ),
    "a critical extension": (
        Forged(attachments={ID: PDF}, headers={ID: {"crit": ["exp"], "exp": 1}}),
        ("fit_connect.jwe_critical_refused", "encryption-issue", f"attachment:{ID}"),
    ),
}


@pytest.mark.parametrize("name", AT_FAULT)
def test_what_is_proven_to_be_at_fault_is_told_in_the_words_of_the_standard(lax: World, name: str) -> None:
    forged, expected = AT_FAULT[name]

    assert expected == fault_of(lax, forged)


def test_a_service_our_destination_does_not_offer_is_at_fault(lax: World) -> None:
    forged = Forged(service="urn:de:fim:leika:leistung:99999999999999")

    assert ("fit_connect.service_unsupported", "unsupported-service", "metadata") == fault_of(lax, forged)


def test_metadata_that_name_another_service_are_at_fault(lax: World) -> None:
    lax.platform.platform.store.destinations[OURS].metadata_versions = ["1.5.0"]
    told = describe(DATA, {}, "1.5.0", publicServiceType={"identifier": URN.replace("99010", "99107")})

    expected = ("fit_connect.service_differs", "unsupported-service", "metadata")
    assert expected == fault_of(lax, Forged(metadata=told))


def test_data_nobody_sent_are_missing(old: World) -> None:
    expected = ("fit_connect.data_missing", "missing-data", "data")

    assert expected == fault_of(old, Forged(without_data=True))


def test_a_submission_of_v1_without_data_is_taken_where_none_are_described(old: World) -> None:
    old.platform.platform.store.destinations[OURS].metadata_versions = ["1.5.0"]
    told = describe(DATA, {ID: PDF}, "1.5.0")
    del told["contentStructure"]["data"]
    arriving = Forged(attachments={ID: PDF}, without_data=True, metadata=told).hand_over(old)

    assert ["attachment"] == [one.role for one in old.collect(old.receiver(), arriving).files]


@pytest.mark.parametrize(
    ("schema", "content", "media_type", "place"),
    [
        (CARPORT, b'{"bauvorhaben": {"art": 7}}', "application/json", "bauvorhaben.art"),
        (ANTRAG, b"<antrag><farbe>rot</farbe></antrag>", "application/xml", "farbe"),
    ],
)
def test_data_that_break_their_registered_schema_are_at_fault(
    world: World, schema: Any, content: bytes, media_type: str, place: str
) -> None:
    told = data_of(content, media_type, schemaUri=schema.uri)
    forged = Forged(content, metadata=told, headers={"data": {"cty": media_type}})
    arriving = forged.hand_over(world)

    with pytest.raises(Rejectable) as caught:
        world.collect(world.receiver(schemas=Registered([schema])), arriving)

    (problem,) = caught.value.problems
    assert (BASE + "schema-violation", "data") == (problem.type, problem.instance)
    assert place in problem.detail
    assert "rot" not in problem.detail.replace("farbe", "")


def test_data_that_keep_their_registered_schema_are_taken(world: World) -> None:
    arriving = Forged().hand_over(world)

    assert world.collect(world.receiver(schemas=Registered([CARPORT])), arriving).files


def test_what_is_sealed_for_somebody_else_under_our_name_is_at_fault(world: World) -> None:
    stranger = replace(recipient(2), kid=world.keys().decryption()[0].kid)

    assert ("fit_connect.jwe_undecryptable", "encryption-issue", "metadata") == fault_of(
        world, Forged(recipient=stranger)
    )


def test_other_content_than_the_platform_took_is_told_before_it_is_looked_at(world: World) -> None:
    world.fault("tamper_tag_in_set", times=None)
    expected = ("fit_connect.set_tags_metadata_differ", "incorrect-authentication-tag", "metadata")

    assert expected == fault_of(world, Forged(metadata=b"kein JSON"))


def test_data_that_were_changed_on_their_way_are_at_fault(world: World) -> None:
    world.fault("tamper_data", "get_submission", times=None)

    assert ("fit_connect.jwe_undecryptable", "encryption-issue", "data") == fault_of(world, Forged())


def test_an_attachment_that_was_changed_on_its_way_is_at_fault(world: World) -> None:
    world.fault("tamper_attachment", "get_attachment", times=None)
    expected = ("fit_connect.jwe_undecryptable", "encryption-issue", f"attachment:{ID}")

    assert expected == fault_of(world, Forged(attachments={ID: PDF}))


def test_an_attachment_in_the_place_of_another_is_at_fault(world: World) -> None:
    other = new_id()
    arriving = Forged(attachments={ID: PDF, other: PDF}).hand_over(world)
    store = world.platform.platform.store
    parcel = store.parcels[arriving.remote_id]
    store.path(parcel, ID).write_bytes(store.path(parcel, other).read_bytes())

    with pytest.raises(Rejectable) as caught:
        world.collect(world.receiver(), arriving)

    assert ("fit_connect.set_tags_attachments_differ", f"attachment:{ID}") == (
        caught.value.code,
        caught.value.problems[0].instance,
    )


def test_an_attachment_the_platform_lost_is_missing(world: World) -> None:
    arriving = Forged(attachments={ID: PDF}).hand_over(world)
    link = world.receiver()
    parcel = world.platform.platform.store.parcels[arriving.remote_id]
    link.client.event_hooks["response"].append(
        lambda response: parcel.attachments.clear() if "/events" in str(response.url) else None
    )

    with pytest.raises(Rejectable) as caught:
        world.collect(link, arriving)

    assert ("fit_connect.attachment_missing", f"attachment:{ID}") == (
        caught.value.code,
        caught.value.problems[0].instance,
    )


def test_a_thumbprint_in_the_place_of_the_key_id_is_understood(world: World) -> None:
    kid = {"kid": thumbprint(private_key(world.keys().decryption()[0]).public_key())}
    arriving = Forged(headers={"metadata": kid, "data": kid}).hand_over(world)

    assert world.collect(world.receiver(), arriving).files


def test_old_senders_are_tolerated_by_a_switch(old: World) -> None:
    old.platform.platform.store.destinations[OURS].metadata_versions = ["1.0.0"]
    told = without(describe(DATA, {ID: PDF}, "1.0.0"), "$schema")
    zipped = {part: {"zip": "DEF"} for part in ("metadata", "data", ID)}
    sealed = Zipped(attachments={ID: PDF}, metadata=told, headers=zipped)
    arriving = sealed.hand_over(old)

    with pytest.raises(NotConfigured) as caught:
        old.collect(old.receiver(), arriving)
    collected = old.collect(old.receiver(tolerates_old_senders=True), arriving)

    assert "fit_connect.old_sender" == caught.value.code
    assert "1.0.0" == collected.origin["metadata_version"]
    assert PDF == contents(collected)["attachment:Anlage 1.pdf"]


OLD_MANNERS = {
    "jwe_compression_refused": Zipped(headers={part: {"zip": "DEF"} for part in ("metadata", "data")}),
    "jwe_content_type_missing": Forged(attachments={ID: PDF}, headers={ID: {"cty": None}}),
    "metadata_schema_missing": Forged(metadata=without(describe(DATA, {}, "1.0.0"), "$schema")),
}


@pytest.mark.parametrize("manner", OLD_MANNERS)
def test_what_old_clients_of_v1_do_waits_for_the_setting_and_is_held_against_nobody(
    old: World, manner: str
) -> None:
    arriving = OLD_MANNERS[manner].hand_over(old)
    with pytest.raises(NotConfigured) as caught:
        old.collect(old.receiver(), arriving)

    found = caught.value
    assert ("fit_connect.old_sender", f"fit_connect.{manner}") == (found.code, found.details["because"])
    assert "Tolerate old senders" in found.remedy


@pytest.mark.parametrize("manner", OLD_MANNERS)
def test_in_v2_the_same_is_the_senders_fault(lax: World, manner: str) -> None:
    expected = "missing-schema" if manner == "metadata_schema_missing" else "encryption-issue"

    assert (f"fit_connect.{manner}", expected) == fault_of(lax, OLD_MANNERS[manner])[:2]


def test_a_compression_that_nobody_knows_is_the_senders_fault_on_v1_too(old: World) -> None:
    forged = Forged(headers={"data": {"zip": "GZIP"}})

    assert ("fit_connect.jwe_compression_refused", "encryption-issue", "data") == fault_of(old, forged)


def test_a_text_that_expands_without_end_is_not_expanded(old: World) -> None:
    zipped = {part: {"zip": "DEF"} for part in ("metadata", "data")}
    bomb = Zipped(b"[" + b" " * 30_000_000 + b"]", headers=zipped)
    expected = ("fit_connect.jwe_inflation_refused", "encryption-issue", "data")

    assert expected == fault_of(old, bomb, tolerates_old_senders=True)


def test_every_standard_problem_can_be_sent_as_a_rejection(world: World) -> None:
    arriving = Forged().hand_over(world)

    world.answer(world.receiver(), "reject", arriving, problems=[one.as_json() for one in rail.reasons()])

    assert 1 == world.platform.counts()["events"]["reject-submission"]
