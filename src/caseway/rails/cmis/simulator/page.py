"""The page of the simulated DMS: what is in it, what came in, what is switched wrong."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any

from caseway.rails.cmis.simulator.binding import ACTIONS
from caseway.rails.cmis.simulator.counts import counts, describe_one
from caseway.rails.cmis.simulator.objects import FOLDER, CmisObject
from caseway.rails.cmis.simulator.store import ROOT_ID
from caseway.testing.simulator.page import frame, log_section, section, switches_section

if TYPE_CHECKING:
    from caseway.rails.cmis.simulator.simulator import CmisSimulator

SHOWN_PER_FOLDER = 100
SHOWN_REQUESTS = 50
_LABELS = {
    "path": "Path",
    "type": "Type",
    "secondaryTypes": "Secondary types",
    "id": "Object id",
    "key": "Filing key",
    "requestedName": "Name asked for",
    "version": "Version",
    "mediaType": "Media type",
    "filename": "File name",
    "size": "Size in bytes",
    "sha256": "SHA-256",
    "createdBy": "Created by",
    "created": "Created",
    "changeToken": "Change token",
}


def render(simulator: CmisSimulator, query: Mapping[str, str]) -> str:
    """Return the page; `id` in the query selects an object."""
    with simulator.repository.store.lock:
        sections = [
            '<div class="columns">',
            _tree_section(simulator, query.get("id", "")),
            _object_section(simulator, query.get("id", "")),
            "</div>",
            switches_section(simulator.faults, ACTIONS),
        ]
        lead = _lead(simulator)
    newest = islice(reversed(simulator.log.entries()), SHOWN_REQUESTS)
    return frame("Simulated DMS (CMIS 1.1)", lead, [*sections, log_section(newest)])


def _lead(simulator: CmisSimulator) -> str:
    found = counts(simulator.repository)
    doubled = found["doubled"]
    twice = f'<span class="bad">{doubled} filed twice</span>' if doubled else "nothing filed twice"
    return (
        f"<p>Browser binding: <code>{escape(simulator.browser_url)}</code>, "
        f"repository <code>{escape(simulator.repository.id)}</code></p>"
        f"<p>{found['total']} objects, {found['bytes']} bytes, {twice}. "
        '<a href="/_sim/state">State</a> · <a href="/_sim/counts">Counts</a> · <a href="/_sim/log">Log</a> · '
        '<a href="/_sim/faults">Faults</a> (JSON)</p>'
    )


def _tree_section(simulator: CmisSimulator, selected: str) -> str:
    root = simulator.repository.store.get(ROOT_ID)
    return section(
        "tree", "Folders and documents", f'<ul class="top">{_node(simulator, root, selected)}</ul>'
    )


def _node(simulator: CmisSimulator, item: CmisObject, selected: str) -> str:
    children = simulator.repository.store.children(item.id) if item.base == FOLDER else []
    name = "/" if item.id == ROOT_ID else item.name
    current = ' aria-current="true" class="on"' if item.id == selected else ""
    icon = "▸" if item.base == FOLDER else "·"
    line = (
        f'<span aria-hidden="true">{icon}</span> <a href="/?id={item.id}#object"{current}>{escape(name)}</a>'
    )
    size = f" {item.content.size} bytes" if item.content else ""
    inner = "".join(_node(simulator, child, selected) for child in children[: -SHOWN_PER_FOLDER - 1 : -1])
    more = len(children) - SHOWN_PER_FOLDER
    rest = f'<li class="soft">and {more} earlier ones</li>' if more > 0 else ""
    below = f"<ul>{inner}{rest}</ul>" if children else ""
    return f'<li>{line} <span class="soft">{escape(item.type_id)}{size}</span>{below}</li>'


def _object_section(simulator: CmisSimulator, selected: str) -> str:
    item = simulator.repository.store.objects.get(selected)
    if item is None:
        return section("object", "Properties", '<p class="soft">Choose an object on the left.</p>')
    data = describe_one(simulator.repository, item)
    own = _own(simulator, item, data["properties"])
    rows = [*own, *((shown, data[key]) for key, shown in _LABELS.items())]
    listed = "".join(f"<dt>{escape(label)}</dt><dd>{escape(_text(value))}</dd>" for label, value in rows)
    link = ""
    if item.content is not None:
        url = (
            f"{simulator.browser_url}/{simulator.repository.id}/root?objectId={item.id}&cmisselector=content"
        )
        link = f'<p><a href="{escape(url)}">Open the content</a></p>'
    return section("object", item.name, f"<dl>{listed}</dl>{link}")


def _own(simulator: CmisSimulator, item: CmisObject, properties: dict[str, Any]) -> list[tuple[str, Any]]:
    types = simulator.repository.types
    shown: dict[str, str] = {}
    for type_id in (item.type_id, *item.secondary):
        shown |= {key: f"{d.display_name} ({key})" for key, d in types.get(type_id).properties.items()}
    return [(shown.get(key, key), value) for key, value in properties.items()]


def _text(value: Any) -> str:
    if value in (None, [], ""):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(str(item) for item in value) if isinstance(value, list) else str(value)
