"""One rule of a mapping as the inputs of a form, and back without loss.

What the inputs cannot say (nested fallbacks, a constant that is not text, explicit nulls) is shown as the
rule's own YAML instead, so that opening and keeping a mapping never changes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from caseway.core.errors import Invalid
from caseway.mapping import yamltext

Fields = dict[str, str]

INHERIT, REMOVE, EXPERT = "", "remove", "expert"
ONE_LINE_KINDS = ("property", "xpath", "jsonpath", "const", "template")
MANY_LINE_KINDS = ("first", "concat")
KINDS = (*ONE_LINE_KINDS, *MANY_LINE_KINDS)

_FLAGS = ("required", "multi", "final", "sensitive")
_WORDS = ("label", "type", "default", "lookup", "onUnmapped", "onEmpty", "onOverflow")
CONVERT_WORDS = (
    "dateFormat",
    "timeOfDay",
    "timezone",
    "numberLocale",
    "split",
    "join",
    "case",
    "pattern",
    "normalize",
)
_CONVERT_LISTS = ("trueValues", "falseValues")
CONVERT_FIELDS = (*CONVERT_WORDS, *_CONVERT_LISTS, "truncate", "trim")
FIELD_NAMES = (
    "id",
    "kind",
    "value",
    "separator",
    *_WORDS,
    *_FLAGS,
    "when",
    "when_source",
    "when_value",
    *CONVERT_FIELDS,
    "expert",
)


def to_fields(rule: Mapping[str, Any] | None) -> Fields:
    """Return the inputs for one rule (None removes an inherited one); `to_rule` gives the same rule back."""
    if rule is None:
        return {"kind": REMOVE}
    try:
        fields = _simple_fields(rule)
        if to_rule(fields) == rule:
            return fields
    except (_NotSimple, Invalid):
        pass
    return {"kind": EXPERT, "expert": yamltext.dump(dict(rule)), "label": str(rule.get("label") or "")}


def to_rule(fields: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the rule that the inputs say; None to remove. Raises `Invalid` with `field` in its details."""
    kind = fields.get("kind", INHERIT)
    if kind == REMOVE:
        return None
    if kind == EXPERT:
        return _expert_rule(fields.get("expert", ""))
    rule: dict[str, Any] = {name: fields[name] for name in _WORDS if fields.get(name)}
    if kind != INHERIT:
        rule["value"] = _value(kind, fields)
    rule |= {name: fields[name] == "yes" for name in _FLAGS if fields.get(name)}
    if convert := _convert(fields):
        rule["convert"] = convert
    if condition := _condition(fields):
        rule["when"] = condition
    return rule


def value_line(value: Mapping[str, Any]) -> str:
    """Return a value of one kind as `kind: expression`, the notation of fallbacks and conditions."""
    kind = _only_kind(value)
    if kind not in ONE_LINE_KINDS or not isinstance(value[kind], str) or "\n" in value[kind]:
        raise _NotSimple
    return f"{kind}: {value[kind]}"


def line_value(line: str, field: str) -> dict[str, Any]:
    """Return the value that `kind: expression` says. Raises `Invalid` (`mapping.value_notation`)."""
    kind, colon, expression = line.partition(":")
    if not colon or kind.strip() not in ONE_LINE_KINDS or not expression.strip():
        raise Invalid(
            f"“{line[:60]}” does not say where the value comes from.",
            code="mapping.value_notation",
            remedy=f"Write a kind, a colon and the expression. Kinds: {', '.join(ONE_LINE_KINDS)}.",
            field=field,
        )
    return {kind.strip(): expression.strip()}


class _NotSimple(Exception):
    """The inputs have no way to say it."""


def _simple_fields(rule: Mapping[str, Any]) -> Fields:
    fields: Fields = {}
    for name, value in rule.items():
        if name == "value":
            fields |= _value_fields(value)
        elif name == "convert":
            fields |= _convert_fields(value)
        elif name == "when":
            fields |= _condition_fields(value)
        elif name in _FLAGS:
            fields[name] = _flag(value)
        else:
            fields[name] = _text(value)
    return fields


def _value_fields(value: Any) -> Fields:
    kind = _only_kind({key: part for key, part in value.items() if key != "separator"})
    if kind in ONE_LINE_KINDS:
        return {"kind": kind, "value": _text(value[kind])}
    fields = {"kind": kind, "value": "\n".join(value_line(part) for part in value[kind])}
    if "separator" in value:
        fields["separator"] = _visible(value["separator"])
    return fields


