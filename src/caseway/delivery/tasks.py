"""Jobs of delivery that are nobody's lane: found by Procrastinate by the name of this module."""

from __future__ import annotations

from uuid import UUID

from procrastinate.contrib.django import app

from caseway.access.actor import system
from caseway.delivery.conformance import carry_out


@app.task(name="caseway.conformance", queue="deliveries")
def make_run(organisation: str, run: str) -> None:
    """Make a conformance run that was asked for."""
    carry_out(system(UUID(organisation)), UUID(run))
