"""`caseway verify` against a DMS: what it says, how it ends, and what its report is worth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from caseway.access.actor import Actor, system
from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.cli.main import app
from caseway.core.errors import Invalid
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.delivery.models import Connection, WireExchange
from caseway.rails.cmis.simulator import CmisSimulator

pytestmark = pytest.mark.mission("F-08")


@pytest.fixture
def dms() -> Iterator[CmisSimulator]:
    with CmisSimulator() as simulator:
        yield simulator


@pytest.fixture
def actor(organisation: Organisation, dms: CmisSimulator) -> Actor:
    actor = system(organisation.id)
    save_connection(actor, ConnectionDraft("dms", "DMS", "cmis", "sandbox", settings(dms)))
    return actor


def settings(dms: CmisSimulator) -> dict[str, Any]:
    return {"service_url": dms.browser_url, "login": "none"}


def caseway(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def verify(*more: str) -> Result:
    return caseway("verify", "dms", "--large-mb", "0.3", *more)


def test_every_clause_is_told_and_nothing_stays(actor: Actor, dms: CmisSimulator) -> None:
    before = [one["id"] for one in dms.objects()]

    done = verify()

    assert 0 == done.exit_code, done.output
    assert 10 == done.output.count("✓")
    assert "passed" in done.output
    assert before == [one["id"] for one in dms.objects()]
    with scope(actor.organisation_id):
        assert WireExchange.objects.filter(action="appendContent").exists()


def test_a_run_that_fails_says_why_and_ends_with_status_1(actor: Actor, dms: CmisSimulator) -> None:
    dms.faults.add("refuse", actions=["createDocument"], message="Nein")

    done = verify("--json")

    said = json.loads(done.output)
    assert (1, False, False) == (done.exit_code, said["ok"], said["run"]["passed"])
    assert "cmis.conform_filing" in [one["code"] for one in said["run"]["findings"] if not one["ok"]]


def test_without_the_run_nothing_is_written(actor: Actor, dms: CmisSimulator) -> None:
    done = verify("--no-run", "--json")

    assert (0, None) == (done.exit_code, json.loads(done.output)["run"])
    with scope(actor.organisation_id):
        assert not WireExchange.objects.filter(action__startswith="create").exists()


def test_in_production_the_run_is_made_only_when_really_wanted(actor: Actor, dms: CmisSimulator) -> None:
    with scope(actor.organisation_id):
        Connection.objects.update(environment="production")

    shy, bold = verify("--json"), verify("--json", "--really")

    assert None is json.loads(shy.stdout)["run"]
    assert "production" == json.loads(bold.stdout)["run"]["environment"]


def test_a_report_is_checked_with_the_keys_of_its_installation(actor: Actor, tmp_path: Path) -> None:
    report, keys = tmp_path / "report.jws", tmp_path / "keys.json"
    verify("--report", str(report))
    keys.write_text(caseway("verify", "--public-keys").output)

    done = caseway("verify", "--check-report", str(report), "--key", str(keys))

    assert 0 == done.exit_code, done.output
    assert "The signature holds." in done.output
    report.write_text(report.read_text().replace(".", ".A", 1))
    with pytest.raises(Invalid):
        caseway("verify", "--check-report", str(report))


@pytest.mark.mission("F-08")
def test_the_connection_moves_on_at_the_shell_with_its_proof(
    actor: Actor, dms: CmisSimulator, tmp_path: Path
) -> None:
    file = tmp_path / "test.json"
    file.write_text(json.dumps(settings(dms)))
    with pytest.raises(Invalid) as raised:
        caseway("connections", "promote", "dms", "--environment", "test", "--settings", str(file))
    verify()

    done = caseway(
        "connections", "promote", "dms", "--environment", "test", "--settings", str(file), "--json"
    )

    assert "connection.conformance_missing" == raised.value.code
    assert {"slug": "dms", "environment": "test"} == json.loads(done.output)


def test_the_diagnosis_of_a_connection_is_json_to_give_away(actor: Actor) -> None:
    verify()

    found = json.loads(caseway("connections", "diagnose", "dms").stdout)

    assert "dms" == found["connection"]["slug"]
    assert found["exchanges"]
