"""The multipart writer, read back by two parsers nobody here wrote."""

from __future__ import annotations

import io
from contextlib import closing
from email import message_from_bytes
from email.policy import HTTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multipart import MultipartParser

from caseway.core.errors import Refused
from caseway.rails.cmis.client import encode
from caseway.rails.cmis.multipart import Content, MultipartBody, ascii_filename, safe_media_type

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def content_of(data: bytes, filename: str = "a.pdf", size: int | None = None) -> Content:
    return Content(
        filename,
        "application/pdf",
        len(data) if size is None else size,
        lambda: closing(io.BytesIO(data)),
    )


def read_back(body: MultipartBody) -> tuple[dict[str, str], bytes, str]:
    parser = MultipartParser(io.BytesIO(b"".join(body)), body.boundary, charset="latin-1")
    parts = list(parser)
    fields = {part.name: part.raw.decode("utf-8") for part in parts if not part.filename}
    files = [part for part in parts if part.filename]
    return fields, files[0].raw if files else b"", files[0].filename if files else ""


@settings(max_examples=60)
@given(text, text, st.binary(max_size=300))
def test_every_name_and_value_is_read_back_as_written(name: str, value: str, data: bytes) -> None:
    body, _ = encode([("propertyId[0]", "355"), ("propertyValue[0]", value)], content_of(data, filename=name))

    assert isinstance(body, MultipartBody)
    fields, content, _ = read_back(body)
    assert (name, value, data) == (fields["filename"], fields["propertyValue[0]"], content)


@settings(max_examples=30)
@given(text, st.binary(max_size=100))
def test_the_standard_library_reads_the_same_parts_and_each_names_its_charset(v: str, data: bytes) -> None:
    body = MultipartBody([("propertyValue[0]", v)], content_of(data))
    head = f"Content-Type: {body.content_type}\r\n\r\n".encode()

    message = message_from_bytes(head + b"".join(body), policy=HTTP)
    field, file = message.iter_parts()

    assert field.get_content_charset() == "utf-8"
    assert file.get_filename() == "a.pdf"


@given(text)
def test_the_stand_in_file_name_is_plain_ascii_and_never_empty(name: str) -> None:
    stand_in = ascii_filename(name)

    assert stand_in.isascii()
    assert stand_in.strip() != ""
    assert not set('"\\\r\n;%') & set(stand_in)


def test_umlauts_lose_their_dots_in_the_stand_in_only() -> None:
    body, _ = encode([], content_of(b"x", "Antrag Müller.pdf"))

    assert isinstance(body, MultipartBody)
    fields, _, filename = read_back(body)
    assert (fields["filename"], filename) == ("Antrag Müller.pdf", "Antrag Muller.pdf")


@settings(max_examples=30)
@given(st.binary(max_size=2000), st.data())
def test_a_window_sends_exactly_its_bytes_and_the_length_is_exact(data: bytes, draw: st.DataObject) -> None:
    offset = draw.draw(st.integers(0, len(data)))
    size = draw.draw(st.integers(0, len(data) - offset))
    body = MultipartBody([], content_of(data).window(offset, size))

    written = b"".join(body)

    assert body.length == len(written)
    assert data[offset : offset + size] == read_back(body)[1]


def test_a_body_can_be_read_twice_because_a_renewed_login_sends_it_again() -> None:
    body = MultipartBody([("cmisaction", "createDocument")], content_of(b"abc"))

    assert b"".join(body) == b"".join(body)


def test_a_file_shorter_than_recorded_is_refused_and_never_padded() -> None:
    body = MultipartBody([], content_of(b"abc", size=5))

    with pytest.raises(Refused) as error:
        b"".join(body)

    assert error.value.code == "cmis.content_short"


def test_a_field_name_outside_the_binding_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="control name"):
        MultipartBody([('x"; filename="y', "1")], None)


@pytest.mark.parametrize(
    ("given_type", "expected"),
    [
        ("application/pdf", "application/pdf"),
        ("text/plain; charset=utf-8", "text/plain"),
        ("", "application/octet-stream"),
        ("a/b\r\nX-Evil: 1", "application/octet-stream"),
    ],
)
def test_only_a_real_media_type_reaches_the_header(given_type: str, expected: str) -> None:
    assert expected == safe_media_type(given_type)
