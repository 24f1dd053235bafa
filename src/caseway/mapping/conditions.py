"""When a target or a property applies: present, equals, in, all, any, not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from caseway.mapping.expressions import Source, Value, evaluate
from caseway.mapping.scalars import clean, scalar, text_of

Condition = Mapping[str, Any]


def holds(condition: Condition | None, source: Source) -> bool:
    """Say whether a condition holds; no condition always does.

    Texts are compared trimmed and in NFC; a value with several nodes equals when one of them does. Raises
    `Invalid` as `expressions.evaluate` does.
    """
    if not condition:
        return True
    kind, content = next(iter(condition.items()))
    match kind:
        case "all":
            return all(holds(inner, source) for inner in content)
        case "any":
            return any(holds(inner, source) for inner in content)
        case "not":
            return not holds(content, source)
        case "present":
            return bool(evaluate(content, source, multi=True))
    value, wanted = content
    options = wanted if kind == "in" else [wanted]
    return bool(_texts(value, source) & {_text(option, source) for option in options})


def values_in(condition: Condition | None, path: str) -> Iterator[tuple[str, Value]]:
    """Yield (place, value) of every value a condition asks, for lint."""
    for kind, content in (condition or {}).items():
        match kind:
            case "all" | "any":
                for index, inner in enumerate(content):
                    yield from values_in(inner, f"{path}.{kind}.{index}")
            case "not":
                yield from values_in(content, f"{path}.not")
            case "present":
                yield f"{path}.present", content
            case _:
                yield f"{path}.{kind}.0", content[0]


def _texts(value: Value, source: Source) -> set[str]:
    return {_text(item, source) for item in evaluate(value, source, multi=True)}


def _text(value: Any, source: Source) -> str:
    known = scalar(value)
    return "" if known is None else clean(text_of(known, source.timezone))
