"""No identifier of a person and no secret survives, whatever stands around it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.core.checksums import is_bsn, is_tax_id
from caseway.core.redaction import mask, redact_headers, redact_json, redact_text, redact_url

bsns = st.integers(10_000_000, 999_999_999).map(lambda n: f"{n:09}").filter(is_bsn)
tax_ids = st.integers(10**9, 10**10 - 1).map(
    lambda n: next(f"{n}{check}" for check in range(10) if is_tax_id(f"{n}{check}"))
)
cprs = st.builds(
    "{:02}{:02}{:02}{}{:04}".format,
    st.integers(1, 31),
    st.integers(1, 12),
    st.integers(0, 99),
    st.sampled_from(["", "-", " "]),
    st.integers(0, 9999),
)
emails = st.from_regex(r"[a-z][a-z0-9.]{0,20}@[a-z]{1,10}\.(de|nl|dk|example)", fullmatch=True)
identifiers = st.one_of(bsns, tax_ids, cprs, emails)
no_digit_at_the_end = st.text(max_size=30).filter(lambda text: not text[-1:].isdigit())
no_digit_at_the_start = st.text(max_size=30).filter(lambda text: not text[:1].isdigit())
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | identifiers,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150)
@given(no_digit_at_the_end, identifiers, no_digit_at_the_start)
def test_no_identifier_survives_in_any_surroundings(before: str, identifier: str, after: str) -> None:
    assert identifier not in redact_text(before + identifier + after)


@settings(max_examples=100)
@given(st.text(max_size=80) | st.lists(identifiers, max_size=5).map(" ".join))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redact_text(text) == redact_text(redact_text(text))


@settings(max_examples=100)
@given(no_digit_at_the_end, identifiers, no_digit_at_the_start)
def test_no_identifier_survives_in_an_address(before: str, identifier: str, after: str) -> None:
    quoted = quote(before + identifier + after, safe="")

    url = redact_url(f"https://dms.test/{quoted}?q={quoted}&{quoted}=x#{quoted}")

    assert identifier not in url
    assert quote(identifier) not in url
    assert ("https", "dms.test") == (urlsplit(url).scheme, urlsplit(url).netloc)


@settings(max_examples=100)
@given(json_values)
def test_json_keeps_its_shape_and_loses_its_identifiers(value: Any) -> None:
    cleaned = redact_json(value)

    assert shape(value) == shape(cleaned)
    assert cleaned == redact_json(cleaned)


@given(identifiers)
def test_json_is_redacted_at_every_depth(identifier: str) -> None:
    text = json.dumps(redact_json({"a": [{"b": identifier, identifier: 1}]}))

    assert identifier not in text


def shape(value: Any) -> Any:
    if isinstance(value, dict):
        return [shape(item) for item in value.values()]
    return [shape(item) for item in value] if isinstance(value, list) else None


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("bsn 123456782.", "bsn [bsn]."),
        ("x123456782y", "x[bsn]y"),
        ("1234.56.782", "[bsn]"),
        ("001 123 456 782", "001 [bsn]"),
        ("%20123456782", "%20[bsn]"),
        ("010190-1234", "[cpr]"),
        ("6101901234", "[cpr]"),
        ("86 095 742 719", "[tax id]"),
        ("an erika@example.org.", "an [e-mail]."),
        ("Bearer abc.def-ghi", "Bearer [redacted]"),
        ("password=hunter2&x=1", "password=[redacted]&x=1"),
        ('{"client_secret": "a\\"b", "x": 1}', '{"client_secret": "[redacted]", "x": 1}'),
        (
            "<wsse:Password Type='x'>geheim</wsse:Password>",
            "<wsse:Password Type='x'>[redacted]</wsse:Password>",
        ),
        ("postgresql://user:pw@db/x", "postgresql://[redacted]@db/x"),
        ("a -----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY----- b", "a [private key] b"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc", "[private key]"),
        ("token eyJhbGciOi.eyJzdWIi.sig", "token [redacted]"),
    ],
)
def test_it_is_replaced_by_its_kind(text: str, cleaned: str) -> None:
    assert cleaned == redact_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "Case 2026-11-21, 14 documents, 123456789 bytes",
        "OIN 00000001123456782000",
        "99107006060000",
        "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
        "01a2004f-e5c4-75b7-bbb3-050f95123456782a"[:36],
        "000000000",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert text == redact_text(text)


def test_headers_lose_what_opens_doors() -> None:
    headers = [
        ("Authorization", "Basic dXNlcjpwdw=="),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("X-Api-Key", "abc"),
        ("Subject", "123456782"),
        ("Accept", "text/html"),
    ]

    assert {
        "authorization": "Basic [redacted]",
        "set-cookie": "[redacted], [redacted]",
        "x-api-key": "[redacted]",
        "subject": "[bsn]",
        "accept": "text/html",
    } == redact_headers(headers)


def test_an_address_loses_credentials_and_secret_parameters() -> None:
    url = "https://u:p@dms.test/a/123456782?access_token=x+y&q=a+b&m=erika%40example.org"

    assert "https://[redacted]@dms.test/a/[bsn]?access_token=[redacted]&q=a+b&m=[e-mail]" == redact_url(url)


def test_json_loses_secrets_by_their_key() -> None:
    value = {"admin_password": ["a"], "token": None, "tokens_left": 5, "bsn": 123456782}

    assert {
        "admin_password": ["[redacted]"],
        "token": None,
        "tokens_left": 5,
        "bsn": "[bsn]",
    } == redact_json(value)


@pytest.mark.parametrize(
    ("name", "masked"), [("Erika Mustermann", "E•••• M••••"), ("", ""), ("Ö", "Ö••••"), ("E•••• M••••",) * 2]
)
def test_a_name_is_masked_by_word(name: str, masked: str) -> None:
    assert masked == mask(name)


@given(st.from_regex(r"[A-Za-z/.*+_-]*(?:[0-9][A-Za-z/.*+_-]*){0,8}", fullmatch=True))
def test_the_short_way_for_harmless_texts_is_right(text: str) -> None:
    assert redact_text(text) == redact_text(f"{text} ")[:-1]
