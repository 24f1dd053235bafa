"""Conformance runs over REST: started, looked at, signed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from caseway.access.actor import system
from caseway.access.models import Organisation
from caseway.core.signing import verify
from caseway.delivery import tasks
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.delivery.reports import KIND
from caseway.rails.cmis.simulator import CmisSimulator
from caseway.testing.tokens import issue_token
from tests.api.conftest import Sender

pytestmark = pytest.mark.mission("F-08")
RUNS = "connections/dms/conformance"


@pytest.fixture
def connected(organisation: Organisation) -> Iterator[None]:
    with CmisSimulator() as dms:
        settings = {"service_url": dms.browser_url, "login": "none"}
        save_connection(system(organisation.id), ConnectionDraft("dms", "DMS", "cmis", "sandbox", settings))
        yield


def test_a_run_is_started_made_by_a_worker_and_its_report_verified(
    organisation: Organisation, connected: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs: list[dict[str, str]] = []
    monkeypatch.setattr(tasks.make_run, "defer", lambda **job: jobs.append(job))
    system_ = Sender(issue_token(organisation, ["connections:verify"]))

    started = system_.call("POST", RUNS, json.dumps({"largeBytes": 300_000, "patience": 5}).encode())
    again = system_.call("POST", RUNS, b"{}")
    tasks.make_run(**jobs[0])
    ended = system_.get(f"{RUNS}/{started.json()['id']}").json()

    assert (202, "running", "waiting") == (
        started.status_code, started.json()["state"], started.json()["clauses"][0]["state"],
    )  # fmt: skip
    assert (409, "conformance.running") == (again.status_code, again.json()["code"])
    assert ("passed", {"passed"}) == (ended["state"], {one["state"] for one in ended["clauses"]})
    assert [ended["id"]] == [one["id"] for one in system_.get(RUNS).json()["items"]]
    keys = system_.get("conformance/keys").json()["keys"]
    assert verify(ended["report"], KIND, keys)["passed"]


def test_who_may_not_start_a_run_is_told_so(organisation: Organisation, connected: None) -> None:
    reader = Sender(issue_token(organisation, ["connections:read"]))

    refused = reader.call("POST", RUNS, b"{}")
    unknown = reader.get("connections/none/conformance")

    assert (403, "access.not_permitted") == (refused.status_code, refused.json()["code"])
    assert (404, "connection.not_found") == (unknown.status_code, unknown.json()["code"])
    assert [] == reader.get(RUNS).json()["items"]
