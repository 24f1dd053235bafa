"""Problems of a rejection, in plain words and in those of the standard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caseway.portal.receiving_words import instance_words, problem_words
from caseway.portal.words import Words


@dataclass(frozen=True)
class ShownProblem:
    """A problem in plain words, and in those of the standard as the sender reads them."""

    words: Words
    about: Words
    title: str
    detail: str
    type: str
    instance: str


def shown_problems(problems: Sequence[Mapping[str, Any]]) -> list[ShownProblem]:
    """Return problems as they are shown; members that a sender left out are empty."""
    return [_shown(one) for one in problems]


def _shown(problem: Mapping[str, Any]) -> ShownProblem:
    said = {name: str(problem.get(name) or "") for name in ("type", "title", "detail", "instance")}
    return ShownProblem(problem_words(said["type"], said["title"]), instance_words(said["instance"]), **said)
