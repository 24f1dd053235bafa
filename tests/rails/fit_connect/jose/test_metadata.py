"""Metadata say what the version can say, and nothing with a broken rule is sent or taken."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseway.core.errors import Invalid, NotConfigured
from caseway.rails.fit_connect.metadata import (
    AttachmentPart,
    DataPart,
    Extras,
    build_metadata,
    data_set,
    metadata_bytes,
    reply_by_fit_connect,
)
from caseway.rails.fit_connect.metadata_checks import MetadataRefused, read_metadata, violations
from caseway.rails.fit_connect.metadata_versions import (
    SUPPORTED,
    is_read,
    negotiate,
    parse,
    schema_uri,
    version_in,
)
from tests.rails.fit_connect.jose.keys import decryption_key

SHA = hashlib.sha512(b"x").hexdigest()
DATA = DataPart("urn:xoev-de:muster:1.0", "application/xml", SHA)
ONE, TWO, THREE = (f"0b8f4f2e-3f0a-4e7a-9d7b-7a5e7f2d9c1{digit}" for digit in "123")
FORM = AttachmentPart(ONE, "form", "application/pdf", SHA, "Antrag.pdf")
SERVICE = {"identifier": "urn:de:fim:leika:leistung:99107040017000", "name": "Wohngeld"}
AUTHOR = {
    "name": "Portal Musterstadt",
    "product": {"name": "Caseway", "version": "2026.11", "manufacturer": "Musterfirma"},
}


def code_of(content: dict[str, Any] | bytes, accepted: list[str] | None = None) -> str:
    """Return the code metadata are refused with."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    with pytest.raises(MetadataRefused) as refused:
        read_metadata(raw, accepted)
    return refused.value.code


def good(version: str = "2.1.0", **members: Any) -> dict[str, Any]:
    """Return good metadata, with members added."""
    return build_metadata(version, DATA, [FORM]) | members


def test_metadata_hold_what_was_said() -> None:
    references = {"senderReference": "S-1", "applicationDate": "2026-11-01"}

    metadata = build_metadata("2.1.0", DATA, [FORM], Extras(references=references, author=AUTHOR))

    assert {
        "$schema": "https://schema.fitko.de/fit-connect/metadata/2.1.0/metadata.schema.json",
        "contentStructure": {
            "data": {
                "hash": {"type": "sha512", "content": SHA},
                "submissionSchema": {"schemaUri": "urn:xoev-de:muster:1.0", "mimeType": "application/xml"},
            },
            "attachments": [
                {
                    "hash": {"type": "sha512", "content": SHA},
                    "purpose": "form",
                    "filename": "Antrag.pdf",
                    "mimeType": "application/pdf",
                    "attachmentId": ONE,
                }
            ],
        },
        "additionalReferenceInfo": references,
        "author": AUTHOR,
    } == metadata
    assert metadata == read_metadata(metadata_bytes(metadata))


def test_the_service_is_named_in_1_only() -> None:
    extras = Extras(service=SERVICE)

    assert SERVICE == build_metadata("1.3.0", DATA, [], extras)["publicServiceType"]
    assert "publicServiceType" not in build_metadata("2.1.0", DATA, [], extras)


def test_a_reply_channel_of_ours_offers_the_key_without_its_certificate() -> None:
    channel = reply_by_fit_connect(decryption_key().public, ["urn:de:muster"])

    metadata = build_metadata("2.1.0", DATA, [], Extras(reply_channel=channel))

    assert decryption_key().kid == metadata["replyChannel"]["fitConnect"]["encryptionPublicKey"]["kid"]
    assert "x5c" not in metadata["replyChannel"]["fitConnect"]["encryptionPublicKey"]


def test_an_evidence_of_identity_is_a_data_set_hashed_as_text() -> None:
    report = data_set(ONE, "https://schema.example/report", "application/jose", "eyJ.e30.x", "Identität")

    metadata = build_metadata("2.1.0", DATA, [], Extras(data_sets=[report]))

    assert hashlib.sha512(b"eyJ.e30.x").hexdigest() == metadata["dataSets"][0]["hash"]["content"]


