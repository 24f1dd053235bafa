"""A worker's own beat, which no clock can stop: the sweep again, and the care for a clock that was set back.

The periodic jobs go by the time of day; set back, they would not come until that time is there again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from django.db import Error, connection

from caseway.core.log import get_logger
from caseway.delivery import clock_care, dispatcher


@asynccontextmanager
async def pulse(seconds: float) -> AsyncIterator[None]:
    """Beat every so many seconds while the block runs."""
    beating = asyncio.create_task(_beat_on(seconds))
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating


async def _beat_on(seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)  # by the monotonic clock of the loop
        await asyncio.to_thread(beat)


def beat() -> None:
    """Do what must happen however the clock goes; without a database, the next beat does it."""
    try:
        clock_care.mend()
        dispatcher.sweep()
    except Error as error:
        get_logger().warning("database.unavailable", error=type(error).__name__)
        connection.close()
