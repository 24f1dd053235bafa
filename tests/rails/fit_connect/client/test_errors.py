"""What an answer means: refused, not now, unknown; never a guess, and never without the platform's words."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caseway.core.clock import now
from caseway.core.errors import (
    CasewayError,
    NotConfigured,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Unavailable,
)
from caseway.core.http import Exchange
from caseway.rails.fit_connect.body import Body
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.destinations import Destinations
from caseway.rails.fit_connect.errors import (
    Call,
    NotThere,
    StateConflict,
    Unprocessable,
    from_answer,
    pause_of,
)
from caseway.rails.fit_connect.events import Events
from caseway.rails.fit_connect.replies import Replies
from caseway.rails.fit_connect.submissions import Announcement, Submissions
from tests.rails.fit_connect.client.stub import (
    ATTACHMENT,
    CASE,
    DESTINATION,
    REPLY,
    SERVICE,
    SUBMISSION,
    Reply,
    Stub,
    answer,
    hang_up,
    link_to,
    problem,
)

V2 = "/submission-api/v2"
LOG = f"{V2}/cases/{CASE}/events"
ANNOUNCED = Announcement(DESTINATION, (), SERVICE, "Bauantrag")

READING = [
    (500, Unavailable, "server_error"),
    (502, Unavailable, "server_error"),
    (503, Unavailable, "unavailable"),
    (504, Unavailable, "server_error"),
]
CHANGING = [
    (500, OutcomeUnknown, "server_error"),
    (502, OutcomeUnknown, "server_error"),
    (503, Unavailable, "unavailable"),
    (504, OutcomeUnknown, "server_error"),
]
EITHER = [
    (400, Refused, "malformed"),
    (403, NotConfigured, "forbidden"),
    (404, NotThere, "case_unknown"),
    (405, NotConfigured, "wrong_address"),
    (406, Refused, "refused"),
    (408, Unavailable, "unavailable"),
    (409, StateConflict, "state_conflict"),
    (410, NotThere, "case_unknown"),
    (413, Refused, "too_large"),
    (415, Refused, "media_type"),
    (429, RateLimited, "rate_limited"),
]


def read(client: Client) -> None:
    list(Events(client).of_case(CASE))


def change(client: Client) -> None:
    Events(client).post(CASE, "a.b.c")


def failure(client: Client, act: Callable[[Client], object]) -> CasewayError:
    with pytest.raises(CasewayError) as raised:
        act(client)
    return raised.value


@pytest.mark.parametrize(("status", "kind", "code"), [*EITHER, *READING])
def test_what_a_status_means_to_a_read(
    stub: Stub, client: Client, status: int, kind: type[CasewayError], code: str
) -> None:
    stub.on("GET", LOG, problem(status, "some-thing"))

    error = failure(client, read)

    assert (kind, f"fit_connect.{code}") == (type(error), error.code)


@pytest.mark.parametrize(("status", "kind", "code"), [*EITHER, *CHANGING])
def test_what_a_status_means_to_a_change(
    stub: Stub, client: Client, status: int, kind: type[CasewayError], code: str
) -> None:
    stub.on("POST", LOG, problem(status, "some-thing"))

    error = failure(client, change)

    assert (kind, f"fit_connect.{code}") == (type(error), error.code)


@pytest.mark.parametrize(
    ("method", "path", "act", "code"),
    [
        ("POST", "submissions", lambda c: Submissions(c).create(ANNOUNCED), "destination_refuses"),
        (
            "PUT",
            f"submissions/{SUBMISSION}/attachments/{ATTACHMENT}",
            lambda c: Submissions(c).upload(SUBMISSION, ATTACHMENT, Body.of("a.b")),
            "attachment_refused",
        ),
        (
            "PUT",
            f"submissions/{SUBMISSION}",
            lambda c: Submissions(c).submit(SUBMISSION, "a.b", "c.d"),
            "submission_refused",
        ),
        ("POST", f"cases/{CASE}/events", change, "event_refused"),
        ("POST", "replies", lambda c: Replies(c).create(CASE, ()), "reply_refused"),
        ("PUT", f"replies/{REPLY}", lambda c: Replies(c).submit(REPLY, "a.b", "c.d"), "reply_refused"),
    ],
)
def test_a_422_says_what_was_not_taken(
    stub: Stub, client: Client, method: str, path: str, act: Callable[[Client], object], code: str
) -> None:
    stub.on(method, f"{V2}/{path}", problem(422, "invalid", "Invalid JWE Header 'cty'"))

    error = failure(client, act)

    assert (Unprocessable, f"fit_connect.{code}") == (type(error), error.code)
    assert "Problem: Invalid JWE Header 'cty'" == error.details["remote"]


@pytest.mark.parametrize(
    ("path", "act", "code"),
    [
        (
            f"destinations/{DESTINATION}",
            lambda c: Destinations(c).get(DESTINATION),
            "destination_unknown",
        ),
        (
            f"destinations/{DESTINATION}/keys/kid-1234",
            lambda c: Destinations(c).key(DESTINATION, "kid-1234"),
            "key_unknown",
        ),
        (f"submissions/{SUBMISSION}", lambda c: Submissions(c).get(SUBMISSION), "submission_unknown"),
        (f"replies/{REPLY}", lambda c: Replies(c).get(REPLY), "reply_unknown"),
        (f"cases/{CASE}/events", read, "case_unknown"),
    ],
)
def test_a_404_says_what_is_not_there(
    stub: Stub, client: Client, path: str, act: Callable[[Client], object], code: str
) -> None:
    stub.on("GET", f"{V2}/{path}", problem(404, "not-found"))

    error = failure(client, act)

    assert (NotThere, f"fit_connect.{code}") == (type(error), error.code)


def test_the_problem_knows_better_than_the_address_what_is_missing(stub: Stub, client: Client) -> None:
    stub.on(
        "GET",
        f"{V2}/submissions/{SUBMISSION}/attachments/{ATTACHMENT}",
        problem(404, "submission-not-found"),
    )

    def open_it(client: Client) -> None:
        with Submissions(client).attachment(SUBMISSION, ATTACHMENT, most=10):
            pass

    assert "fit_connect.submission_unknown" == failure(client, open_it).code


@pytest.mark.parametrize(
    "reply",
    [
        Reply(404, b"<html>nginx</html>", {"Content-Type": "text/html"}),
        Reply(404),
        answer({"timestamp": "2026-11-22", "status": 404, "error": "Not Found"}, 404),
        answer({"type": "about:blank", "title": "Not Found", "status": 404}, 404),
    ],
)
def test_a_404_of_a_gateway_never_means_that_something_is_not_there(
    stub: Stub, client: Client, reply: Reply
) -> None:
    stub.on("GET", LOG, reply)

    error = failure(client, read)

    assert (NotConfigured, "fit_connect.wrong_address") == (type(error), error.code)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html>please log in</html>", {"Content-Type": "text/html"}),
        Reply(200, b'{"eventLog": ["a.b'),
        Reply(200, b"[]"),
        Reply(200, b"\xff\xfe"),
        Reply(200, b"[" * 100_000),
        Reply(204),
        answer({"eventLog": "a.b.c"}),
        answer({"eventLog": [1]}),
        answer({}),
    ],
)
def test_a_success_that_is_no_answer_of_fit_connect_is_read_again_later(
    stub: Stub, client: Client, reply: Reply
) -> None:
    stub.on("GET", LOG, reply)

    error = failure(client, read)

    assert (Unavailable, "fit_connect.answer_unreadable") == (type(error), error.code)


@pytest.mark.parametrize("reply", [Reply(201), answer({"submissionId": "x"}, 201), Reply(201, b"<html>")])
def test_a_creation_whose_answer_cannot_be_read_has_an_unknown_outcome(
    stub: Stub, client: Client, reply: Reply
) -> None:
    stub.on("POST", f"{V2}/submissions", reply)

    error = failure(client, lambda c: Submissions(c).create(ANNOUNCED))

    assert (OutcomeUnknown, "fit_connect.answer_unreadable") == (type(error), error.code)


def test_a_lost_answer_leaves_a_change_open_and_a_read_harmless(stub: Stub, client: Client) -> None:
    stub.on("POST", LOG, Reply(act=hang_up))
    stub.on("GET", LOG, Reply(act=hang_up))

    changed, seen = failure(client, change), failure(client, read)

    assert (OutcomeUnknown, "http.answer_lost") == (type(changed), changed.code)
    assert (Unavailable, "http.answer_lost") == (type(seen), seen.code)


def test_a_closed_port_has_no_effect() -> None:
    with link_to("http://127.0.0.1:9") as link:
        error = failure(Client.of(link), change)

    assert (Unavailable, "http.unreachable") == (type(error), error.code)


def test_an_answer_longer_than_the_limit_is_not_read(stub: Stub) -> None:
    stub.on("GET", LOG, Reply(200, b" " * 1_500_000))
    with link_to(stub.url, max_answer_bytes=1_000_000) as link:
        error = failure(Client.of(link), read)

    assert (Refused, "fit_connect.answer_too_large") == (type(error), error.code)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "7", "RateLimit_Reset": "30"}, 7),
        ({"RateLimit_Reset": "30"}, 30),
        ({"RateLimit_Reset": "nonsense"}, None),
        ({}, None),
    ],
)
def test_the_pause_asked_for_is_kept(
    stub: Stub, client: Client, headers: dict[str, str], seconds: int | None
) -> None:
    stub.on("GET", LOG, problem(429, "too-many", "", **headers))

    error = failure(client, read)

    assert isinstance(error, RateLimited)
    assert (timedelta(seconds=seconds) if seconds is not None else None) == error.retry_after


def test_a_reset_given_as_a_moment_is_a_distance_from_now() -> None:
    moment = now().timestamp()

    pause = pause_of({"ratelimit-reset": str(int(moment) + 40)}, None, moment)

    assert pause is not None
    assert 38 <= pause.total_seconds() <= 41
    assert timedelta(0) == pause_of({"ratelimit-reset": str(int(moment) - 40)}, None, moment)


def test_the_kind_of_problem_is_in_the_wire_log(stub: Stub) -> None:
    stub.on("POST", LOG, problem(409, "invalid-state-transition"))
    exchanges: list[Exchange] = []
    with link_to(stub.url, exchanges) as link:
        error = failure(Client.of(link), change)

    assert "invalid-state-transition" == error.details["problem"] == exchanges[-1].exception
    assert ("postEvent", 409, CASE) == (
        exchanges[-1].action,
        exchanges[-1].status,
        exchanges[-1].object_id,
    )


@given(status=st.integers(300, 599), body=st.binary(max_size=200), effect=st.booleans())
@settings(max_examples=200)
def test_every_failure_has_a_place_in_the_tree(status: int, body: bytes, effect: bool) -> None:
    call = Call("postEvent", "case", CASE, effect=effect)

    error = from_answer(call, status, body, None)

    assert error.code.startswith("fit_connect.")
    assert effect or not isinstance(error, OutcomeUnknown)
    assert {"remote", "status", "action"} <= error.details.keys()


@given(st.recursive(st.none() | st.integers() | st.text(max_size=9), lambda x: st.lists(x, max_size=3)))
@settings(max_examples=100)
def test_a_strange_problem_is_no_trouble(value: object) -> None:
    body = json.dumps({"type": value, "title": value, "detail": value}).encode()

    error = from_answer(Call("readLog", "case"), 422, body, None)

    assert isinstance(error, Unprocessable)
