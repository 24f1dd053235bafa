"""Content that is sealed opens again, whole and only whole, however it comes in pieces."""

from __future__ import annotations

import hashlib
import io
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.core.errors import Invalid, Refused
from caseway.rails.fit_connect.jwe import Sealing, seal, sealed_size
from caseway.rails.fit_connect.jwe_header import Reading
from caseway.rails.fit_connect.jwe_opening import open_file, open_text
from tests.rails.fit_connect.jose.keys import decryption_key, recipient

READING = Reading(max_plaintext=10_000_000)
AROUND_PIECES = (0, 1, 2, 3, 96 * 1024 - 1, 96 * 1024, 96 * 1024 + 1, 3 * 96 * 1024 + 2)


@given(content=st.binary(max_size=4000))
@settings(max_examples=30, deadline=None)
def test_what_was_sealed_opens_to_the_same_bytes(content: bytes) -> None:
    text, sealed = seal(content, recipient(), "application/json")

    plaintext, opened = open_text(text, [decryption_key()], READING)

    assert content == plaintext
    assert (sealed.sha512, sealed.tag, len(content)) == (opened.sha512, opened.tag, opened.size)
    assert hashlib.sha512(content).hexdigest() == sealed.sha512
    assert text.rsplit(".", 1)[1] == sealed.tag


@pytest.mark.parametrize("size", AROUND_PIECES)
def test_the_length_is_known_before_the_first_byte(size: int, tmp_path: Path) -> None:
    content = os.urandom(size)
    sealing = Sealing(io.BytesIO(content), size, recipient(), "application/pdf")

    text = b"".join(sealing)

    assert len(text) == sealing.length
    assert len(text) == sealed_size(size, recipient(), "application/pdf")
    open_file([text], [decryption_key()], tmp_path / "content", READING)
    assert content == (tmp_path / "content").read_bytes()


def test_an_empty_content_takes_the_least_there_is() -> None:
    text, _ = seal(b"", recipient(), "a/b")

    assert len(text) >= 776  # Submission API: the shortest JWE there can be


@given(cuts=st.lists(st.integers(0, 410_000), max_size=20))
@settings(max_examples=20, deadline=None)
def test_pieces_may_be_cut_anywhere(cuts: list[int]) -> None:
    content = b"Musterantrag " * 23_000
    text, _ = seal(content, recipient(), "application/json")
    ends = [*sorted(cuts), len(text)]

    plaintext = b"".join(read_back([text[a:b].encode() for a, b in zip([0, *ends], ends, strict=False)]))

    assert content == plaintext


def read_back(pieces: list[bytes]) -> Iterator[bytes]:
    """Yield what the pieces open to, over a file."""
    import tempfile

    with tempfile.TemporaryDirectory() as room:
        open_file(pieces, [decryption_key()], Path(room) / "content", READING)
        yield (Path(room) / "content").read_bytes()


def test_single_bytes_are_pieces_too() -> None:
    text, _ = seal(b"Hallo", recipient(), "application/json")

    assert [b"Hallo"] == list(read_back([bytes([one]) for one in text.encode()]))


@pytest.mark.parametrize("said", [4, 6, 0])
def test_a_file_of_another_length_is_never_sent_whole(said: int) -> None:
    sealing = Sealing(io.BytesIO(b"12345"), said, recipient(), "text/plain")

    with pytest.raises(Refused) as refused:
        list(sealing)

    assert "fit_connect.content_length_differs" == refused.value.code
    with pytest.raises(RuntimeError):
        _ = sealing.sealed


def test_a_sealing_is_read_once_because_its_key_is_used_once() -> None:
    sealing = Sealing(io.BytesIO(b"12345"), 5, recipient(), "text/plain")
    list(sealing)

    with pytest.raises(RuntimeError):
        list(sealing)


def test_two_sealings_of_one_content_share_nothing() -> None:
    first, second = (seal(b"same", recipient(), "text/plain")[0].split(".") for _ in range(2))

    assert first[0] == second[0]
    assert set(first[1:]).isdisjoint(second[1:])


@pytest.mark.parametrize("media_type", ["", "pdf", "text/plain; charset=utf-8", "text/pläin", 'a/"b"'])
def test_a_media_type_that_is_none_is_refused(media_type: str) -> None:
    with pytest.raises(Invalid) as refused:
        seal(b"", recipient(), media_type)

    assert "fit_connect.content_type_unfit" == refused.value.code


class Slow(io.RawIOBase):
    """A source that gives less than it is asked for."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        """Return at most 1,000 bytes."""
        size = min(size, self.left, 1000)
        self.left -= size
        return b"x" * size


def test_a_source_may_give_less_than_it_is_asked_for() -> None:
    sealing = Sealing(Slow(250_000), 250_000, recipient(), "text/plain")  # type: ignore[arg-type]

    plaintext, _ = open_text(b"".join(sealing), [decryption_key()], READING)

    assert b"x" * 250_000 == plaintext


class Zeros(io.RawIOBase):
    """A large source that is nowhere."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int = -1) -> bytes:
        """Return zeros."""
        size = min(size, self.left)
        self.left -= size
        return bytes(size)


def test_forty_megabytes_go_both_ways_in_two(tmp_path: Path) -> None:
    size = 40_000_000
    sealing = Sealing(Zeros(size), size, recipient(), "application/pdf")  # type: ignore[arg-type]
    tracemalloc.start()

    opened = open_file(sealing, [decryption_key()], tmp_path / "content", Reading(max_plaintext=size))

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (size, sealing.sealed.sha512) == (opened.size, opened.sha512)
    assert peak < 2_000_000
