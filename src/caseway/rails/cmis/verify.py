"""A resolved mapping against the live DMS: its types, its folders, and whether objects can be known again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from caseway.core.errors import CasewayError
from caseway.mapping import findings as told
from caseway.mapping.verify import verify as against_types
from caseway.rails.cmis.errors import ObjectNotFound
from caseway.rails.cmis.plan import types_of
from caseway.rails.cmis.session import Session
from caseway.rails.contract import Finding, Report


def verify(session: Session, mapping: Mapping[str, Any]) -> Report:
    """Return what the DMS would refuse today; a warning counts as well and says so in its details."""
    for target in _enabled(mapping).values():
        for type_id in (target["type"], *target["secondaryTypes"]):
            session.forget_type(type_id)
    types = types_of(mapping, session)
    raw = {key: one.raw for key, one in types.items()}
    found = [_shown(one) for one in against_types(mapping, raw)]
    found += _parents(session, mapping)
    found += _aspect(mapping, types)
    for type_id, kind in types.items():
        details = {"type": type_id, "fingerprint": kind.fingerprint}
        found.append(Finding("cmis.type", True, f"The type {type_id} is there.", details=details))
    return Report(found)


def _enabled(mapping: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {name: one for name, one in mapping["targets"].items() if one["enabled"]}


def _shown(one: told.Finding) -> Finding:
    details = {"path": one.path, "level": one.level}
    return Finding(one.code, one.level != "error", one.sentence, one.remedy, details)


def _parents(session: Session, mapping: Mapping[str, Any]) -> Iterator[Finding]:
    for name, target in _enabled(mapping).items():
        parent = target["parent"]
        if "target" in parent:
            continue
        place = {"path": f"targets.{name}.parent", "level": "error"}
        where = parent.get("id") or session.path(parent["path"])
        try:
            there = session.client.object(where) if "id" in parent else session.client.object_by_path(where)
        except ObjectNotFound:
            remedy = "Create the folder in the DMS, or correct the mapping."
            yield Finding("cmis.parent_missing", False, f"The DMS has no folder {where}.", remedy, place)
        except CasewayError as error:
            yield Finding(error.code, False, error.sentence, error.remedy, place)
        else:
            folder = there.properties.get("cmis:baseTypeId") in (None, "cmis:folder")
            sentence = f"The folder {where} is there." if folder else f"{where} is no folder."
            yield Finding("cmis.parent" if folder else "cmis.parent_missing", folder, sentence, "", place)


def _aspect(mapping: Mapping[str, Any], types: Mapping[str, Any]) -> Iterator[Finding]:
    name = mapping["idempotency"].get("secondaryType")
    if name and name not in types:
        yield Finding(
            "cmis.aspect_missing",
            False,
            f"The DMS has no secondary type {name}.",
            "Have it made in the DMS, or take secondaryType out of the mapping.",
            {"path": "idempotency.secondaryType", "level": "error"},
        )
