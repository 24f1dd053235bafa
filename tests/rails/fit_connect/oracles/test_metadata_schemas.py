"""The official schemas as judges: what we make and take they take; what they refuse we refuse."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import TypeAdapter, ValidationError

from caseway.rails.fit_connect import formats
from caseway.rails.fit_connect.metadata import (
    AttachmentPart,
    DataPart,
    Extras,
    build_metadata,
    metadata_bytes,
)
from caseway.rails.fit_connect.metadata_checks import read_metadata, violations
from tests.rails.fit_connect.oracles import documents

SETTINGS = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


@cache
def _schema(shared: Path, version: str) -> tuple[Draft202012Validator, Any]:
    schema = json.loads((shared / f"specs/fit-connect/metadata-{version}.schema.json").read_text())
    asserting = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    return Draft202012Validator(schema, format_checker=FormatChecker()), asserting


def official(shared: Path, version: str, document: Any) -> bool:
    """Say whether two independent validators find a document valid under the official schema."""
    return all(validator.is_valid(document) for validator in _schema(shared, version))


@SETTINGS
@given(document=documents.METADATA_1)
def test_good_metadata_of_1_are_good_to_both(shared: Path, document: dict[str, Any]) -> None:
    assert official(shared, "1.0.0", document)
    assert [] == violations(document, "1.0.0")
    assert [] == violations(document, "1.5.0")


@SETTINGS
@given(document=documents.METADATA_2)
def test_good_metadata_of_2_are_good_to_both(shared: Path, document: dict[str, Any]) -> None:
    assert official(shared, "2.1.0", document)
    assert [] == violations(document, "2.1.0")


@SETTINGS
@given(document=documents.changed(documents.METADATA_1))
def test_what_the_schema_of_1_refuses_we_refuse(shared: Path, document: dict[str, Any]) -> None:
    ours = violations(document, "1.0.0")

    assert ours or official(shared, "1.0.0", document)


@SETTINGS
@given(document=documents.changed(documents.METADATA_2))
def test_what_the_schema_of_2_refuses_we_refuse(shared: Path, document: dict[str, Any]) -> None:
    ours = violations(document, "2.1.0")

    assert ours or official(shared, "2.1.0", document)


MOMENT = r"20[0-9]{2}-0[0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](Z|[+-][012][0-9]:[0-6][0-9])"


def texts(pattern: str) -> st.SearchStrategy[str]:
    """Texts of a pattern."""
    return st.from_regex(re.compile(pattern.removeprefix("^").removesuffix("$")), fullmatch=True)


@pytest.mark.parametrize(
    ("format_", "name", "likely"),
    [
        (formats.Uri, "uri", texts(formats.URI)),
        (formats.Email, "email", texts(formats.EMAIL)),
        (formats.Uuid, "uuid", texts(formats.UUID)),
        (formats.Date, "date", texts(r"[0-9]{4}-(0[0-9]|1[0-3])-[0-3][0-9]")),
        (formats.Moment, "date-time", texts(MOMENT)),
    ],
)
def test_no_format_is_wider_than_the_standard(
    format_: Any, name: str, likely: st.SearchStrategy[str]
) -> None:
    asserting = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)
    ours = TypeAdapter(format_)

    @SETTINGS
    @given(likely)
    def check(text: str) -> None:
        if not asserting.is_valid(text):
            with pytest.raises(ValidationError):
                ours.validate_python(text, strict=True)

    check()


PARTS = st.builds(
    AttachmentPart,
    id=documents.UUIDS,
    purpose=st.sampled_from(["form", "attachment", "report"]),
    media_type=st.sampled_from(["application/pdf", "image/png"]),
    sha512=st.binary(min_size=64, max_size=64).map(bytes.hex),
    filename=documents.WORDS,
    description=documents.WORDS,
)
DATA = st.builds(
    DataPart,
    schema_uri=documents.URIS,
    media_type=st.sampled_from(["application/json", "application/xml"]),
    sha512=st.binary(min_size=64, max_size=64).map(bytes.hex),
)


@SETTINGS
@given(
    version=st.sampled_from(["1.0.0", "1.5.0", "2.0.0", "2.1.0"]),
    data=DATA,
    parts=st.lists(PARTS, max_size=3, unique_by=lambda part: part.id),
    payment=st.none() | documents.PAYMENTS,
    channel=st.none() | documents.channel(documents.CHANNELS_1),
)
def test_what_we_make_is_good_to_all(
    shared: Path,
    version: str,
    data: DataPart,
    parts: list[AttachmentPart],
    payment: dict[str, Any] | None,
    channel: dict[str, Any] | None,
) -> None:
    service = {"identifier": "urn:de:fim:leika:leistung:99123456789012", "name": "Wohngeld"}
    extras = Extras(service=service, reply_channel=channel, payment=payment)

    metadata = build_metadata(version, data, parts, extras)

    assert official(shared, "1.0.0" if version.startswith("1") else "2.1.0", metadata)
    assert metadata == read_metadata(metadata_bytes(metadata), [version])
