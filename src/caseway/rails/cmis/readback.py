"""The proof of a step: what the DMS says it holds, compared with what was sent."""

from __future__ import annotations

from typing import Any

from caseway.rails.cmis.answer import CmisObject
from caseway.rails.cmis.identity import normal
from caseway.rails.cmis.locate import Locator, duplicate
from caseway.rails.cmis.target import Target
from caseway.rails.contract import Receipt

_SHOWN = {
    "type": "cmis:objectTypeId",
    "version_series": "cmis:versionSeriesId",
    "version": "cmis:versionLabel",
    "change_token": "cmis:changeToken",
    "path": "cmis:path",
}


def made(created: CmisObject, name: str, target: Target, locator: Locator) -> Receipt:
    """Return the receipt of an object we made.

    A server may choose another name instead of refusing (CMIS 1.1 §2.2.4.1): the real one is kept with a
    warning, and doubles are looked for. Raises `Refused` (`cmis.duplicate_found`).
    """
    warnings = []
    if renamed(created, name):
        warnings.append("cmis.renamed_by_server")
        ids = sorted({created.id, *locator.count_ours()})
        if len(ids) > 1:
            raise duplicate(ids)
    if name != target.name:
        warnings.append("cmis.name_numbered")
    if target.content and created.properties.get("cmis:contentStreamLength") not in (
        None,
        target.content.size,
    ):
        warnings.append("cmis.length_differs")
    return Receipt(created.id, facts(created, target), warnings=tuple(warnings))


def renamed(created: CmisObject, name: str) -> bool:
    """Say whether the server gave another name than the one sent."""
    return bool(created.name) and normal(created.name) != normal(name)


def adopted(found: CmisObject, target: Target, warnings: tuple[str, ...] = ()) -> Receipt:
    """Return the receipt of an object that was there already and is ours."""
    more = ("cmis.renamed",) if renamed(found, target.name) else ()
    return Receipt(found.id, facts(found, target), adopted=True, warnings=(*warnings, *more))


def facts(found: CmisObject, target: Target) -> dict[str, Any]:
    """Return what a receipt keeps of an object."""
    shown = {name: found.properties.get(source) for name, source in _SHOWN.items()}
    kept: dict[str, Any] = {name: value for name, value in shown.items() if value is not None}
    kept["name"] = found.name
    if target.content:
        kept |= {"length": found.length, "sha256": target.content.sha256}
    return kept
