"""YAML is read without its traps."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.core.errors import Invalid, TooLarge
from caseway.mapping import yamltext

texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufeff\ufffe\uffff")
)
keys = texts.map(lambda text: f"k-{text}")  # no word of the language by chance
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def test_property_ids_stay_text_quoted_or_not() -> None:
    assert {"355": 1, "0304": 2} == yamltext.load("355: 1\n'0304': 2")


def test_a_number_where_the_language_wants_text_stays_text() -> None:
    assert {"keyProperty": "0355", "type": "12"} == yamltext.load("keyProperty: 0355\ntype: 12")


@pytest.mark.parametrize("word", ["no", "ja", "12:00", "007", "2026-11-16", "1e3", "12.50", "+49", ".inf"])
def test_words_that_other_readers_change_stay_as_written(word: str) -> None:
    assert {"a": word} == yamltext.load(f"a: {word}")


@pytest.mark.parametrize(
    ("word", "expected"), [("5", 5), ("1.5", 1.5), ("true", True), ("~", None), ("'5'", "5")]
)
def test_plain_scalars_are_those_of_json(word: str, expected: object) -> None:
    assert {"a": expected} == yamltext.load(f"a: {word}")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: 1\nb: 2\na: 3", "mapping.duplicate_key"),
        ("a: &x 1\nb: *x", "mapping.yaml_alias"),
        ("a: !!python/object:os.system 1", "mapping.yaml_tag"),
        ("a: [1", "mapping.yaml"),
        ("? [1, 2]\n: 3", "mapping.yaml"),
        ("a: 1\n---\nb: 2", "mapping.yaml"),
        ("a: x\x00y", "mapping.control_character"),
        (b"a: \xff", "mapping.yaml"),
    ],
)
def test_what_is_dangerous_or_broken_is_refused_with_its_own_code(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        yamltext.load(text)

    assert code == refused.value.code


def test_a_bomb_of_aliases_is_refused_before_it_grows() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "\n".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]" for i in range(8)
    )

    with pytest.raises(Invalid) as refused:
        yamltext.load(bomb)

    assert ("mapping.yaml_alias", 1) == (refused.value.code, refused.value.details["line"])


def test_two_megabytes_are_too_large() -> None:
    with pytest.raises(TooLarge) as refused:
        yamltext.load("a: " + "x" * 2_000_000)

    assert "mapping.too_large" == refused.value.code


def test_deep_nesting_is_too_large() -> None:
    with pytest.raises(TooLarge):
        yamltext.load("[" * 60 + "]" * 60)


def test_an_error_tells_line_and_column() -> None:
    with pytest.raises(Invalid) as refused:
        yamltext.load("a: 1\nb: {c: 1, c: 2}")

    assert (2, 11) == (refused.value.details["line"], refused.value.details["column"])


@settings(max_examples=60)
@given(st.dictionaries(keys, values, max_size=4))
def test_what_is_written_reads_back_the_same(document: dict[str, object]) -> None:
    assert document == yamltext.load(yamltext.dump(document))


def test_words_of_the_language_mean_nothing_in_a_look_up_table() -> None:
    tables = {"lookups": {"type": {"id": True, "path": 5}}}

    assert tables == yamltext.load(yamltext.dump(tables))


def test_a_part_used_twice_is_written_out_twice() -> None:
    part = {"a": [1]}

    assert {"x": part, "y": part} == yamltext.load(yamltext.dump({"x": part, "y": part}))
