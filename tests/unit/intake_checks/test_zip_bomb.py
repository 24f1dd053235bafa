"""Archives that are larger than they look."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.core.errors import Invalid
from caseway.intake.checks import ZipFacts, ZipLimits, check_zip

from .archives import archive

ONE = archive({"a.txt": b"hello"})


def code(content: bytes, **limits: int) -> str:
    with pytest.raises(Invalid) as caught:
        check_zip(io.BytesIO(content), ZipLimits(**limits))
    return caught.value.code


def test_an_honest_archive_is_counted_and_left_at_its_start() -> None:
    stream = io.BytesIO(archive({"a.txt": b"hello", "inner.zip": ONE}, packed=False))

    assert ZipFacts(entries=3, total_bytes=10 + len(ONE), nesting=2) == check_zip(stream)
    assert 0 == stream.tell()


def test_limits_hold_exactly() -> None:
    content = archive({"a": b"x" * 10, "b": b"y" * 10})

    assert 20 == check_zip(io.BytesIO(content), ZipLimits(entries=2, total_bytes=20)).total_bytes
    assert "zip.too_large" == code(content, total_bytes=19)
    assert "zip.too_many_entries" == code(content, entries=1)


def test_a_dense_archive_is_refused_before_it_is_unpacked_whole() -> None:
    assert "zip.ratio" == code(archive({"zeros": b"\0" * 4_000_000}), ratio_from_bytes=1_000_000)


def test_archives_in_archives_end_somewhere() -> None:
    content = ONE
    for _ in range(3):
        content = archive({"inner.bin": content})

    assert "zip.nested_too_deep" == code(content, nesting=3)
    assert 4 == check_zip(io.BytesIO(content), ZipLimits(nesting=4)).nesting


def test_entries_of_nested_archives_count() -> None:
    assert "zip.too_many_entries" == code(archive({"1": ONE, "2": ONE}), entries=3)


def test_an_understated_size_is_not_believed() -> None:
    content = bytearray(archive({"a": b"x" * 10_000}))
    for place in (content.find(b"PK\x01\x02") + 24, 22):
        content[place : place + 4] = struct.pack("<I", 5)

    assert "zip.damaged" == code(bytes(content))


def test_an_encrypted_archive_cannot_be_looked_into() -> None:
    content = bytearray(ONE)
    content[content.find(b"PK\x01\x02") + 8] |= 1

    assert "zip.encrypted" == code(bytes(content))


def test_a_directory_that_is_too_long_is_not_read() -> None:
    content = bytearray(ONE)
    end = content.find(b"PK\x05\x06")
    content[end + 10 : end + 12] = struct.pack("<H", 0xFFFF)

    assert "zip.too_many_entries" == code(bytes(content))


@settings(max_examples=100)
@given(st.data())
def test_a_damaged_archive_is_refused_or_read_but_never_breaks(data: st.DataObject) -> None:
    content = bytearray(archive({"a.txt": b"hello" * 20, "inner.zip": ONE}))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    try:
        nesting = check_zip(io.BytesIO(content[: data.draw(st.integers(0, len(content)))])).nesting
    except Invalid as error:
        nesting = 1 if error.code.startswith("zip.") else 0

    assert nesting in (1, 2)
