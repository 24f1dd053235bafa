"""What is kept of a connection that was tested and saved."""

from __future__ import annotations

from typing import Any

import pytest

from caseway.access.actor import system
from caseway.access.models import Organisation
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.rails.cmis.simulator import CmisSimulator


@pytest.mark.parametrize(("settings", "at_once"), [({"concurrency": 9}, 9), ({}, 4)])
def test_as_many_cases_are_worked_on_at_once_as_its_settings_say(
    organisation: Organisation, settings: dict[str, Any], at_once: int
) -> None:
    with CmisSimulator() as dms:
        settings = {"service_url": f"{dms.url}/cmis/browser", "login": "none", **settings}
        draft = ConnectionDraft("dms", "DMS", "cmis", "sandbox", settings)

        assert at_once == save_connection(system(organisation.id), draft).concurrency
