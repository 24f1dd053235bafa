"""XPath 1.0 over the structured file: only the core functions, and a bound on what it may cost."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from lxml import etree

from caseway.core import xml as hardened
from caseway.core.errors import Invalid
from caseway.mapping.hints import did_you_mean
from caseway.mapping.scalars import Scalar

MAX_LENGTH = 1000
MAX_XML_BYTES = 4 * 1024 * 1024
MAX_NODES = 1000
MAX_TEXT = 1024 * 1024
MAX_COST = 10_000_000  # about two seconds on an ordinary machine

# XPath 1.0 section 4, and the node tests of section 2.3.
_FUNCTION_NAMES = """
    last position count id local-name namespace-uri name string concat starts-with contains substring-before
    substring-after substring string-length normalize-space translate boolean not true false lang number sum
    floor ceiling round text node comment processing-instruction
"""
FUNCTIONS = frozenset(_FUNCTION_NAMES.split())
_TOKEN = re.compile(
    r"""(?P<string>"[^"]*"|'[^']*')|(?P<axis>[A-Za-z-]+)\s*::|"""
    r"""(?P<name>[^\W\d][\w.-]*(?::(?:[^\W\d][\w.-]*|\*))?)(?P<call>\s*\()?|"""
    r"""(?P<variable>\$)|(?P<deep>//)|(?P<slash>/)|(?P<open>\[)|(?P<close>\])|(?P<other>[\d.]+|\S)"""
)
_WIDE_AXES = ("descendant", "ancestor", "following", "preceding")
_OPERATORS = ("and", "or", "div", "mod")


def compile_xpath(expression: str, namespaces: Mapping[str, str]) -> etree.XPath:
    """Return the compiled expression.

    Raises `Invalid`: `mapping.xpath_invalid`, `mapping.xpath_function` (not one of XPath 1.0),
    `mapping.prefix_unknown`.
    """
    return _compiled(expression, tuple(sorted(namespaces.items())))


def evaluate(expression: str, namespaces: Mapping[str, str], root: Any, nodes: int) -> list[Scalar]:
    """Return the values the expression selects under `root`, a tree of `nodes` nodes.

    A string, number or boolean is one value; a node-set is the text of each node. Raises `Invalid` as
    `compile_xpath` does, `mapping.xpath_too_costly` and `mapping.xpath_too_many`.
    """
    compiled = compile_xpath(expression, namespaces)
    if nodes ** cost_exponent(expression) > MAX_COST:
        raise Invalid(
            "The XPath would take too long on a structured file of this size.",
            code="mapping.xpath_too_costly",
            remedy="Write the path out from the root instead of //, above all inside [ ].",
            nodes=nodes,
        )
    try:
        result = compiled(root)
    except etree.XPathError as error:
        raise _invalid() from error
    return _values(result)


def parse(xml: bytes) -> tuple[Any, int]:
    """Return the root of the structured file and its number of nodes, attributes included.

    Raises as `core.xml.parse` does: `xml.malformed`, `xml.doctype`, `xml.too_deep`, `xml.too_large`.
    """
    root: Any = hardened.parse(xml, max_bytes=MAX_XML_BYTES)
    return root, int(root.xpath("count(//node()) + count(//@*)")) + 1


def cost_exponent(expression: str) -> int:
    """Return k where the work grows as (number of nodes)^k at worst.

    Steps that look at a whole tree (`//`, long axes) merge into at most a square outside of predicates;
    each one inside a predicate is done again for every candidate, as is a path from the root there.
    """
    outside = inside = depth = 0
    start = True  # at the start of an operand a slash means the root of the document
    for match in _TOKEN.finditer(expression):
        kind = match.lastgroup
        wide = kind == "deep" or (kind == "axis" and match["axis"].startswith(_WIDE_AXES))
        wide = wide or (kind == "slash" and start and depth > 0)
        outside, inside = outside + (wide and not depth), inside + (wide and depth > 0)
        depth += (kind == "open") - (kind == "close")
        operand_ends = kind in ("string", "close") or (kind == "name" and match["name"] not in _OPERATORS)
        start = not (operand_ends or match.group() in (")", ".", "..", "*"))
    return max(1, min(outside, 2) + inside)


def prefixes(expression: str) -> list[str]:
    """Return the namespace prefixes the expression uses, in order."""
    named = (match["name"] or "" for match in _TOKEN.finditer(expression))
    return list(dict.fromkeys(name.split(":")[0] for name in named if ":" in name))


@lru_cache(maxsize=512)
def _compiled(expression: str, namespaces: tuple[tuple[str, str], ...]) -> etree.XPath:
    if len(expression) > MAX_LENGTH:
        raise _invalid(f"It is longer than {MAX_LENGTH} characters.")
    known = dict(namespaces)
    _check_functions(expression)
    _check_prefixes(expression, known)
    try:
        return etree.XPath(expression, namespaces=known, regexp=False, smart_strings=False)
    except (etree.XPathError, ValueError, TypeError) as error:
        raise _invalid() from error


def _check_functions(expression: str) -> None:
    if any(match["variable"] for match in _TOKEN.finditer(expression)):
        raise _invalid("Variables ($) are not known.")
    calls = [match["name"] for match in _TOKEN.finditer(expression) if match["call"]]
    for name in calls:
        if name not in FUNCTIONS and name not in _OPERATORS:
            raise Invalid(
                f"{name}() is not a function of XPath 1.0.",
                code="mapping.xpath_function",
                remedy=did_you_mean(name, FUNCTIONS),
                function=name,
            )


def _check_prefixes(expression: str, known: Mapping[str, str]) -> None:
    for prefix in prefixes(expression):
        if prefix not in known and prefix != "xml":
            raise Invalid(
                f"The prefix {prefix} is not declared in `namespaces`.",
                code="mapping.prefix_unknown",
                remedy=did_you_mean(prefix, known) or "Add it with its namespace.",
                prefix=prefix,
            )


def _values(result: Any) -> list[Scalar]:
    if isinstance(result, bool):
        return [result]
    if isinstance(result, float):
        return _number(result)
    values: list[Scalar] = [str(result)] if isinstance(result, str) else _texts(result)
    if sum(len(str(value)) for value in values) > MAX_TEXT:
        raise _too_many()
    return values


def _number(result: float) -> list[Scalar]:
    """XPath 1.0 section 4.2: a whole number has no point; NaN is no value."""
    if result != result or result in (float("inf"), float("-inf")):
        return []
    return [int(result)] if result.is_integer() else [repr(result)]


def _texts(nodes: list[Any]) -> list[Scalar]:
    if len(nodes) > MAX_NODES:
        raise _too_many()
    return [_text(node) for node in nodes]


def _text(node: Any) -> str:
    if isinstance(node, str):
        return str(node)
    if isinstance(node, tuple):  # the namespace axis: (prefix, namespace)
        return str(node[1])
    return str(node.xpath("string()", smart_strings=False))


def _invalid(why: str = "") -> Invalid:
    return Invalid(
        f"The XPath cannot be used. {why}".strip(),
        code="mapping.xpath_invalid",
        remedy="Check its brackets, quotes and names; it is XPath 1.0.",
    )


def _too_many() -> Invalid:
    return Invalid(
        "The XPath selects more than a property can hold.",
        code="mapping.xpath_too_many",
        remedy="Select fewer nodes.",
        limit=MAX_NODES,
    )