@pytest.mark.parametrize(
    ("version", "attachment", "extras"),
    [
        ("2.1.0", FORM, Extras(authentication=[{"type": "identificationReport"}])),
        ("1.5.0", FORM, Extras(data_sets=[{}])),
        ("1.0.0", FORM, Extras(author=AUTHOR)),
        ("1.3.0", AttachmentPart(ONE, "form", "a/b", SHA, fragments=[TWO]), Extras()),
    ],
)
def test_what_a_version_cannot_say_is_refused(
    version: str, attachment: AttachmentPart, extras: Extras
) -> None:
    with pytest.raises(Invalid) as refused:
        build_metadata(version, DATA, [attachment], extras)

    assert "fit_connect.metadata_part_unfit" == refused.value.code


def test_what_breaks_a_rule_is_not_made_and_told_by_its_place_only() -> None:
    unfit = AttachmentPart("geheim", "form", "application/pdf", SHA)

    with pytest.raises(MetadataRefused) as refused:
        build_metadata("2.1.0", DATA, [FORM, unfit])

    assert "fit_connect.metadata_violates" == refused.value.code
    assert ["/contentStructure/attachments/1/attachmentId: string_pattern_mismatch"] == refused.value.details[
        "at"
    ]
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b"{", b'{"a":1,"a":2}', b'{"a":Infinity}'])
def test_what_is_no_json_is_a_fault_of_syntax(content: bytes) -> None:
    assert "fit_connect.metadata_syntax" == code_of(content)


def test_metadata_without_schema_are_taken_by_a_switch_only() -> None:
    old = {name: value for name, value in good("1.0.0").items() if name != "$schema"}

    assert "fit_connect.metadata_schema_missing" == code_of(old)
    assert "fit_connect.metadata_schema_missing" == code_of(old | {"$schema": None})
    assert old == read_metadata(json.dumps(old).encode(), unnamed="1.0.0")


@pytest.mark.parametrize(
    "schema", ["", 7, "https://schema.fitko.de/fit-connect/metadata/3.0.0/metadata.schema.json",
               "https://schema.fitko.de/fit-connect/metadata/2.2.0/metadata.schema.json",
               "https://schema.evil.example/fit-connect/metadata/2.1.0/metadata.schema.json",
               "https://schema.fitko.de/fit-connect/metadata/2.1.0/metadata.schema.json\n"],
)  # fmt: skip
def test_a_schema_we_do_not_read_is_refused(schema: object) -> None:
    assert "fit_connect.metadata_schema_unsupported" == code_of(good() | {"$schema": schema})


def test_only_what_the_destination_lists_is_read() -> None:
    assert "fit_connect.metadata_schema_unsupported" == code_of(good("2.1.0"), ["1.5.0", "2.0.0"])
    assert read_metadata(metadata_bytes(good("2.1.3")), ["2.1.0"])


@pytest.mark.parametrize(
    ("members", "place"),
    [
        ({"publicServiceType": SERVICE}, "/: extra_forbidden"),
        ({"authenticationInformation": []}, "/: extra_forbidden"),
        ({"geheim": 1}, "/: extra_forbidden"),
        ({"author": None}, "/author: model_type"),
        ({"additionalReferenceInfo": {"x": 1}}, "/additionalReferenceInfo: extra_forbidden"),
        ({"replyChannel": {}}, "/replyChannel: exactly_one_channel"),
        ({"replyChannel": {"brief": {}}}, "/replyChannel: extra_forbidden"),
        (
            {"replyChannel": {"eMail": {"address": "a@b.de"}, "deMail": {"address": "a@b.de"}}},
            "/replyChannel: exactly_one_channel",
        ),
        (
            {"replyChannel": {"eMail": {"address": "nobody"}}},
            "/replyChannel/eMail/address: string_pattern_mismatch",
        ),
        (
            {"additionalReferenceInfo": {"applicationDate": "2026-02-30"}},
            "/additionalReferenceInfo/applicationDate: value_error",
        ),
    ],
)
def test_the_top_is_closed_and_formats_count(members: dict[str, Any], place: str) -> None:
    assert [place] == violations(good() | members, "2.1.0")


