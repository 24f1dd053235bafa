"""Regions by their official keys: when one lies in another, and which keys can be compared.

A regional key (ARS) has 12 digits in five levels (2, 1, 2, 4, 3: state, government district, district, union
of municipalities, municipality); shorter ones, and ones that end with empty levels, mean the whole of it. A
municipality key (AGS) has 8, the union in the middle left out, so that its first five are those of the ARS.
"""

from __future__ import annotations

_LEVELS = ((9, 12), (5, 9), (3, 5), (2, 3))
_COMMON = 5  # digits that ARS and AGS share


def overlap(one: str, other: str) -> bool:
    """Say whether one of two ARS lies in the other: a state and a district of it, or back."""
    first, second = without_empty_levels(one), without_empty_levels(other)
    return first.startswith(second) or second.startswith(first)


def without_empty_levels(key: str) -> str:
    """Return an ARS without the levels at its end that are all zero, which mean the whole of it."""
    for start, end in _LEVELS:
        if len(key) == end and not key[start:].strip("0"):
            key = key[:start]
    return key


def comparable(kind: str, place: str) -> str:
    """Return what of a place (ars, ags or area_id) can be held against an ARS; empty where nothing can."""
    if kind == "ars":
        return place
    return place[:_COMMON] if kind == "ags" else ""
