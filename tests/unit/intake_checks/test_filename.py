"""File names that are safe everywhere."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.core.errors import Invalid
from caseway.intake.checks import clean_filename


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("Antrag.pdf", "Antrag.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Erika\\Antrag.pdf", "Antrag.pdf"),
        ("Bauantra\u0308ge.pdf", "Bauanträge.pdf"),
        ("a\0b\r\n.pdf", "ab.pdf"),
        ("rechnung\u202efdp.exe", "rechnungfdp.exe"),
        ("zero\u200bwidth.txt", "zerowidth.txt"),
        ('a<b>:"|?*.txt', "a_b______.txt"),
        ("CON.txt", "_CON.txt"),
        ("nul", "_nul"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("  .hidden. ", "hidden"),
        ("x" * 200 + ".pdf", "x" * 146 + ".pdf"),
        ("x" * 200, "x" * 150),
    ],
)
def test_a_name_is_cleaned(raw: str, clean: str) -> None:
    assert clean == clean_filename(raw)


@pytest.mark.parametrize("raw", ["", "/", "..", "a/", "\0\u202e", " . "])
def test_a_name_of_which_nothing_is_left_is_refused(raw: str) -> None:
    with pytest.raises(Invalid) as caught:
        clean_filename(raw)

    assert "filename.empty" == caught.value.code


@settings(max_examples=200)
@given(st.text(max_size=300))
def test_a_clean_name_is_harmless_and_stays_as_it_is(raw: str) -> None:
    try:
        name = clean_filename(raw)
    except Invalid:
        return

    assert name == clean_filename(name)
    assert 0 < len(name) <= 150
    assert not set(name) & set('/\\<>:"|?*\0')
    assert unicodedata.is_normalized("NFC", name)
    assert not {unicodedata.category(character) for character in name} & {"Cc", "Cf"}
