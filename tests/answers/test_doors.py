"""Answers through the interface and at the shell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.cases.models import Case, Document
from caseway.cli.main import app
from caseway.core.errors import NotFound
from caseway.delivery.models import Delivery
from caseway.intake.models import Submission
from caseway.testing.builders import a_connection, a_route
from caseway.testing.tokens import issue_token
from tests.api.conftest import BOUNDARY, Sender, multipart
from tests.api.test_error_shape import NOBODY, check

WORDS = {"subject": "Nachfrage", "body": "Welche Rasse?"}
PDF = ("bescheid", "Bescheid.pdf", "application/pdf", b"%PDF-1.7 Bescheid")


@pytest.fixture
def sender(organisation: Organisation) -> Sender:
    return Sender(issue_token(organisation))


@pytest.fixture
def mail(organisation: Organisation) -> None:
    connection = a_connection(organisation, "mail", rail="email", name="Mail server")
    a_route(connection, "answers by e-mail", kind="answer", channel="email")


def post(sender: Sender, case_id: object, said: Any = WORDS, files: Any = (), key: str = "k1") -> Any:
    body = multipart(said, files).replace(b'name="submission"', b'name="answer"')
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    named = {"Idempotency-Key": key} if key else {}
    return sender.call("POST", f"cases/{case_id}/answers", body, content_type=kind, **named)


@pytest.mark.mission("F-07")
def test_an_answer_over_the_interface_is_stored_owed_and_shown(
    sender: Sender, organisation: Organisation, case: Case, application: Submission, mail: None
) -> None:
    made = post(sender, case.id, files=[PDF])
    shown = sender.get(f"cases/{case.id}/conversation").json()

    assert (201, "answer") == (made.status_code, made.json()["kind"])
    assert [("in", "received", ""), ("out", "waiting", "mail")] == [
        (one["direction"], one["state"], one["connection"]) for one in shown["items"]
    ]
    assert ("Welche Rasse?", ["Bescheid.pdf"]) == (
        shown["items"][1]["body"],
        [one["filename"] for one in shown["items"][1]["documents"]],
    )
    assert ("email", "mail", False) == (
        shown["ways"]["channel"],
        shown["ways"]["way"]["connection"],
        shown["ways"]["way"]["fallback"],
    )


def test_the_same_request_again_gets_the_first_answer(
    sender: Sender, case: Case, application: Submission, mail: None
) -> None:
    first, again = (post(sender, case.id, files=[PDF]) for _ in range(2))

    assert (201, 200, "true") == (first.status_code, again.status_code, again.headers["Idempotent-Replay"])
    assert first.json() == again.json()


def test_without_a_way_the_conversation_says_so(sender: Sender, case: Case, application: Submission) -> None:
    post(sender, case.id)
    shown = sender.get(f"cases/{case.id}/conversation").json()

    assert ("not_connected", None) == (shown["items"][1]["state"], shown["ways"]["way"])


def test_a_case_without_anything_said_has_an_empty_conversation(sender: Sender, case: Case) -> None:
    assert {"items": [], "ways": None} == sender.get(f"cases/{case.id}/conversation").json()


@pytest.mark.parametrize(
    ("said", "key", "status", "code"),
    [
        ({"subject": "x"}, "k", 422, "request.invalid"),
        ({"subject": "x", "body": " "}, "k", 422, "request.invalid"),
        ({**WORDS, "bcc": "x"}, "k", 422, "request.invalid"),
        ({**WORDS, "to": {"channel": "pigeon"}}, "k", 422, "request.invalid"),
        (b"{", "k", 400, "submission.json_broken"),
        (WORDS, "", 400, "submission.idempotency_key_missing"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_shape(
    sender: Sender, case: Case, application: Submission, said: Any, key: str, status: int, code: str
) -> None:
    assert code == check(post(sender, case.id, said, key=key), status)["code"]


def test_answers_need_their_scope_and_their_case(
    organisation: Organisation, sender: Sender, case: Case, application: Submission
) -> None:
    reader = Sender(issue_token(organisation, ["submissions:write", "submissions:read"]))

    check(post(reader, case.id), 403)
    assert "case.not_found" == check(post(sender, NOBODY), 404)["code"]
    check(sender.get(f"cases/{NOBODY}/conversation"), 404)


def shell(*arguments: str, words: str = "") -> str:
    done = CliRunner().invoke(app, ["answer", *arguments], input=words, catch_exceptions=False)
    assert 0 == done.exit_code, done.output
    return done.output


@pytest.mark.mission("F-07")
def test_an_answer_at_the_shell_says_which_way_it_goes(
    organisation: Organisation, case: Case, application: Submission, mail: None, tmp_path: Path
) -> None:
    paper, words = tmp_path / "bescheid.pdf", tmp_path / "words.txt"
    paper.write_bytes(b"%PDF-1.7 Bescheid")
    words.write_text("Bitte nennen Sie die Rasse: Dackel, Spitz …", encoding="utf-8")
    wish = ["--subject", "Nachfrage", "--body-file", str(words), "--file", str(paper), "--json"]
    said = json.loads(shell(case.reference, *wish))

    assert (case.reference, "email", "mail") == (said["case"], said["channel"], said["connection"])
    with scope(organisation.id):
        delivery = Delivery.objects.select_related("submission").get()
        assert ["bescheid.pdf"] == list(Document.objects.filter(submission_id=said["id"]).values_list(
            "filename", flat=True))  # fmt: skip
    assert delivery.submission is not None
    assert "Bitte nennen Sie die Rasse: Dackel, Spitz …" == delivery.submission.message["body"]


def test_at_the_shell_the_words_may_come_from_standard_input(case: Case, application: Submission) -> None:
    said = shell(str(case.id), "--subject", "Nachfrage", "--body-file", "-", words="Welche Rasse?")

    assert "no way is connected for “email”" in said


def test_a_case_that_is_not_there_is_said_at_the_shell(organisation: Organisation) -> None:
    with pytest.raises(NotFound):
        shell("HS-NOTHING", "--subject", "x", "--body-file", "-", words="x")