def _value(kind: str, fields: Mapping[str, str]) -> dict[str, Any]:
    text = fields.get("value", "")
    if not text.strip():
        raise Invalid(
            "The rule says nothing about where its value comes from.",
            code="mapping.value_missing",
            remedy="Fill it in, or choose it in the source column.",
            field="value",
        )
    if kind in ONE_LINE_KINDS:
        line = " ".join(text.splitlines())
        return {kind: line if kind in ("const", "template") else line.strip()}
    parts = [line_value(line, "value") for line in text.splitlines() if line.strip()]
    if kind == "concat" and fields.get("separator"):
        return {kind: parts, "separator": _invisible(fields["separator"])}
    return {kind: parts}


def _convert_fields(convert: Any) -> Fields:
    fields: Fields = {}
    for name, value in convert.items():
        if name in _CONVERT_LISTS:
            fields[name] = ", ".join(_item(entry) for entry in value)
        elif name == "trim":
            fields[name] = _flag(value)
        elif name == "truncate":
            fields[name] = str(int(value))
        elif name in ("split", "join"):
            fields[name] = _visible(_text(value))
        else:
            fields[name] = _text(value)
    return fields


def _convert(fields: Mapping[str, str]) -> dict[str, Any]:
    convert: dict[str, Any] = {name: fields[name] for name in CONVERT_WORDS if fields.get(name)}
    convert |= {name: _invisible(fields[name]) for name in ("split", "join") if fields.get(name)}
    for name in _CONVERT_LISTS:
        if fields.get(name, "").strip():
            convert[name] = [entry.strip() for entry in fields[name].split(",") if entry.strip()]
    if fields.get("truncate"):
        convert["truncate"] = _whole_number(fields["truncate"])
    if fields.get("trim"):
        convert["trim"] = fields["trim"] == "yes"
    return convert


def _condition_fields(condition: Any) -> Fields:
    kind = _only_kind(condition)
    if kind == "present":
        return {"when": kind, "when_source": value_line(condition[kind])}
    if kind == "equals":
        source, wanted = condition[kind]
        return {"when": kind, "when_source": value_line(source), "when_value": _text(wanted)}
    if kind == "in":
        source, wanted = condition[kind]
        entries = ", ".join(_item(entry) for entry in wanted)
        return {"when": kind, "when_source": value_line(source), "when_value": entries}
    raise _NotSimple


def _condition(fields: Mapping[str, str]) -> dict[str, Any] | None:
    kind = fields.get("when", "")
    if not kind:
        return None
    source = line_value(fields.get("when_source", ""), "when_source")
    wanted = fields.get("when_value", "")
    if kind == "present":
        return {kind: source}
    if kind == "equals":
        return {kind: [source, wanted]}
    return {kind: [source, [entry.strip() for entry in wanted.split(",") if entry.strip()]]}


def _expert_rule(text: str) -> dict[str, Any]:
    rule = yamltext.load(text)
    if not isinstance(rule, dict):
        raise Invalid(
            "The rule is not a YAML map.",
            code="mapping.value_notation",
            remedy="Write `value:` and what belongs to it, or choose a kind.",
            field="expert",
        )
    return rule


def _only_kind(value: Any) -> str:
    if not isinstance(value, Mapping) or len(value) != 1:
        raise _NotSimple
    return str(next(iter(value)))


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value or "\n" in value or "\r" in value:
        raise _NotSimple
    return value


def _item(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or "," in value:
        raise _NotSimple
    return value


def _flag(value: Any) -> str:
    if not isinstance(value, bool):
        raise _NotSimple
    return "yes" if value else "no"


def _visible(text: str) -> str:
    """Show what a browser would trim or a person not see: a blank, a tab, a line break."""
    return {" ": "␠", "\t": "⇥", "\n": "⏎"}.get(text, text)


def _invisible(text: str) -> str:
    return {"␠": " ", "⇥": "\t", "⏎": "\n"}.get(text, text)


def _whole_number(text: str) -> int:
    if not text.strip().isascii() or not text.strip().isdigit():
        raise Invalid(
            "This is not a whole number.",
            code="mapping.value_notation",
            remedy="Digits only.",
            field="truncate",
        )
    return int(text.strip())
