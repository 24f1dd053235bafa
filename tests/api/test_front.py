"""Requests of systems pass by what is for people, and keep the headers that every answer has."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from tests.api.conftest import Sender


def test_the_api_opens_no_session_and_speaks_no_language(sender: Sender) -> None:
    answer = sender.get("submissions")

    assert {} == dict(answer.cookies)
    assert [False, False] == [name in answer.headers for name in ("Vary", "Content-Language")]


@pytest.mark.parametrize("path", ["submissions", "nowhere", "/api/nowhere"])
def test_every_answer_says_how_long_it_is_and_forbids_to_guess(sender: Sender, path: str) -> None:
    answer = sender.get(path)

    assert str(len(answer.content)) == answer.headers["Content-Length"]
    assert "nosniff" == answer.headers["X-Content-Type-Options"]
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_host_that_is_not_ours_is_refused(sender: Sender) -> None:
    answer = Browser().get("/api/v1/submissions", headers={"Host": "elsewhere.example"})

    assert (400, "request.unreadable") == (answer.status_code, answer.json()["code"])


def test_pages_for_people_go_their_way(db: None) -> None:
    answer = Browser(SERVER_NAME="localhost").get("/sign-in/")

    assert (200, "en") == (answer.status_code, answer.headers["Content-Language"])
