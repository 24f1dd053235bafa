"""What changed between two resolved mappings, one line a change, in words a person reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from caseway.mapping.document import dotted
from caseway.mapping.expressions import describe
from caseway.mapping.resolve import is_atom

Path = tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """One change: `before` is None for what is new, `after` None for what is gone.

    `path` is dotted (`targets.case.properties.355.value`); `label` is the property's label where there is
    one. A value is shown as its description (`property submission.id`), everything else as its JSON.
    """

    path: str
    before: Any
    after: Any
    label: str = ""

    @property
    def kind(self) -> str:
        """added, removed or changed."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


def diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return every change from one resolved mapping to another, in the order of the places' names.

    A property that came or went is one change; `id`, `version` and `title` are left out.
    """
    own = ("id", "version", "title")
    left = {key: value for key, value in before.items() if key not in own}
    right = {key: value for key, value in after.items() if key not in own}
    return list(_changes(left, right, ()))


def _changes(before: Any, after: Any, path: Path) -> Iterator[Change]:
    if before == after:
        return
    if _is_map(before, path) and _is_map(after, path):
        for key in sorted({*before, *after}):
            inner = (*path, key)
            for change in _changes(before.get(key), after.get(key), inner):
                yield _labelled(change, inner, before.get(key), after.get(key))
    else:
        yield Change(dotted(path), _shown(before, path), _shown(after, path))


def _is_map(value: Any, path: Path) -> bool:
    return isinstance(value, Mapping) and not is_atom(path)


def _labelled(change: Change, path: Path, before: Any, after: Any) -> Change:
    if len(path) != 4 or path[0] != "targets" or path[2] != "properties":
        return change
    label = str((after or before or {}).get("label") or "")
    return Change(change.path, change.before, change.after, label)


def _shown(value: Any, path: Path) -> Any:
    if not isinstance(value, Mapping):
        return value
    if is_atom(path) and path[-1] in ("value", "name"):
        return describe(value)
    if len(path) == 4 and path[2] == "properties" and "value" in value:
        return describe(value["value"])
    return dict(value)
