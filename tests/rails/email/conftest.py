"""A mail server of others (aiosmtpd) for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from caseway.rails.contract import Link
from caseway.rails.email.simulator import EmailSimulator
from tests.rails.email.desk import link_to, settings_for


@pytest.fixture
def start() -> Iterator[Callable[..., EmailSimulator]]:
    """Start a server with settings of one's own; all stop after the test."""
    with ExitStack() as running:

        def begin(**settings: Any) -> EmailSimulator:
            return running.enter_context(EmailSimulator(**settings))

        yield begin


@pytest.fixture
def server(start: Callable[..., EmailSimulator]) -> EmailSimulator:
    """A server without encryption, open to everybody."""
    return start(security="none")


@pytest.fixture
def link(server: EmailSimulator) -> Link:
    return link_to(settings_for(server))
