"""Lint of one value: does every name, path and filter in it exist, and can every alternative be reached?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from caseway.core.errors import Invalid
from caseway.mapping import jsonquery, template, xpath
from caseway.mapping.expressions import Value, kind_of, never_empty
from caseway.mapping.findings import Finding
from caseway.mapping.vocabulary import term

# Deep steps inside predicates beyond this are refused for every file of useful size.
MAX_EXPONENT = 3


@dataclass(frozen=True)
class Place:
    """Where a value stands: in which target, with which namespaces."""

    target: str
    namespaces: Mapping[str, str] = field(default_factory=dict)


def value_findings(value: Value, path: str, place: Place, *, multi: bool = False) -> Iterator[Finding]:
    """Yield what is wrong or doubtful in a value and in the values inside it."""
    kind = kind_of(value)
    here = f"{path}.{kind}"
    try:
        _check(kind, value[kind], place)
    except Invalid as error:
        yield Finding.of(error, here)
    else:
        yield from _out_of_place(kind, value[kind], here, place)
    if kind == "const" and not multi and isinstance(value["const"], list) and len(value["const"]) != 1:
        yield Finding("mapping.const_many", "error", here, "A list of constants needs `multi: true`.")
    if kind in ("first", "concat"):
        for index, inner in enumerate(value[kind]):
            yield from value_findings(inner, f"{here}.{index}", place, multi=multi and kind == "first")
    if kind == "first":
        yield from _unreachable(value["first"], here)


def _check(kind: str, content: Any, place: Place) -> None:
    match kind:
        case "property":
            term(content)
        case "template":
            for name in template.names(content):
                term(name)
        case "xpath":
            xpath.compile_xpath(content, place.namespaces)
            _check_cost(xpath.cost_exponent(content), "xpath", "XPath")
        case "jsonpath":
            jsonquery.compile_query(content)
            _check_cost(jsonquery.cost_exponent(content), "jsonpath", "JSONPath")


def _check_cost(exponent: int, code: str, name: str) -> None:
    if exponent > MAX_EXPONENT:
        raise Invalid(
            f"The {name} searches the whole file again for every part of the file.",
            code=f"mapping.{code}_too_costly",
            remedy="Write the path out from the root.",
        )


def _out_of_place(kind: str, content: Any, path: str, place: Place) -> Iterator[Finding]:
    asked = [content] if kind == "property" else template.names(content) if kind == "template" else []
    for found in map(term, asked):
        if found.scope == "document" and place.target == "case":
            yield Finding(
                "mapping.vocabulary_out_of_place",
                "error",
                path,
                f"{found.name} is not known for the case file: it belongs to one document.",
                "Use it in a document target.",
            )
        elif found.scope == "message" and place.target != "message":
            yield Finding(
                "mapping.vocabulary_out_of_place",
                "warning",
                path,
                f"{found.name} is known only when a message is filed.",
                "Use it in the target message.",
            )


def _unreachable(alternatives: list[Value], path: str) -> Iterator[Finding]:
    filled = None
    for index, alternative in enumerate(alternatives):
        if filled is not None or alternative in alternatives[:index]:
            yield Finding(
                "mapping.unreachable",
                "warning",
                f"{path}.{index}",
                "This alternative is never reached: one before it always has a value, or is the same.",
                "Change the order, or take it out.",
            )
        elif _is_filled(alternative):
            filled = index


def _is_filled(value: Value) -> bool:
    try:
        return never_empty(value)
    except Invalid:  # a broken template is told where it stands
        return False
