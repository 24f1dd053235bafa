"""Arrivals over REST, at the shell, and in the metrics."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from typer.testing import CliRunner

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.cli.arrivals import arrivals as commands
from caseway.core.clock import now
from caseway.core.errors import NotConfigured
from caseway.core.http import Exchange
from caseway.delivery.links import write_exchanges
from caseway.rails.inbound import Rejectable
from caseway.testing.postbox import OTHER, PROBLEM, PostboxRail
from caseway.testing.tokens import issue_token
from tests.api.conftest import Sender
from tests.receiving.conftest import World

FAULT = Rejectable("The hash does not match.", [PROBLEM], code="postbox.hash_mismatch", remote="Erika")


@pytest.fixture
def asker(world: World) -> Sender:
    return Sender(issue_token(world.organisation, ("arrivals:read", "arrivals:write")))


@pytest.fixture
def held(world: World, postbox: PostboxRail) -> str:
    postbox.put("a")
    postbox.faults.append(FAULT)
    world.receive()
    return str(world.arrival().id)


@pytest.fixture
def taken(world: World, postbox: PostboxRail) -> str:
    postbox.behave(accept="by_person")
    postbox.put("a")
    world.receive()
    return str(world.arrival().id)


def test_arrivals_are_listed_newest_first_page_by_page(
    world: World, postbox: PostboxRail, asker: Sender
) -> None:
    for name in ("a", "b", "c"):
        postbox.put(name)
    world.receive()

    first = asker.get("arrivals?limit=2").json()
    rest = asker.get(f"arrivals?limit=2&after={first['next']}").json()

    assert ["c", "b"] == [one["remoteId"] for one in first["items"]]
    assert (["a"], None) == ([one["remoteId"] for one in rest["items"]], rest["next"])


def test_lists_are_filtered(world: World, postbox: PostboxRail, asker: Sender, held: str) -> None:
    postbox.put("b")
    world.later(minutes=2)
    world.answer()

    def found(query: str) -> list[str]:
        return [one["remoteId"] for one in asker.get(f"arrivals?{query}").json()["items"]]

    assert (["a"], ["b"]) == (found("state=held"), found("state=taken_in"))
    assert (["b", "a"], []) == (found("connection=postbox"), found("connection=other"))
    assert [] == found("late=true")
    world.clock.advance(timedelta(days=3))
    asker.token = issue_token(world.organisation)
    assert ["a"] == found("late=true")


def test_an_arrival_tells_what_may_be_decided_and_why(asker: Sender, held: str) -> None:
    found = asker.get(f"arrivals/{held}").json()

    assert ("held", ["collect", "reject"]) == (found["state"], found["decisions"])
    assert [PROBLEM.as_json()] == found["problems"]
    assert [PROBLEM.as_json(), OTHER.as_json()] == found["reasons"]
    assert "Erika" not in json.dumps(found)


def test_accepting_owes_the_answer(world: World, asker: Sender, taken: str) -> None:
    answer = asker.call("POST", f"arrivals/{taken}/accept", b'{"reason": "complete"}')

    assert (200, "accept") == (answer.status_code, answer.json()["answer"]["purpose"])
    assert str(world.submissions()[0].case_id) == answer.json()["caseId"]
    assert ["accept"] == world.owed()


def test_a_second_decision_is_a_conflict(asker: Sender, taken: str) -> None:
    asker.call("POST", f"arrivals/{taken}/forward", b"{}")
    asker.call("POST", f"arrivals/{taken}/accept", b"{}")
    answer = asker.call("POST", f"arrivals/{taken}/accept", b"{}")

    assert (409, "arrival.already_decided") == (answer.status_code, answer.json()["code"])


def test_rejecting_names_reasons_of_the_list(world: World, asker: Sender, held: str) -> None:
    wrong = asker.call(
        "POST", f"arrivals/{held}/reject", json.dumps({"problems": [{"type": "x", "instance": "y"}]}).encode()
    )
    chosen = {"type": OTHER.type, "instance": OTHER.instance, "detail": "Seite 2 fehlt"}
    right = asker.call("POST", f"arrivals/{held}/reject", json.dumps({"problems": [chosen]}).encode())

    assert (422, "arrival.problem_unknown") == (wrong.status_code, wrong.json()["code"])
    assert (200, "rejected", "reject") == (
        right.status_code,
        right.json()["state"],
        right.json()["answer"]["purpose"],
    )
    assert "Seite 2 fehlt" == world.arrival().problems[0]["detail"]


def test_collecting_again_is_asked_for(world: World, asker: Sender, held: str) -> None:
    assert "found" == asker.call("POST", f"arrivals/{held}/collect").json()["state"]
    world.receive()

    assert "taken_in" == asker.get(f"arrivals/{held}").json()["state"]


def test_what_was_exchanged_is_shown(world: World, asker: Sender, held: str) -> None:
    exchange = Exchange(
        id=world.arrival().id,
        started_at=now(),
        method="GET",
        url="http://postbox/a",
        action="collect",
        status=200,
        exception=None,
        duration_ms=3,
        object_id="a",
        request_headers={},
        response_headers={},
        request_bytes=0,
        response_bytes=7,
    )
    with scope(world.organisation.id):
        write_exchanges(
            world.connection, [exchange], delivery_id=None, attempt_id=None, arrival_id=world.arrival().id
        )

    assert ["collect"] == [one["action"] for one in asker.get(f"arrivals/{held}/exchanges").json()["items"]]


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        (("arrivals:read",), [200, 200, 403, 403, 403, 403]),
        (("arrivals:write",), [403, 403, 200, 409, 409, 409]),
        (("deliveries:read", "deliveries:write", "submissions:read"), [403] * 6),
    ],
)
def test_scopes_open_what_they_say(
    world: World, taken: str, scopes: tuple[str, ...], expected: list[int]
) -> None:
    sender = Sender(issue_token(world.organisation, scopes))
    answers = [sender.get("arrivals"), sender.get(f"arrivals/{taken}")]
    answers += [sender.call("POST", f"arrivals/{taken}/{do}", b"{}") for do in ("accept", "forward")]
    answers += [
        sender.call("POST", f"arrivals/{taken}/reject", b"{}"),
        sender.call("POST", f"arrivals/{taken}/collect"),
    ]

    assert expected == [answer.status_code for answer in answers]


def test_another_organisation_finds_nothing(taken: str, other_organisation: Organisation) -> None:
    stranger = Sender(issue_token(other_organisation))

    assert [] == stranger.get("arrivals").json()["items"]
    statuses = [stranger.get(f"arrivals/{taken}").status_code]
    statuses += [stranger.call("POST", f"arrivals/{taken}/accept", b"{}").status_code]
    assert [404, 404] == statuses


def run(*arguments: str) -> Any:
    """Run a command with --json; return what it said."""
    done = CliRunner().invoke(commands, [*arguments, "--json"], catch_exceptions=False)
    assert 0 == done.exit_code, done.output
    return json.loads(done.output)


def test_the_shell_lists_shows_and_collects(world: World, held: str) -> None:
    (row,) = run("list", "--state", "held")
    assert (held, "postbox.hash_mismatch", None) == (row["id"], row["code"], row["answer"])
    assert [PROBLEM.as_json(), OTHER.as_json()] == run("show", held)["reasons"]

    assert "found" == run("collect", held)["state"]
    assert [] == run("list", "--state", "held")


def test_the_shell_accepts(world: World, taken: str) -> None:
    assert "accept: waiting" == run("accept", taken)["answer"]
    assert ["accept"] == world.owed()


@pytest.mark.parametrize("chosen", [[], ["--problem", f"{OTHER.type}={OTHER.instance}"]])
def test_the_shell_rejects(world: World, postbox: PostboxRail, held: str, chosen: list[str]) -> None:
    assert "rejected" == run("reject", held, *chosen)["state"]
    world.answer()

    assert (OTHER if chosen else PROBLEM).type == postbox.briefs[0]["problems"][0]["type"]


def test_the_metrics_tell_what_arrived_and_what_is_late(
    world: World, postbox: PostboxRail, held: str, other_organisation: Organisation
) -> None:
    postbox.put("b")
    world.later(minutes=2)
    world.answer()
    postbox.put("c")
    postbox.broken = NotConfigured("No key opens this.", code="keys.none_to_open")
    world.later(days=3)

    figures = scrape()
    of = 'connection="postbox",organisation="beispielhausen"'
    assert ["1.0"] * 3 == [
        figures[f'caseway_arrivals{{{of},state="{state}"}}'] for state in ("found", "held", "taken_in")
    ]
    age = timedelta(days=3, minutes=2).total_seconds()
    assert str(age) == figures[f"caseway_oldest_unanswered_arrival_seconds{{{of}}}"]
    assert "1.0" == figures[f"caseway_arrivals_late{{{of}}}"]


def scrape() -> dict[str, str]:
    text = Client(SERVER_NAME="localhost").get("/metrics").content.decode()
    pairs = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: value for name, _, value in pairs}
