"""YAML in and out, without its traps.

Read from parser events, so that nothing is built before it is checked: no anchors, aliases or tags (the
"billion laughs" of YAML), no key twice, bounded size, depth and number of nodes. Plain scalars follow the
JSON part of YAML 1.2 section 10.2: `no`, `12:00`, `007` and `2026-11-16` stay text. Keys are always text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml import events

from caseway.core.errors import Invalid, TooLarge

MAX_BYTES = 512 * 1024
MAX_DEPTH = 40
MAX_NODES = 50_000

_LOADER: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
_NULL = {"", "~", "null", "Null", "NULL"}
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

# Keys whose value the language wants as text, so that `keyProperty: 355` means what it says.
_TEXT_WORDS = """
    id title connection timezone extends type label lookup keyProperty secondaryType statusLookup path
    principal template xpath jsonpath separator split join pattern dateFormat timeOfDay property
    trueValues falseValues secondaryTypes permissions
"""
_TEXT_KEYS = frozenset(_TEXT_WORDS.split())
_TABLE = "a look-up table"


def load(text: str | bytes) -> Any:
    """Return what the YAML text says, as dict, list, str, int, float, bool or None.

    Raises `Invalid` (`mapping.yaml`, `mapping.yaml_alias`, `mapping.yaml_tag`, `mapping.duplicate_key`,
    `mapping.control_character`) with `line` and `column` in its details, and `TooLarge`
    (`mapping.too_large`).
    """
    source = _decoded(text)
    if bad := _CONTROL.search(source):
        line = source.count("\n", 0, bad.start()) + 1
        raise Invalid(
            f"Line {line} holds a control character.",
            code="mapping.control_character",
            remedy="Remove it; write it as an escape in double quotes if it is meant.",
            line=line,
        )
    try:
        return _Composer(source).document()
    except yaml.YAMLError as error:
        raise _syntax_error(error) from error


def dump(document: Any) -> str:
    """Return the document as YAML text that `load` reads back to the same document."""
    text: str = yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)
    return text


class _Plain(yaml.SafeDumper):
    """Writes a part that is used twice out twice: `load` knows no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _decoded(text: str | bytes) -> str:
    size = len(text) if isinstance(text, bytes) else len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise TooLarge(
            f"The mapping is larger than {MAX_BYTES // 1024} KiB.",
            code="mapping.too_large",
            remedy="Move large look-up tables out, or split the mapping into a base and what extends it.",
            limit=MAX_BYTES,
            size=size,
        )
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid(
            "The mapping is not UTF-8 text.", code="mapping.yaml", remedy="Save it as UTF-8."
        ) from error


def _syntax_error(error: yaml.YAMLError) -> Invalid:
    mark = getattr(error, "problem_mark", None)
    place = {"line": mark.line + 1, "column": mark.column + 1} if mark else {}
    where = f" at line {place['line']}, column {place['column']}" if place else ""
    return Invalid(
        f"The mapping is not well-formed YAML{where}.",
        code="mapping.yaml",
        remedy="Check the indentation and the quotes there.",
        problem=str(getattr(error, "problem", "") or ""),
        **place,
    )


def _refuse(code: str, sentence: str, remedy: str, event: Any) -> Invalid:
    mark = event.start_mark
    return Invalid(
        f"Line {mark.line + 1}: {sentence}",
        code=code,
        remedy=remedy,
        line=mark.line + 1,
        column=mark.column + 1,
    )


class _Composer:
    """Builds the document from events, refusing what the language does not want."""

    def __init__(self, source: str) -> None:
        self._events: Iterator[Any] = yaml.parse(source, Loader=_LOADER)
        self._nodes = 0

    def document(self) -> Any:
        event = next(self._events)
        while not isinstance(event, events.NodeEvent | events.StreamEndEvent):
            event = next(self._events)
        if isinstance(event, events.StreamEndEvent):
            return None
        value = self._node(event, 0, "")
        for rest in self._events:
            if isinstance(rest, events.DocumentStartEvent):
                raise _refuse(
                    "mapping.yaml", "a second document starts here.", "Keep one mapping a file.", rest
                )
        return value

    def _node(self, event: Any, depth: int, key: str) -> Any:
        self._check(event, depth)
        if isinstance(event, events.ScalarEvent):
            return _scalar(event, key)
        if isinstance(event, events.SequenceStartEvent):
            return list(self._items(depth, key))
        return self._mapping(depth, key)

    def _check(self, event: Any, depth: int) -> None:
        self._nodes += 1
        if isinstance(event, events.AliasEvent) or event.anchor is not None:
            raise _refuse(
                "mapping.yaml_alias", "anchors and aliases are not allowed.", "Write it out.", event
            )
        if event.tag is not None:
            raise _refuse(
                "mapping.yaml_tag", "tags (!) are not allowed.", "Quote the text if ! is meant.", event
            )
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise TooLarge(
                "The mapping is nested too deep or has too many parts.",
                code="mapping.too_large",
                remedy=f"Keep it under {MAX_DEPTH} levels and {MAX_NODES} parts.",
            )

    def _items(self, depth: int, key: str) -> Iterator[Any]:
        while not isinstance(event := next(self._events), events.SequenceEndEvent):
            yield self._node(event, depth + 1, key)

    def _mapping(self, depth: int, under: str) -> dict[str, Any]:
        result: dict[str, Any] = {}
        tables = under in ("lookups", _TABLE)  # the author's own words, not those of the language
        while not isinstance(event := next(self._events), events.MappingEndEvent):
            key = self._key(event, depth)
            if key in result:
                raise _refuse(
                    "mapping.duplicate_key", f"the key {key} is there twice.", "Keep one of them.", event
                )
            result[key] = self._node(next(self._events), depth + 1, _TABLE if tables else key)
        return result

    def _key(self, event: Any, depth: int) -> str:
        if not isinstance(event, events.ScalarEvent):
            raise _refuse("mapping.yaml", "a key must be text.", "Write the key as one word.", event)
        self._check(event, depth)
        return str(event.value)


def _scalar(event: Any, key: str) -> Any:
    text = str(event.value)
    if not event.implicit[0]:  # quoted or a block: always text
        return text
    if text in _NULL:
        return None
    if key in _TEXT_KEYS:
        return text
    if text in _TRUTH:
        return _TRUTH[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text) and repr(float(text)) == text:  # what a float would change stays text
        return float(text)
    return text
