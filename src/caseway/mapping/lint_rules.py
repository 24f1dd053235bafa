"""Lint of one property rule: do its type, its conversions and its value go together?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from caseway.core.errors import Invalid
from caseway.mapping import convert, textpattern
from caseway.mapping.datepattern import check_pattern
from caseway.mapping.expressions import kind_of, terms
from caseway.mapping.findings import Finding
from caseway.mapping.scalars import scalar, zone
from caseway.mapping.vocabulary import find_term

Rule = Mapping[str, Any]

# Which types an option of `convert` speaks of.
_OPTION_TYPES = {
    "trueValues": ("boolean",),
    "falseValues": ("boolean",),
    "numberLocale": ("integer", "decimal"),
    "dateFormat": ("datetime",),
    "timeOfDay": ("datetime",),
    "timezone": ("datetime",),
}
# What a value of the vocabulary can become.
_BECOMES = {
    "integer": ("integer", "decimal", "string", "id", "html"),
    "datetime": ("datetime", "string", "id", "html"),
}
_UTC = ZoneInfo("UTC")


def rule_findings(rule: Rule, path: str) -> Iterator[Finding]:
    """Yield what is wrong or doubtful in one property rule."""
    yield from _options(rule, path)
    yield from _option_types(rule, path)
    yield from _vocabulary_type(rule, path)
    yield from _constants(rule, path)
    yield from _booleans(rule, path)
    yield from _on_empty(rule, path)
    yield from _sensitive(rule, path)


def _options(rule: Rule, path: str) -> Iterator[Finding]:
    options = rule.get("convert") or {}
    checks: dict[str, Callable[[str], object]] = {
        "pattern": textpattern.compile_pattern,
        "dateFormat": lambda pattern: check_pattern(pattern, reading=True),
        "timezone": zone,
    }
    for name, check in checks.items():
        if name in options:
            try:
                check(options[name])
            except Invalid as error:
                yield Finding.of(error, f"{path}.convert.{name}")


def _option_types(rule: Rule, path: str) -> Iterator[Finding]:
    for name in rule.get("convert") or {}:
        wanted = _OPTION_TYPES.get(name)
        if wanted and rule.get("type") and rule["type"] not in wanted:
            yield Finding(
                "mapping.type_conflict",
                "error",
                f"{path}.convert.{name}",
                f"{name} does nothing for the type {rule['type']}.",
                f"It is for {' or '.join(wanted)}.",
            )


def _vocabulary_type(rule: Rule, path: str) -> Iterator[Finding]:
    found = find_term(rule["value"].get("property", ""))
    wanted = rule.get("type")
    if found and wanted and "lookup" not in rule and wanted not in _BECOMES.get(found.type, convert.TYPES):
        yield Finding(
            "mapping.type_conflict",
            "error",
            f"{path}.type",
            f"{found.name} is of type {found.type}, which cannot become {wanted}.",
            "Change the type or the value.",
        )


def _constants(rule: Rule, path: str) -> Iterator[Finding]:
    """Constants and defaults are converted now: what fails here would fail every filing."""
    if not rule.get("type"):
        return
    checked: dict[str, tuple[Any, Rule]] = {"default": (rule.get("default"), {})}
    if kind_of(rule["value"]) == "const" and "lookup" not in rule:
        checked["value.const"] = (rule["value"]["const"], rule.get("convert") or {})
    for name, (content, options) in checked.items():
        for item in content if isinstance(content, list) else [content]:
            known = scalar(item)
            if known in (None, ""):
                continue
            try:
                convert.to_type(known, rule["type"], options, _UTC)
            except Invalid as error:
                yield Finding(error.code, "error", f"{path}.{name}", error.sentence, error.remedy)


def _booleans(rule: Rule, path: str) -> Iterator[Finding]:
    options = rule.get("convert") or {}
    truths, falses = (
        {word.strip().casefold() for word in options.get(name, ())} for name in ("trueValues", "falseValues")
    )
    if truths & falses:
        yield Finding(
            "mapping.type_conflict", "error", f"{path}.convert", "A word is both a true and a false value."
        )
    from_text = kind_of(rule["value"]) != "const" and "lookup" not in rule
    if rule.get("type") == "boolean" and from_text and not (truths and falses):
        yield Finding(
            "mapping.boolean_values",
            "warning",
            f"{path}.convert",
            "Only the words listed are understood as true or false; without lists, only true and false.",
            "List the words the form sends in trueValues and falseValues.",
        )


def _on_empty(rule: Rule, path: str) -> Iterator[Finding]:
    if rule.get("onEmpty") == "emptyString" and rule.get("type") not in (None, *convert.TEXT_TYPES):
        yield Finding(
            "mapping.type_conflict",
            "error",
            f"{path}.onEmpty",
            f"A value of type {rule['type']} cannot be an empty text.",
            "Use omit, unset or fail.",
        )


def _sensitive(rule: Rule, path: str) -> Iterator[Finding]:
    personal = sorted({term.name for term in _terms(rule) if term.personal})
    if personal and not rule.get("sensitive"):
        yield Finding(
            "mapping.sensitive_not_marked",
            "warning",
            path,
            f"{', '.join(personal)} tells about a person. It is masked, but the mapping does not say so.",
            "Set `sensitive: true`.",
        )


def _terms(rule: Rule) -> list[Any]:
    try:
        return list(terms(rule["value"]))
    except Invalid:  # a broken template is told where it stands
        return []
