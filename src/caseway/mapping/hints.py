"""Names close to one that is not known, so that a message can ask "did you mean …?"."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def close_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name closest to `name`, or None when nothing is near."""
    by_folded = {candidate.casefold(): candidate for candidate in sorted(known, reverse=True)}
    found = get_close_matches(name.casefold(), sorted(by_folded), n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return a remedy that names the closest known name, or lists what is known where that is short."""
    candidates = sorted(set(known))
    close = close_name(name, candidates)
    if close:
        return f"Did you mean {close}?"
    if candidates and len(candidates) <= 12:
        return f"Known here: {', '.join(candidates)}."
    return ""
