"""A town hall with every door open: systems over HTTP, a person in the portal, an operator at the shell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from caseway.access.models import Role
from caseway.core.clock import clock as the_clock
from caseway.delivery import engine
from caseway.delivery.links import close_clients
from caseway.rails.cmis.simulator import CmisSimulator
from caseway.testing.builders import a_user
from caseway.testing.harness_world import QUICK, a_world
from caseway.testing.people import signed_in
from caseway.testing.tokens import issue_token
from tests.api.conftest import File, Sender
from tests.failure.conftest import NearDms, Town

PDF: File = ("antrag", "Antrag.pdf", "application/pdf", b"%PDF-1.7 application")
DOG_TAX = {
    "form": {"id": "hundesteuer", "name": "Hundesteuer"},
    "service": {"id": "99102013104000", "name": "Hundesteuer"},
    "applicant": {"type": "person", "givenName": "Erika", "familyName": "Mustermann"},
    "documents": [{"part": "antrag", "role": "application"}],
}


@dataclass
class Hall:
    """One organisation with its DMS, and everybody who comes to it."""

    town: Town
    system: Sender
    person: Client

    @property
    def dms(self) -> NearDms:
        return self.town.dms

    def submit(self, said: dict[str, Any], files: Sequence[File] = (PDF,)) -> dict[str, Any]:
        """Hand a submission in over HTTP, and have the worker bring it out once."""
        answer = self.system.submit(said, files)
        assert answer.status_code == 201, answer.content
        self.town.work()
        accepted: dict[str, Any] = answer.json()
        return accepted

    def deliveries(self, accepted: dict[str, Any]) -> list[dict[str, Any]]:
        """Return what the interface says is owed for a submission, with steps and tries."""
        owed = self.system.get(f"submissions/{accepted['id']}").json()["deliveries"]
        return [self.system.get(f"deliveries/{one['id']}").json() for one in owed]

    def work_until_settled(self) -> None:
        """Have the worker look again until nothing waits for time."""
        end = time.monotonic() + 30
        while not self.town.world.settled():
            assert time.monotonic() < end, self.town.world.states()
            time.sleep(0.1)
            self.town.work()

    def page(self, accepted: dict[str, Any], view: str) -> str:
        """Return the page of a message in the portal."""
        address = reverse("portal:message", args=[accepted["id"]])
        return self.person.get(address, {"view": view}).content.decode()

    def shell(self, *command: str) -> Any:
        """Run `caseway … --json` in a process of its own; return what it said."""
        return json.loads(self._run(command, status=0).stdout)

    def refused(self, *command: str) -> str:
        """Run a command that must fail; return its words of error."""
        return self._run(command, status=1).stderr

    def _run(self, command: Sequence[str], *, status: int) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "caseway", *command, "--json"],
            env={**os.environ, "CASEWAY_LOG_LEVEL": "ERROR"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert status == done.returncode, done.stdout + done.stderr
        return done


@pytest.fixture
def hall(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hall]:
    """Musterstadt's town hall, whose DMS takes everything until a test says otherwise."""
    with CmisSimulator() as simulator:
        town = Town(the_clock, NearDms(simulator))
        monkeypatch.setattr(engine.drain, "defer", lambda lanes: town.jobs.append(lanes))
        monkeypatch.setattr(
            engine.drain, "batch_defer", lambda *jobs: town.jobs.extend(job["lanes"] for job in jobs)
        )
        town.world = a_world("musterstadt", town.dms, retry=QUICK)
        organisation = town.world.organisation
        person = signed_in(a_user(organisation, Role.ADMINISTRATOR))
        yield Hall(town, Sender(issue_token(organisation)), person)
        close_clients()
