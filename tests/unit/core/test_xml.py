"""XML from others."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.core import xml
from caseway.core.errors import CasewayError, Invalid, TooLarge

LAUGHS = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]><a b="&y;">&y;</a>'
OUTSIDE = '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>'
SECRET = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'


def code(data: bytes, **limits: int) -> str:
    with pytest.raises(Invalid) as caught:
        xml.parse(data, **limits)
    return caught.value.code


def test_the_root_comes_back() -> None:
    assert ("{urn:x}a", "ä") == (lambda root: (root.tag, root.text))(
        xml.parse("<a xmlns='urn:x'>ä</a>".encode())
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "utf-7"])
@pytest.mark.parametrize("text", [LAUGHS, OUTSIDE, SECRET, "<!DOCTYPE a><a/>"])
def test_every_doctype_is_refused(text: str, encoding: str) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding}"?>' + text

    assert code(declared.encode(encoding)) in {"xml.doctype", "xml.malformed"}
    assert "xml.doctype" == code(text.encode())


def test_a_doctype_behind_a_long_comment_is_refused() -> None:
    assert "xml.doctype" == code(b"<!--" + b"x" * 100_000 + b"--><!DOCTYPE a><a/>")


def test_the_word_in_a_text_is_no_doctype() -> None:
    assert "<!DOCTYPE html>" == xml.parse(b"<a><![CDATA[<!DOCTYPE html>]]></a>").text


def test_the_size_is_looked_at_first() -> None:
    with pytest.raises(TooLarge) as caught:
        xml.parse(b"<a/>" + b" " * 10, max_bytes=13)

    assert "xml.too_large" == caught.value.code
    assert "a" == xml.parse(b"<a/>" + b" " * 9, max_bytes=13).tag


def test_the_depth_is_bounded() -> None:
    assert "xml.too_deep" == code(b"<a>" * 11 + b"</a>" * 11, max_depth=10)
    assert "a" == xml.parse(b"<a>" * 10 + b"</a>" * 10, max_depth=10).tag
    assert code(b"<a>" * 100_000 + b"</a>" * 100_000) in {"xml.too_deep", "xml.malformed"}


def test_a_long_text_is_a_document_in_base64_and_read() -> None:
    assert 11_000_000 == len(xml.parse(b"<a>" + b"x" * 11_000_000 + b"</a>").text or "")


def test_a_fault_is_told_by_line_and_not_by_content() -> None:
    with pytest.raises(Invalid) as caught:
        xml.parse(b"<a>\n<name>Erika Mustermann</nome>\n</a>")

    assert ("xml.malformed", 2) == (caught.value.code, caught.value.details["line"])
    assert "Erika" not in f"{caught.value}{caught.value!r}{caught.value.details}{caught.value.__cause__}"


@pytest.mark.parametrize("data", [b"", b" ", b"hello", b"<a", b"\0", b"<a>&x;</a>"])
def test_what_is_no_xml_is_refused(data: bytes) -> None:
    assert "xml.malformed" == code(data)


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.text("<>/a&;!-[]DOCTYPE \"'=?x", max_size=60).map(str.encode))
def test_any_bytes_give_a_root_or_an_error_of_ours(data: bytes) -> None:
    try:
        kind = type(xml.parse(data).tag)
    except CasewayError as error:
        kind = type(error.code)

    assert kind is str
