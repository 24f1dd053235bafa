"""Mappings in and out as files: the five-column table administrators know, and YAML for everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from caseway.access.actor import Actor
from caseway.access.permissions import require
from caseway.core.errors import Invalid
from caseway.mapping import catalogue, document
from caseway.mapping.drafts import NOTHING_SEEN, save_draft
from caseway.mapping.expressions import kind_of
from caseway.mapping.findings import Finding
from caseway.mapping.layout import in_order
from caseway.mapping.models import MappingVersion
from caseway.mapping.table import read_table, table_losses, write_table
from caseway.mapping.table_words import KIND_WORDS


def import_table(
    actor: Actor,
    text: str | bytes,
    mapping_id: str,
    title: str = "",
    base: str | None = None,
    *,
    seen: str | None = None,
) -> MappingVersion:
    """Keep a five-column table as the draft of a mapping.

    Where the mapping exists, what the table has no column for (object types, conversions, conditions, values
    of other kinds) stays as it is, so that a table exported, edited and imported loses nothing. `base` is
    `id@version` to extend. Raises `Invalid` as `table.read_table` does, and as `save_draft`.
    """
    require(actor, "mappings.edit")
    read = read_table(text, mapping_id=mapping_id, title=title)
    known = _known(actor, mapping_id)
    merged = _laid_over(known, read) if known else read
    if title:
        merged["title"] = title
    if base:
        merged["extends"] = base
    return save_draft(actor, merged, seen=seen)


def import_yaml(
    actor: Actor, text: str | bytes, *, mapping_id: str | None = None, seen: str | None = None
) -> MappingVersion:
    """Keep a YAML mapping as a draft; its own version number does not matter here.

    With `mapping_id` the file must be of that mapping. Raises `Invalid` as `document.load` does, and
    `mapping.other_id`.
    """
    require(actor, "mappings.edit")
    loaded = document.load(text)
    if mapping_id is not None and loaded["id"] != mapping_id:
        raise Invalid(
            f"The text is of the mapping {loaded['id']}, not of {mapping_id}.",
            code="mapping.other_id",
            remedy=f"Write `id: {mapping_id}`, or import it as a mapping of its own.",
            path="id",
        )
    return save_draft(actor, loaded, seen=seen)


def export_table(version: MappingVersion, language: Literal["de", "en"] = "de") -> str:
    """Return a version as the five-column table, in the order it was written; bases are applied."""
    return write_table(_whole(version), language=language)


def export_losses(version: MappingVersion) -> list[Finding]:
    """Return what the table of a version cannot say."""
    return table_losses(_whole(version))


def export_yaml(version: MappingVersion) -> str:
    """Return a version as YAML, as it was written."""
    return document.dump(catalogue.written(version))


def import_as_new(
    actor: Actor, text: str | bytes, mapping_id: str, title: str, base: str | None
) -> MappingVersion:
    """Keep a table or YAML, told apart by its first line, as the first draft of a new mapping."""
    if _looks_like_yaml(text):
        loaded = document.load(text)
        return save_draft(
            actor, {**loaded, "id": mapping_id, **({"title": title} if title else {})}, seen=NOTHING_SEEN
        )
    return import_table(actor, text, mapping_id, title, base, seen=NOTHING_SEEN)


def _looks_like_yaml(text: str | bytes) -> bool:
    head = text[:4000].decode("utf-8", "replace") if isinstance(text, bytes) else text[:4000]
    return any(
        line.startswith(("apiVersion:", "kind:", "id:", "targets:", "{")) for line in head.splitlines()
    )


def _known(actor: Actor, mapping_id: str) -> dict[str, Any] | None:
    row = catalogue.get_draft(actor, mapping_id) or catalogue.newest_published(actor, mapping_id)
    return catalogue.written(row) if row else None


def _laid_over(known: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    targets = dict(known.get("targets", {}))
    for name in {**targets, **table["targets"]}:
        had = targets.get(name) or {}
        new = table["targets"].get(name, {}).get("properties", {})
        if had or new:
            targets[name] = {**had, "properties": _rules(had.get("properties", {}), new)}
    return {**known, "targets": targets}


def _rules(had: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rows of the table with the options they had, then the rules no table can show."""
    rules = {key: {**(had.get(key) or {}), **rule} for key, rule in new.items()}
    return rules | {key: rule for key, rule in had.items() if key not in new and not _in_table(rule)}


def _in_table(rule: Mapping[str, Any] | None) -> bool:
    return bool(rule) and "value" in (rule or {}) and kind_of((rule or {})["value"]) in KIND_WORDS["de"]


def _whole(version: MappingVersion) -> Mapping[str, Any]:
    """Return the resolved document in the order of writing; of a draft, the document itself."""
    if version.resolved is None:
        return catalogue.written(version)
    return in_order(version.resolved, version.layout)
