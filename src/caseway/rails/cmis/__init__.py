"""CMIS 1.1: an application with its documents goes into a document management system, exactly once."""

from __future__ import annotations

from caseway.rails.cmis.rail import CmisRail

rail = CmisRail()

__all__ = ["CmisRail", "rail"]
