"""Which rails there are: found by entry point, ours by the same door as a third party's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from caseway.core.errors import NotConfigured
from caseway.rails.contract import Rail

GROUP = "caseway.rails"


def rail(rail_id: str) -> Rail:
    """Return a rail by id. Raises `NotConfigured` (`rail.unknown`, and what `rails` raises)."""
    found = rails().get(rail_id)
    if found is None:
        raise NotConfigured(
            f"There is no rail “{rail_id}”.",
            code="rail.unknown",
            remedy=f"Install the package that brings it. There are: {', '.join(rails()) or 'none'}.",
            rail=rail_id,
        )
    return found


@cache
def rails() -> Mapping[str, Rail]:
    """Return every installed rail by id, sorted; loaded once.

    Raises `NotConfigured`: `rail.broken` when one cannot be loaded or is no rail, `rail.doubled` when two
    packages bring the same id.
    """
    found: dict[str, Rail] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        one = _load(entry)
        if entry.name in found:
            raise NotConfigured(
                f"Two packages bring the rail “{entry.name}”.",
                code="rail.doubled",
                remedy="Uninstall one of them.",
                rail=entry.name,
            )
        found[entry.name] = one
    return MappingProxyType(found)


def _load(entry: EntryPoint) -> Rail:
    try:
        one = entry.load()
    except (ImportError, AttributeError) as error:
        raise _broken(entry, str(error)) from error
    if not isinstance(one, Rail):
        raise _broken(entry, "it does not keep the contract of a rail")
    if one.manifest.id != entry.name:
        raise _broken(entry, f"its manifest calls it {one.manifest.id}")
    return one


def _broken(entry: EntryPoint, why: str) -> NotConfigured:
    return NotConfigured(
        f"The rail “{entry.name}” cannot be loaded: {why}.",
        code="rail.broken",
        remedy=f"Repair or uninstall the package that brings {entry.value}.",
        rail=entry.name,
    )
