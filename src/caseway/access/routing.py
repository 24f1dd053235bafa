"""Which database role does what: the owner migrates, the ordinary role does everything else."""

from __future__ import annotations

from typing import Any


class OwnerMigrates:
    """Tables are made through the `owner` connection only."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == "owner"
