"""JSONPath (RFC 9535) over the structured file: no regular expressions, and a bound on what it may cost."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice
from typing import Any

from jsonpath import JSONPathEnvironment
from jsonpath.exceptions import JSONPathError

from caseway.core.errors import Invalid, TooLarge
from caseway.mapping.scalars import Scalar, scalar

MAX_LENGTH = 500
MAX_DEPTH = 64
MAX_ITEMS = 200_000
MAX_RESULTS = 1000
MAX_COST = 2_000_000

_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_FUNCTION = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*\(")
FUNCTIONS = ("length", "count", "value")


def compile_query(expression: str) -> Any:
    """Return the compiled query.

    Raises `Invalid`: `mapping.jsonpath_invalid`, `mapping.jsonpath_function` (only length, count and value).
    """
    return _compiled(expression)


def evaluate(expression: str, data: Any) -> list[Scalar]:
    """Return the values the query selects; null is no value.

    Raises `Invalid` as `compile_query` does, and `mapping.not_a_value` (a list or object is selected),
    `mapping.jsonpath_too_costly`, `mapping.jsonpath_too_many`, `mapping.json_too_deep`; `TooLarge`.
    """
    query = compile_query(expression)
    if size_of(data) ** cost_exponent(expression) > MAX_COST:
        raise Invalid(
            "The JSONPath would take too long on a structured file of this size.",
            code="mapping.jsonpath_too_costly",
            remedy="Write the path out from the root instead of using .. more than once.",
        )
    try:
        found = [match.value for match in islice(query.finditer(data), MAX_RESULTS + 1)]
    except JSONPathError as error:
        raise _invalid() from error
    if len(found) > MAX_RESULTS:
        raise Invalid(
            "The JSONPath selects more than a property can hold.",
            code="mapping.jsonpath_too_many",
            remedy="Select fewer values.",
            limit=MAX_RESULTS,
        )
    return [value for value in map(scalar, found) if value is not None]


def cost_exponent(expression: str) -> int:
    """Return k where the work grows as (number of values)^k: each `..` and each inner `$` goes over all."""
    plain = _QUOTED.sub("", expression)
    return max(1, plain.count("..") + max(0, plain.count("$") - 1))


def size_of(data: Any) -> int:
    """Return the number of values in parsed JSON. Raises `Invalid` (`mapping.json_too_deep`), `TooLarge`."""
    count, level = 0, [data]
    for _ in range(MAX_DEPTH):
        count += len(level)
        if count > MAX_ITEMS:
            raise TooLarge("The structured file is too large to be mapped.", code="mapping.json_too_large")
        level = [child for item in level for child in _children(item)]
        if not level:
            return count
    raise Invalid(
        f"The structured file is nested deeper than {MAX_DEPTH} levels.",
        code="mapping.json_too_deep",
        remedy="Ask the sender for a flatter file, or map from the vocabulary instead.",
    )


def _children(item: Any) -> list[Any]:
    if isinstance(item, dict):
        return list(item.values())
    return item if isinstance(item, list) else []


@lru_cache(maxsize=1)
def _environment() -> JSONPathEnvironment:
    environment = JSONPathEnvironment(strict=True)
    environment.function_extensions = {
        name: function for name, function in environment.function_extensions.items() if name in FUNCTIONS
    }
    return environment


@lru_cache(maxsize=512)
def _compiled(expression: str) -> Any:
    plain = _QUOTED.sub("", expression)
    unknown = [name for name in _FUNCTION.findall(plain) if name not in FUNCTIONS]
    if unknown:
        raise Invalid(
            f"{unknown[0]}() is not allowed in a JSONPath.",
            code="mapping.jsonpath_function",
            remedy=f"Use only {', '.join(FUNCTIONS)}.",
            function=unknown[0],
        )
    if len(expression) > MAX_LENGTH:
        raise _invalid()
    try:
        return _environment().compile(expression)
    except (JSONPathError, RecursionError) as error:
        raise _invalid() from error


def _invalid() -> Invalid:
    return Invalid(
        "The JSONPath cannot be used.",
        code="mapping.jsonpath_invalid",
        remedy="Check its brackets, quotes and names; it is JSONPath of RFC 9535 and starts with $.",
    )
