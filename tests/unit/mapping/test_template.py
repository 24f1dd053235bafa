"""Templates: names, filters, braces; nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.core.errors import Invalid
from caseway.mapping import template
from caseway.mapping.scalars import Scalar

VALUES: dict[str, Scalar] = {"a": "Größe XL/Øre", "n": 7, "t": datetime(2026, 11, 16, 23, 30, tzinfo=UTC)}
BERLIN = ZoneInfo("Europe/Berlin")


def render(text: str) -> str:
    return template.render(text, lambda name: VALUES.get(name), BERLIN)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("{a|upper}", "GRÖSSE XL/ØRE"),
        ("{a|lower|trunc(5)}", "größe"),
        ("{a|slug}", "groesse-xl-oere"),
        ("{n|pad(4)}", "0007"),
        ("{t|date(dd.MM.yyyy)}", "17.11.2026"),
        ("{t|date}", "2026-11-17"),
        ("{t|date(yyyy-MM-dd'T'HH:mm:ssXXX)}", "2026-11-17T00:30:00+01:00"),
        ("{t}", "2026-11-17T00:30:00+01:00"),
        ("{ a | trunc(3) }", "Grö"),
        ("{{{n}}} {{x}}", "{7} {x}"),
        ("[{missing}]", "[]"),
    ],
)
def test_a_template_is_filled_in(text: str, expected: str) -> None:
    assert expected == render(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{a", "mapping.template"),
        ("a}", "mapping.template"),
        ("{a|shout}", "mapping.filter_unknown"),
        ("{a|trunc}", "mapping.filter_argument"),
        ("{a|trunc(x)}", "mapping.filter_argument"),
        ("{a|pad(99999)}", "mapping.filter_argument"),
        ("{a|upper(3)}", "mapping.filter_argument"),
        ("{t|date(MMMM)}", "mapping.date_format"),
        ("{a|date}", "mapping.filter_needs_date"),
    ],
)
def test_a_wrong_template_is_refused(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        render(text)

    assert code == refused.value.code


@settings(max_examples=60)
@given(st.text(max_size=30))
def test_any_text_can_be_written_with_its_braces_doubled(text: str) -> None:
    assert text == render(text.replace("{", "{{").replace("}", "}}"))