def test_an_unknown_member_further_down_is_allowed() -> None:
    assert [] == violations(good(author=AUTHOR | {"department": "IT"}), "2.1.0")


@pytest.mark.parametrize(
    ("attachments", "distinct"),
    [
        ([(ONE, []), (TWO, [])], True),
        ([(ONE, [TWO, THREE])], True),
        ([(ONE, [ONE, TWO])], True),
        ([(ONE, []), (ONE.upper(), [])], False),
        ([(ONE, [TWO, TWO])], False),
        ([(ONE, [THREE]), (TWO, [THREE])], False),
        ([(ONE, []), (TWO, [ONE])], False),
    ],
)
def test_ids_under_which_content_is_uploaded_are_distinct(
    attachments: list[tuple[str, list[str]]], *, distinct: bool
) -> None:
    told = good()
    told["contentStructure"]["attachments"] = [
        told["contentStructure"]["attachments"][0]
        | {"attachmentId": one}
        | ({"fragments": fragments} if fragments else {})
        for one, fragments in attachments
    ]

    found = violations(told, "2.1.0")

    assert ([] if distinct else ["/contentStructure/attachments: ids_not_distinct"]) == found


def test_data_sets_are_distinct() -> None:
    one = data_set(ONE, "urn:x", "application/jose", "x")

    assert ["/dataSets: ids_not_distinct"] == violations(good(dataSets=[one, one]), "2.1.0")


def test_a_detached_signature_must_be_there() -> None:
    told = good()
    told["contentStructure"]["data"]["signature"] = {"signatureFormat": "cms", "detachedSignature": True}

    assert ["/contentStructure/data/signature: content_missing"] == violations(told, "2.1.0")


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["1.0.0"], "1.0.0"),
        (["1.0.0", "1.5.0", "2.0.0", "2.1.0"], "2.1.0"),
        (["2.1.0", "1.10.0", "1.9.0"], "2.1.0"),
        (["1.0.0", "1.4.2"], "1.4.2"),
        (["2.0.0", "2.2.0", "3.0.0", "x", "2.1"], "2.0.0"),
    ],
)
def test_the_newest_common_version_is_written(offered: list[str], chosen: str) -> None:
    assert chosen == negotiate(offered)


@pytest.mark.parametrize(
    ("offered", "code"),
    [
        ([], "metadata_version_none_common"),
        (["2.2.0", "1.6.0", "0.9.0", "latest"], "metadata_version_none_common"),
        (["1.0.0", "1.1.0"], "metadata_version_too_old"),
    ],
)
def test_without_a_common_version_nothing_is_sent(offered: list[str], code: str) -> None:
    with pytest.raises(NotConfigured) as refused:
        negotiate(offered, "1.3.0")

    assert f"fit_connect.{code}" == refused.value.code


@given(st.tuples(st.integers(0, 9999), st.integers(0, 9999), st.integers(0, 9999)))
def test_a_version_survives_its_schema(version: tuple[int, int, int]) -> None:
    text = ".".join(map(str, version))

    assert version == parse(text)
    assert text == version_in(schema_uri(text))


@given(st.lists(st.sampled_from([*SUPPORTED, "2.1.9", "3.0.0", "x"])))
def test_what_is_chosen_was_offered_and_is_read(offered: list[str]) -> None:
    try:
        chosen = negotiate(offered)
    except NotConfigured:
        assert not any(is_read(one, None) for one in offered)
    else:
        assert chosen in offered
        assert is_read(chosen, offered)
