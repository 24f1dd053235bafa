"""JSONPath over the structured file, bounded."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from caseway.core.errors import Invalid, TooLarge
from caseway.mapping import jsonquery

DATA = {
    "dog": {"breed": "labrador", "fee": 12.5, "since": None, "tags": ["a", "b"]},
    "dogs": [{"n": 1}, {"n": 2}],
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$.dog.breed", ["labrador"]),
        ("$.dog.fee", [Decimal("12.5")]),
        ("$.dog.since", []),
        ("$.dog.missing", []),
        ("$.dog.tags[*]", ["a", "b"]),
        ("$..n", [1, 2]),
        ("$.dogs[?@.n > 1].n", [2]),
        ("$.dogs[?length(@) == 1].n", [1, 2]),
    ],
)
def test_the_selected_values_are_scalars_and_null_is_nothing(expression: str, expected: list[object]) -> None:
    assert expected == jsonquery.evaluate(expression, DATA)


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("$.dog[", "mapping.jsonpath_invalid"),
        ("dog.breed", "mapping.jsonpath_invalid"),
        ("$." + "a" * 500, "mapping.jsonpath_invalid"),
        ("$.dogs[?match(@.n, '(a+)+')]", "mapping.jsonpath_function"),
        ("$.dogs[?search(@.n, 'a')]", "mapping.jsonpath_function"),
        ("$.dog", "mapping.not_a_value"),
        ("$.dog.tags", "mapping.not_a_value"),
    ],
)
def test_what_cannot_be_a_value_is_refused(expression: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        jsonquery.evaluate(expression, DATA)

    assert code == refused.value.code


def test_a_quoted_name_is_no_function() -> None:
    assert ["x"] == jsonquery.evaluate("$['match(']", {"match(": "x"})


def nested(depth: int) -> Any:
    data: Any = "x"
    for _ in range(depth):
        data = [data]
    return data


def test_deep_json_is_refused_not_a_crash() -> None:
    with pytest.raises(Invalid) as refused:
        jsonquery.evaluate("$..x", nested(5000))

    assert "mapping.json_too_deep" == refused.value.code


def test_a_search_in_a_search_is_refused_on_a_large_file() -> None:
    with pytest.raises(Invalid) as refused:
        jsonquery.evaluate("$..*..*", list(range(3000)))

    assert "mapping.jsonpath_too_costly" == refused.value.code


def test_a_thousand_values_are_the_limit() -> None:
    with pytest.raises(Invalid) as refused:
        jsonquery.evaluate("$[*]", list(range(1001)))

    assert "mapping.jsonpath_too_many" == refused.value.code


def test_a_huge_file_is_too_large() -> None:
    with pytest.raises(TooLarge):
        jsonquery.evaluate("$[0]", list(range(jsonquery.MAX_ITEMS + 1)))
