"""Where a value comes from: property, xpath, jsonpath, const, template, first, concat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from caseway.core.errors import Invalid
from caseway.mapping import jsonquery, template, xpath
from caseway.mapping.facts import Facts
from caseway.mapping.scalars import Scalar, is_empty, scalar, text_of, zone
from caseway.mapping.vocabulary import ALWAYS_KNOWN, Term, find_term, term

Value = Mapping[str, Any]


class Source:
    """The facts of one object, and the means to ask them. The structured file is parsed once, when asked."""

    def __init__(self, facts: Facts, *, namespaces: Mapping[str, str], timezone: str) -> None:
        self.facts = facts
        self.namespaces = namespaces
        self.timezone: ZoneInfo = zone(timezone)

    def with_values(self, more: Mapping[str, Any]) -> Source:
        """Return the same source with the values of one document or message added."""
        other = Source(self.facts.with_values(more), namespaces=self.namespaces, timezone=self.timezone.key)
        if self.facts.xml is not None and "tree" in self.__dict__:
            other.__dict__["tree"] = self.tree
        return other

    @cached_property
    def tree(self) -> tuple[Any, int]:
        """The root of the structured XML file and its number of nodes."""
        return xpath.parse(self.facts.xml or b"")

    def property(self, name: str) -> Scalar | None:
        """Return the value of one name of the vocabulary, or None where it is not known."""
        return scalar(self.facts.values.get(term(name).name))


def evaluate(value: Value, source: Source, *, multi: bool = False) -> list[Scalar]:
    """Return the values an expression yields; an empty list is "nothing".

    Without `multi` more than one value is an error, never "the first". Raises `Invalid`: the codes of
    `xpath`, `jsonquery`, `template` and the vocabulary, and `mapping.xpath_many`, `mapping.jsonpath_many`,
    `mapping.const_many`.
    """
    kind = kind_of(value)
    values = [item for item in _EVALUATE[kind](value, source, multi) if not is_empty(item)]
    if len(values) > 1 and not multi:
        raise Invalid(
            f"The {kind} gives {len(values)} values, but the property takes one.",
            code=f"mapping.{kind}_many",
            remedy="Narrow it down, or set `multi: true` where the DMS takes several.",
            count=len(values),
        )
    return values


def kind_of(value: Value) -> str:
    """Return which of the seven kinds a value is."""
    return next(kind for kind in _EVALUATE if kind in value)


def parts(value: Value) -> Iterator[Value]:
    """Yield the value and every value inside it (of `first` and `concat`)."""
    yield value
    for inner in (*value.get("first", ()), *value.get("concat", ())):
        yield from parts(inner)


def terms(value: Value) -> Iterator[Term]:
    """Yield the terms of the vocabulary a value asks for; unknown names are left out."""
    for part in parts(value):
        asked = template.names(part["template"]) if "template" in part else [part.get("property", "")]
        yield from (found for found in map(find_term, asked) if found)


def never_empty(value: Value) -> bool:
    """Say whether a value is certain to yield something, whatever the submission holds."""
    kind = kind_of(value)
    content = value[kind]
    match kind:
        case "const":
            return any(str(item).strip() for item in (content if isinstance(content, list) else [content]))
        case "property":
            found = find_term(content)
            return found is not None and found.name in ALWAYS_KNOWN
        case "template":
            return any(isinstance(piece, str) and piece.strip() for piece in template.parse(content))
        case "first" | "concat":
            return any(never_empty(inner) for inner in content)
    return False


def describe(value: Value) -> str:
    """Return where a value comes from, for the preview: `property submission.id`, `const DOC01`."""
    kind = kind_of(value)
    if kind in ("first", "concat"):
        return f"{kind} ({'; '.join(describe(inner) for inner in value[kind])})"
    content = value[kind]
    return f"{kind} {', '.join(map(str, content)) if isinstance(content, list) else content}"


def _property(value: Value, source: Source, multi: bool) -> list[Scalar]:
    found = source.property(value["property"])
    return [] if found is None else [found]


def _xpath(value: Value, source: Source, multi: bool) -> list[Scalar]:
    if source.facts.xml is None:
        xpath.compile_xpath(value["xpath"], source.namespaces)
        return []
    root, nodes = source.tree
    return xpath.evaluate(value["xpath"], source.namespaces, root, nodes)


def _jsonpath(value: Value, source: Source, multi: bool) -> list[Scalar]:
    if source.facts.json is None:
        jsonquery.compile_query(value["jsonpath"])
        return []
    return jsonquery.evaluate(value["jsonpath"], source.facts.json)


def _const(value: Value, source: Source, multi: bool) -> list[Scalar]:
    const = value["const"]
    found = [scalar(item) for item in (const if isinstance(const, list) else [const])]
    return [item for item in found if item is not None]


def _template(value: Value, source: Source, multi: bool) -> list[Scalar]:
    return [template.render(value["template"], source.property, source.timezone)]


def _first(value: Value, source: Source, multi: bool) -> list[Scalar]:
    found = (evaluate(inner, source, multi=multi) for inner in value["first"])
    return next((values for values in found if values), [])


def _concat(value: Value, source: Source, multi: bool) -> list[Scalar]:
    found = [item for inner in value["concat"] for item in evaluate(inner, source)]
    return [value.get("separator", "").join(text_of(item, source.timezone) for item in found)]


_EVALUATE = {
    "property": _property,
    "xpath": _xpath,
    "jsonpath": _jsonpath,
    "const": _const,
    "template": _template,
    "first": _first,
    "concat": _concat,
}
