"""The page of the simulator."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING

from caseway.rails.cmis.simulator.counts import describe

if TYPE_CHECKING:
    from caseway.rails.cmis.simulator.simulator import CmisSimulator


def render(simulator: CmisSimulator, query: Mapping[str, str]) -> str:
    """Return the page."""
    paths = (escape(item["path"]) for item in describe(simulator.repository, sha256=False))
    return "<!DOCTYPE html><title>DMS</title><ul>" + "".join(f"<li>{path}" for path in paths) + "</ul>"
