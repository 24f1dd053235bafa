"""The base of every table that belongs to an organisation."""

from __future__ import annotations

from django.db import models

from caseway.core.ids import uuid7


class TenantModel(models.Model):
    """A row of one organisation. Its table stands behind the fence of `caseway.access.rls`."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey("access.Organisation", on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True
