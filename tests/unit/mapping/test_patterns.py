"""Patterns for dates and texts: a small, safe part of what others allow."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.core.errors import Invalid
from caseway.mapping.datepattern import check_pattern, format_date, parse_date
from caseway.mapping.textpattern import compile_pattern, fits

PATTERNS = [
    "dd.MM.yyyy",
    "d.M.yyyy H:m:s",
    "yyyy-MM-dd'T'HH:mm:ss.SSS",
    "yyyyMMdd",
    "'am' dd/MM yyyy 'o''clock'",
]


@settings(max_examples=80)
@given(st.datetimes(datetime.fromisoformat("1000-01-01")), st.sampled_from(PATTERNS))
def test_a_date_written_by_a_pattern_reads_back_to_the_same_day(moment: datetime, pattern: str) -> None:
    found = parse_date(format_date(moment, pattern), pattern)

    assert found is not None
    assert moment.date() == found[0].date()


def test_an_offset_is_read_and_written() -> None:
    found = parse_date("2026-11-16 10:00 -03:30", "yyyy-MM-dd HH:mm XXX")

    assert found is not None
    assert ("13:30", "-03:30") == (f"{found[0].astimezone(UTC):%H:%M}", format_date(found[0], "XXX"))
    assert "Z" == format_date(datetime(2026, 1, 1, tzinfo=UTC), "XXX")


@pytest.mark.parametrize("text", ["16.11.26", "16-11-2026", "٠١.11.2026", "", "16.11.2026 "])
def test_what_does_not_fit_the_pattern_is_not_a_date(text: str) -> None:
    assert parse_date(text, "dd.MM.yyyy") is None


@pytest.mark.parametrize(
    "pattern", ["dd.MM.yy", "dd. MMMM yyyy", "dd.MM", "dd.dd.MM.yyyy", "dd.MM.yyyy 'x", "EEEE"]
)
def test_a_pattern_that_leaves_room_for_guessing_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_pattern(pattern, reading=True)

    assert "mapping.date_format" == refused.value.code


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("[A-Z]{2}-[0-9]+", "AB-12", True),
        ("[A-Z]{2}-[0-9]+", "AB-12 ", False),
        ("(?:AB|CD)x?", "CDx", True),
        (r"[\]\-]+\.", "]-.", True),
        ("[]a]", "]", True),
        (".*", "x" * 501, False),
    ],
)
def test_the_whole_text_must_fit(pattern: str, text: str, expected: bool) -> None:
    assert expected == fits(pattern, text)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a|a)*",
        "((a*))*",
        "(?=a)",
        "(?P<x>a)",
        r"(a)\1",
        "a*a*a*a*a*",
        "[a",
        "(",
        ")",
        "a**",
        "(?:(?:a?)b)+",
        "\\",
        "[[a]",
        "[a--b]",
    ],
)
def test_a_pattern_that_could_run_away_or_is_broken_is_refused(pattern: str) -> None:
    with pytest.raises(Invalid) as refused:
        compile_pattern(pattern)

    assert "mapping.pattern" == refused.value.code


@settings(max_examples=150, deadline=None)
@given(st.text("ab(|)*+?{2,}[]:", max_size=14))
def test_no_accepted_pattern_takes_long(pattern: str) -> None:
    try:
        compiled = compile_pattern(pattern)
    except Invalid:
        return
    started = time.process_time()
    compiled.fullmatch("a" * 60 + "!")

    assert time.process_time() - started < 1
    assert compiled.flags & re.DOTALL == 0
