"""Patterns a text must fit: regular expressions cut down to what cannot run away.

No lookaround, back reference or named group; at most four open repeats; no repeat of a group that itself
repeats or chooses. So the worst text costs a fixed power of its length, and the length is bounded.
"""

from __future__ import annotations

import re
from functools import lru_cache

from caseway.core.errors import Invalid

MAX_TEXT = 500
MAX_REPEATS = 4

_TOKEN = re.compile(
    r"(?P<escape>\\.)|(?P<set>\[\^?\]?(?:\\.|[^\]\[\\])*\])|(?P<open>\((?:\?:)?)|(?P<close>\))|"
    r"(?P<repeat>[*+?]|\{[0-9]*,?[0-9]*\})|(?P<choice>\|)|(?P<plain>[^\\\[(])",
    re.DOTALL,
)


def fits(pattern: str, text: str) -> bool:
    """Say whether the whole text fits. Raises `Invalid` as `compile_pattern` does."""
    return len(text) <= MAX_TEXT and compile_pattern(pattern).fullmatch(text) is not None


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Return the compiled pattern. Raises `Invalid` (`mapping.pattern`)."""
    _check_cost(pattern)
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise _bad() from error


def _check_cost(pattern: str) -> None:
    repeats, end = 0, 0
    groups: list[bool] = []  # per open group: does it repeat or choose inside
    closed_busy = False
    for match in _TOKEN.finditer(pattern):
        if match.start() != end or _is_forbidden(match):
            raise _bad()
        end, kind = match.end(), match.lastgroup
        if kind == "repeat" and match.group() != "?":
            repeats += 1
            if closed_busy or repeats > MAX_REPEATS:
                raise _bad()
        closed_busy = bool(kind == "close" and groups and groups.pop())
        if kind == "open":
            groups.append(False)
        elif kind in ("repeat", "choice") or closed_busy:
            groups = [True] * len(groups)
    if end != len(pattern):
        raise _bad()


def _is_forbidden(match: re.Match[str]) -> bool:
    """Back references, groups that begin with ? other than (?:, and sets that may once mean more."""
    escape = match["escape"]
    if escape and (escape[1].isdigit() or escape[1] in "gk"):
        return True
    if any(double in (match["set"] or "") for double in ("--", "&&", "~~", "||")):
        return True
    return match["open"] == "(" and match.string[match.end() : match.end() + 1] == "?"


def _bad() -> Invalid:
    return Invalid(
        "The pattern is not a simple regular expression.",
        code="mapping.pattern",
        remedy="Use letters, sets, (?: ) groups and up to four repeats, none inside a repeated group.",
    )
