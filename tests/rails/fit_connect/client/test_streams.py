"""Large attachments: in constant memory, of known length, and never half of one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from caseway.core.errors import CasewayError, OutcomeUnknown, Refused, Unavailable
from caseway.rails.fit_connect.body import Body
from caseway.rails.fit_connect.client import Client
from caseway.rails.fit_connect.submissions import Submissions
from tests.rails.fit_connect.client.stub import (
    ATTACHMENT,
    SUBMISSION,
    Handler,
    Reply,
    Stub,
    answer,
    hang_up,
)

PATH = f"/submission-api/v2/submissions/{SUBMISSION}/attachments/{ATTACHMENT}"
PIECE = b"x" * 262_144
JOSE = {"Content-Type": "application/jose"}


def pieces(count: int) -> Body:
    """Return a body that is made while it is sent."""
    return Body(count * len(PIECE), lambda: nullcontext(PIECE for _ in range(count)))


def pouring(announced: int, poured: int) -> Callable[[Handler], None]:
    """Announce a number of pieces and send another, then close."""

    def act(handler: Handler) -> None:
        handler.send_response(200)
        for name, value in {**JOSE, "Content-Length": str(announced * len(PIECE))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        for _ in range(poured):
            handler.wfile.write(PIECE)
        handler.close_connection = True

    return act


def drain(client: Client, most: int = 10**9) -> int:
    with Submissions(client).attachment(SUBMISSION, ATTACHMENT, most=most) as opened:
        return sum(len(piece) for piece in opened.pieces)


def failure(client: Client, most: int = 10**9) -> CasewayError:
    with pytest.raises(CasewayError) as raised:
        drain(client, most)
    return raised.value


def test_a_body_is_sent_while_it_is_made(stub: Stub, client: Client) -> None:
    stub.on("PUT", PATH, Reply(204))

    Submissions(client).upload(SUBMISSION, ATTACHMENT, pieces(40))

    assert 40 * len(PIECE) == stub.find("PUT")[0].length


def test_a_download_tells_its_length_and_comes_in_pieces(stub: Stub, client: Client) -> None:
    stub.on("GET", PATH, Reply(act=pouring(40, 40)))

    with Submissions(client).attachment(SUBMISSION, ATTACHMENT, most=10**9) as opened:
        lengths = [len(piece) for piece in opened.pieces]

    assert 40 * len(PIECE) == opened.length == sum(lengths)
    assert max(lengths) <= 1_000_000
    assert "identity" == stub.find("GET")[0].headers["accept-encoding"]


def test_a_download_that_breaks_off_is_fetched_again_later(stub: Stub, client: Client) -> None:
    stub.on("GET", PATH, Reply(act=pouring(40, 39)))

    assert isinstance(failure(client), Unavailable)


def pouring_untold(handler: Handler) -> None:
    """Send forty pieces without telling the length."""
    handler.send_response(200)
    for name, value in {**JOSE, "Connection": "close"}.items():
        handler.send_header(name, value)
    handler.end_headers()
    for _ in range(40):
        handler.wfile.write(PIECE)
    handler.close_connection = True


@pytest.mark.parametrize("act", [pouring(40, 40), pouring_untold])
def test_a_download_over_the_limit_is_refused(
    stub: Stub, client: Client, act: Callable[[Handler], None]
) -> None:
    stub.on("GET", PATH, Reply(act=act))

    error = failure(client, most=30 * len(PIECE))

    assert (Refused, "fit_connect.answer_too_large") == (type(error), error.code)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html>log in</html>", {"Content-Type": "text/html"}),
        answer({"attachment": "a.b.c"}),
        Reply(204),
    ],
)
def test_what_is_not_jose_is_no_attachment(stub: Stub, client: Client, reply: Reply) -> None:
    stub.on("GET", PATH, reply)

    error = failure(client)

    assert (Unavailable, "fit_connect.answer_unreadable") == (type(error), error.code)


def test_what_goes_wrong_while_it_is_read_stays_what_it_is(stub: Stub, client: Client) -> None:
    stub.on("GET", PATH, Reply(act=pouring(4, 4)))
    stub.on("PUT", PATH, Reply(act=hang_up))
    submissions = Submissions(client)

    with (
        pytest.raises(OutcomeUnknown),
        submissions.attachment(SUBMISSION, ATTACHMENT, most=10**9) as opened,
    ):
        submissions.upload(SUBMISSION, ATTACHMENT, Body(4 * len(PIECE), lambda: nullcontext(opened.pieces)))


@pytest.mark.parametrize("content", [Body(10, Body.of("x" * 9).open), Body(10, Body.of("x" * 11).open)])
def test_a_body_that_is_not_as_long_as_was_said_is_broken_off(
    stub: Stub, client: Client, content: Body
) -> None:
    stub.on("PUT", PATH, Reply(204))

    with pytest.raises(Refused) as raised:
        Submissions(client).upload(SUBMISSION, ATTACHMENT, content)

    assert "fit_connect.content_changed" == raised.value.code
    assert [] == stub.find("PUT")


def test_an_upload_whose_answer_is_lost_may_have_arrived(stub: Stub, client: Client) -> None:
    stub.on("PUT", PATH, Reply(act=hang_up))

    with pytest.raises(OutcomeUnknown):
        Submissions(client).upload(SUBMISSION, ATTACHMENT, pieces(4))


def test_a_service_that_refuses_early_is_heard_or_left_open(stub: Stub, client: Client) -> None:
    """Whether its answer survives the closing of the connection is up to TCP."""
    refusal = Reply(413, b"{}", {"Content-Type": "application/json", "Connection": "close"}, early=True)
    stub.on("PUT", PATH, refusal)

    with pytest.raises((Refused, OutcomeUnknown)):
        Submissions(client).upload(SUBMISSION, ATTACHMENT, pieces(40))

    assert 1 == len(stub.find("PUT"))


_CARRY = """
import resource, sys
from contextlib import nullcontext
from tests.rails.fit_connect.client.stub import ATTACHMENT, SUBMISSION, client_to
from tests.rails.fit_connect.client.test_streams import PIECE, drain, pieces
from caseway.rails.fit_connect.submissions import Submissions
url, count = sys.argv[1], int(sys.argv[2])
with client_to(url, read_timeout=60) as client:
    Submissions(client).upload(SUBMISSION, ATTACHMENT, pieces(4)); assert drain(client) > 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    Submissions(client).upload(SUBMISSION, ATTACHMENT, pieces(count))
    assert drain(client) == count * len(PIECE)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
def test_five_hundred_megabytes_go_up_and_come_down_in_constant_memory(stub: Stub) -> None:
    count = 500_000_000 // len(PIECE) + 1
    stub.on("PUT", PATH, Reply(204))
    stub.on("GET", PATH, Reply(act=pouring(4, 4)), Reply(act=pouring(count, count)))

    done = subprocess.run(
        [sys.executable, "-c", _CARRY, stub.url, str(count)], capture_output=True, text=True, timeout=120
    )

    assert "" == done.stderr
    assert int(done.stdout) < 16 * 1024  # KiB above what a small one needs
