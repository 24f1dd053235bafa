"""Conformance by its pages: run, watched, downloaded, and moved on only with the proof."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest
from django.test import Client

from caseway.access.actor import Actor, system
from caseway.access.models import Organisation, Role
from caseway.access.scope import scope
from caseway.delivery import tasks
from caseway.delivery.conformance import carry_out, run_conformance
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.delivery.links import unseal
from caseway.delivery.models import Connection
from caseway.delivery.reports import check_report
from caseway.rails.contract import Finding
from caseway.testing.ledger import LedgerRail
from tests.portal_setup.pages import text
from tests.portal_setup.proving import ProvingRail

pytestmark = pytest.mark.mission("F-08")
HOME = "/connections/fit/conformance/"


@pytest.fixture
def rail(monkeypatch: pytest.MonkeyPatch) -> ProvingRail:
    rail = ProvingRail()
    known = MappingProxyType({"proving": rail, "ledger": LedgerRail()})
    monkeypatch.setattr("caseway.rails.registry.rails", lambda: known)
    return rail


@pytest.fixture
def row(actor: Actor, rail: ProvingRail) -> Connection:
    settings = {"client_secret": "geheim-1"}
    return save_connection(actor, ConnectionDraft("fit", "FIT-Connect", "proving", "sandbox", settings))


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    given: list[dict[str, str]] = []
    monkeypatch.setattr(tasks.make_run, "defer", lambda **job: given.append(job))
    return given


def moved(secret: str = "", **more: str) -> dict[str, str]:
    settings = {"platform": "test", "addressing": "routing", "client_secret": secret}
    typed = {f"settings-{name}": value for name, value in settings.items()}
    return {"name": "FIT-Connect", **typed, **more}


def test_a_run_is_made_in_the_background_and_its_page_looks_again_until_it_ends(
    client: Client, row: Connection, jobs: list[dict[str, str]], actor: Actor
) -> None:
    answer = client.post(f"{HOME}run/", {"place": "", "large": "25", "patience": "60"})
    running = client.get(answer.url)  # type: ignore[attr-defined]
    carry_out(actor, jobs[0]["run"])  # type: ignore[arg-type]
    ended = client.get(answer.url)  # type: ignore[attr-defined]

    assert ("every 3s" in running.content.decode(), "every 3s" in ended.content.decode()) == (True, False)
    assert ("0 of 2 clauses tried" in text(running), "2 of 2 clauses tried" in text(ended)) == (True, True)


def test_a_second_run_leads_to_the_one_under_way(
    client: Client, row: Connection, jobs: list[dict[str, str]]
) -> None:
    sent = {"place": "", "large": "25", "patience": "60"}
    first = client.post(f"{HOME}run/", sent)
    second = client.post(f"{HOME}run/", sent)

    assert first["Location"] == second["Location"]
    assert 1 == len(jobs)


def test_the_report_is_downloaded_signed(client: Client, row: Connection, actor: Actor) -> None:
    run = run_conformance(actor, "fit")
    answer = client.get(f"{HOME}{run.id}/report/")

    assert check_report(answer.content.decode()).passed
    assert "attachment" in answer["Content-Disposition"]


def test_without_the_proof_the_page_says_what_is_missing_and_offers_no_move(
    client: Client, row: Connection
) -> None:
    page = client.get(HOME)
    answer = client.get("/connections/fit/move/test/", follow=True)

    assert "There is no passed conformance run" in text(page)
    assert "/move/test/" not in page.content.decode()
    assert "There is no passed conformance run" in text(answer)


def test_it_moves_on_with_credentials_of_the_new_environment(
    client: Client, row: Connection, actor: Actor, organisation: Organisation
) -> None:
    run_conformance(actor, "fit")
    form = client.get("/connections/fit/move/test/")
    without = client.post("/connections/fit/move/test/", {**moved(), "do": "save"})
    client.post(
        "/connections/fit/move/test/", {**moved(**{"settings-client_secret": "geheim-2"}), "do": "save"}
    )

    assert '<option value="test" selected>' in form.content.decode()
    assert 422 == without.status_code
    after = stored(organisation)
    settings: Any = unseal(after)
    assert ("test", "test", "geheim-2") == (
        after.environment, settings.platform, settings.client_secret.get_secret_value(),
    )  # fmt: skip


def stored(organisation: Organisation) -> Connection:
    with scope(organisation.id):
        return Connection.objects.get(slug="fit")


def test_the_ordinary_form_is_no_way_round(
    client: Client, row: Connection, organisation: Organisation
) -> None:
    client.post("/connections/fit/edit/", {**moved(), "environment": "production", "do": "save"})

    assert "sandbox" == stored(organisation).environment


def test_a_new_connection_in_production_is_refused_with_the_form_kept(
    client: Client, rail: ProvingRail
) -> None:
    sent = {
        **moved(**{"settings-client_secret": "x"}),
        "slug": "neu",
        "environment": "production",
        "do": "save",
    }
    answer = client.post("/connections-new/proving/", sent)

    assert 409 == answer.status_code
    assert "A new connection does not start in the production environment." in text(answer)


def test_a_failed_clause_says_what_to_mend(
    client: Client, row: Connection, actor: Actor, rail: ProvingRail
) -> None:
    rail.findings[1] = Finding("prove.second", False, "It was refused.", "Ask for more room.")
    run = run_conformance(actor, "fit")
    page = text(client.get(f"{HOME}{run.id}/"))

    assert ("It was refused." in page, "Ask for more room." in page, "not passed" in page) == (
        True,
        True,
        True,
    )


@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.AUDITOR])
def test_who_may_only_look_sees_runs_and_starts_none(
    enter: Callable[..., Client], row: Connection, jobs: list[dict[str, str]], role: Role
) -> None:
    visitor = enter(role)

    assert 200 == visitor.get(HOME).status_code
    assert 403 == visitor.post(f"{HOME}run/").status_code
    assert 403 == visitor.get("/connections/fit/move/test/").status_code


def test_runs_of_another_organisation_are_not_there(
    enter: Callable[..., Client], row: Connection, actor: Actor, other_organisation: Organisation
) -> None:
    run = run_conformance(actor, "fit")
    stranger = enter(Role.ADMINISTRATOR, other_organisation)

    assert 404 == stranger.get(HOME).status_code
    assert 404 == stranger.get(f"{HOME}{run.id}/").status_code
    assert 404 == stranger.get(f"{HOME}{run.id}/report/").status_code


def test_a_rail_without_a_run_has_no_tab_for_it(
    client: Client, rail: ProvingRail, organisation: Organisation
) -> None:
    save_connection(system(organisation.id), ConnectionDraft("plain", "Ledger", "ledger", "sandbox", {}))

    assert b"/connections/plain/conformance/" not in client.get("/connections/plain/").content
