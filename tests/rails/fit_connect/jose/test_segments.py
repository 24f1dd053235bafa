"""A JOSE text has one spelling, and a JSON object one reading."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caseway.rails.fit_connect import segments

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


@given(st.binary(max_size=300))
def test_what_is_encoded_decodes_as_everywhere(content: bytes) -> None:
    text = segments.encode(content)

    assert base64.urlsafe_b64encode(content).rstrip(b"=") == text
    assert content == segments.decode(text)


@given(st.text(ALPHABET, max_size=40) | st.binary(max_size=12).map(lambda raw: raw.decode("latin-1")))
def test_what_decodes_is_the_only_spelling_of_what_it_holds(text: str) -> None:
    spelled = text.encode()
    try:
        content = segments.decode(spelled)
    except ValueError:
        content = None

    assert content is None or spelled == segments.encode(content)


@pytest.mark.parametrize(
    "text", [b"YQ==", b"YR", b"Y", b"+/8", b"YW Jj", b"YWJj\n", b"YW\nJj", b"\\u0041AAA", b'Y"Q', b"\xff\xff"]
)
def test_every_other_spelling_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="not base64url"):
        segments.decode(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_an_object_is_read_as_it_was_written(value: dict[str, Any]) -> None:
    assert value == segments.read_object(segments.write_object(value))


@pytest.mark.parametrize(
    "text",
    [
        b"", b"1", b"null", b"[]", b"{}x", b"{'a':1}", b'{"a":1,}', b'{"a":1,"a":1}', b'{"x":{"a":1,"a":2}}',
        b'{"a":NaN}', b'{"a":-Infinity}', b'{"a":"\\ud800"}', b'{"\\udfff":1}', b'{"a":"\xff"}',
        b"\xef\xbb\xbf{}",
        b'{"a":"\n"}', b'{"a":' + b"[" * 5000 + b"]" * 5000 + b"}", b'{"a":' + b"9" * 5000 + b"}",
    ],
)  # fmt: skip
def test_what_could_be_read_in_two_ways_is_no_object(text: bytes) -> None:
    with pytest.raises(ValueError):
        segments.read_object(text)
