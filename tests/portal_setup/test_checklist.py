"""The checklist of a connection by its page: who is asked, what is answered, what goes out as a letter."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import pytest
from django.test import Client
from lxml import html

from caseway.access.actor import Actor
from caseway.access.models import Organisation, Role
from caseway.delivery.connections import ConnectionDraft, save_connection
from caseway.delivery.onboarding import ask_item, checklist
from tests.portal_setup.pages import text
from tests.portal_setup.proving import ProvingRail

pytestmark = pytest.mark.mission("F-09")
HOME = "/connections/fit/checklist/"


@pytest.fixture(autouse=True)
def saved(actor: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    known = MappingProxyType({"proving": ProvingRail()})
    monkeypatch.setattr("caseway.rails.registry.rails", lambda: known)
    settings = {"client_secret": "geheim-1"}
    save_connection(actor, ConnectionDraft("fit", "FIT-Connect", "proving", "sandbox", settings))


def states(actor: Actor) -> dict[str, str]:
    return {item.code: item.state for item in checklist(actor, "fit")}


def side(client: Client, who: str) -> str:
    tree = html.fromstring(client.get(HOME).content.decode())
    return " ".join(str(tree.xpath(f"string(//section[@aria-labelledby='side-{who}'])")).split())


def test_questions_stand_with_the_side_that_answers_them(client: Client) -> None:
    officer, provider = side(client, "responsible_officer"), side(client, "it_provider")

    assert ("Which service is it?" in officer, "Which service is it?" in provider) == (True, False)
    assert "0 of 2 settled" in provider


def test_what_was_asked_waits_with_somebody_and_an_answer_settles_it(client: Client, actor: Actor) -> None:
    client.post(f"{HOME}service/", {"do": "ask", "text": "Amt 20, Frau Mustermann"})
    asked = text(client.get(HOME))
    client.post(f"{HOME}service/", {"do": "answer", "text": "Hundesteuer"})
    answered = text(client.get(HOME))

    assert "with Amt 20, Frau Mustermann" in asked
    assert "answered" == states(actor)["service"]
    assert ("Hundesteuer" in answered, "1 of 3 settled" in answered) == (True, True)


def test_a_question_is_skipped_with_a_reason_and_opened_again(client: Client, actor: Actor) -> None:
    client.post(f"{HOME}client/", {"do": "skip", "text": "Der Verbund hat einen."})
    skipped = states(actor)["client"]
    client.post(f"{HOME}client/", {"do": "reopen"})

    assert ("not_needed", "open") == (skipped, states(actor)["client"])


def test_an_empty_answer_is_not_kept_and_the_page_says_where(client: Client, actor: Actor) -> None:
    page = client.post(f"{HOME}service/", {"do": "answer", "text": " "})

    assert (422, "open") == (page.status_code, states(actor)["service"])
    assert 'href="#answer-service"' in page.content.decode()


@pytest.mark.parametrize(("code", "do"), [("service", "delete"), ("nothing", "answer")])
def test_what_does_not_exist_is_not_done(client: Client, code: str, do: str) -> None:
    assert 404 == client.post(f"{HOME}{code}/", {"do": do, "text": "x"}).status_code


def test_the_open_questions_of_a_side_are_a_text_file(client: Client, actor: Actor) -> None:
    ask_item(actor, "fit", "client", "IT-Verbund Beispielland")
    answer = client.get(f"{HOME}letter/it_provider/")

    assert "Is there an API client?" in answer.content.decode()
    assert "Which service is it?" not in answer.content.decode()
    assert 'filename="fit-it-provider.txt"' in answer["Content-Disposition"]


def test_the_card_of_a_connection_says_how_far_its_checklist_is(client: Client) -> None:
    client.post(f"{HOME}service/", {"do": "answer", "text": "Hundesteuer"})

    assert "1 of 3 settled" in text(client.get("/connections/"))


def test_who_may_only_look_sees_the_list_and_changes_nothing(
    enter: Callable[..., Client], other_organisation: Organisation
) -> None:
    visitor, stranger = enter(Role.CASEWORKER), enter(Role.ADMINISTRATOR, other_organisation)

    assert "Which service is it?" in text(visitor.get(HOME))
    assert 403 == visitor.post(f"{HOME}service/", {"do": "answer", "text": "x"}).status_code
    assert 404 == stranger.get(HOME).status_code
    assert 404 == stranger.post(f"{HOME}service/", {"do": "answer", "text": "x"}).status_code
