"""Who still needs an old key? Asked before its private part is erased for good.

Another part of Caseway registers a question when its app is ready; the answer is a sentence, or None.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from caseway.core.clock import now
from caseway.delivery.models import ConnectionKey

Question: TypeAlias = Callable[[ConnectionKey], str | None]

_questions: list[Question] = []


def ask(question: Question) -> Question:
    """Have a question asked of every key that is about to be erased; runs in the organisation's scope."""
    if question not in _questions:
        _questions.append(question)
    return question


def needs_of(key: ConnectionKey) -> list[str]:
    """Return why a key may still be needed, in sentences; empty when nothing speaks against erasing it."""
    own = [sentence] if (sentence := _by_its_state(key)) else []
    return own + needs_of_others(key)


def needs_of_others(key: ConnectionKey) -> list[str]:
    """Return what the other parts of Caseway still need a key for."""
    return [sentence for question in _questions if (sentence := question(key))]


def _by_its_state(key: ConnectionKey) -> str | None:
    if key.state == ConnectionKey.State.IN_FORCE:
        return "It is in force."
    if key.state == ConnectionKey.State.OVERLAP and (key.overlap_until or now()) > now():
        return f"Its overlap lasts until {key.overlap_until:%Y-%m-%d}."
    return None
