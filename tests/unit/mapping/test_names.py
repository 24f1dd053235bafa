"""Names in the DMS: legal everywhere, unique by key, the same every time."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.mapping.names import MAX_LENGTH, hash8, object_name


@pytest.mark.parametrize(
    ("raw", "suffix", "expected"),
    [
        ("Antrag.pdf", "", "Antrag.pdf"),
        ("Antrag.pdf", "doc-1", "Antrag (doc-1).pdf"),
        ('a/b\\c:d"e*f?g<h>i|j.pdf', "", "a_b_c_d_e_f_g_h_i_j.pdf"),
        ("  Gru\u0308n  ", "", "Grün"),
        ("a\nb\tc\x00d", "", "a b c d"),
        ("..", "", "_"),
        ("Nr. 5.", "", "Nr. 5"),
        (".gitignore", "x", ".gitignore (x)"),
        ("", "k/1", "(k_1)"),
    ],
)
def test_a_name_is_made_legal(raw: str, suffix: str, expected: str) -> None:
    assert expected == object_name(raw, suffix=suffix)


def test_a_long_name_keeps_suffix_and_extension() -> None:
    made = object_name("x" * 300 + ".pdf", suffix="doc-1")

    assert (MAX_LENGTH, True) == (len(made), made.endswith("x (doc-1).pdf"))


def test_a_folder_has_no_extension_to_keep() -> None:
    assert "Nr.5 (k)" == object_name("Nr.5", suffix="k", keep_extension=False)


def test_the_hash_of_a_key_is_always_the_same() -> None:
    assert "2c26b46b" == hash8("foo")


@settings(max_examples=150)
@given(st.text(max_size=300), st.text("abc-0123456789", max_size=40), st.booleans())
def test_every_name_is_legal_and_stays_so(raw: str, suffix: str, keep: bool) -> None:
    made = object_name(raw, suffix=suffix, keep_extension=keep)

    assert 0 < len(made) <= MAX_LENGTH
    assert not set(made) & set('/\\:"*?<>|\n\t\x00')
    assert (made, made) == (unicodedata.normalize("NFC", made), made.strip())
