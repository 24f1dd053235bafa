"""The digest: every cause once, with the age of its oldest, to those who can act."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from caseway import mailing
from caseway.access.models import Role
from caseway.configuration import Configuration, configuration
from caseway.core.errors import Refused, Unavailable
from caseway.delivery.digest import digest
from caseway.testing.builders import a_user
from caseway.testing.ledger import LedgerRail
from tests.delivery.conftest import World


class Letterbox(socketserver.ThreadingTCPServer):
    """A mail server that takes everything (RFC 5321, the commands smtplib says)."""

    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Postman)
        self.mails: list[str] = []


class Postman(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        assert isinstance(self.server, Letterbox)
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            command = line[:4].upper()
            if command == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append(b"".join(lines).decode())
            self.wfile.write(b"221 bye\r\n" if command == b"QUIT" else b"250 ok\r\n")


@pytest.fixture
def letterbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Letterbox]:
    with Letterbox() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        post_to(monkeypatch, f"smtp://127.0.0.1:{server.server_address[1]}")
        yield server
        server.shutdown()
        thread.join()


def post_to(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    changed: Configuration = configuration().model_copy(update={"smtp_url": SecretStr(url)})
    monkeypatch.setattr(mailing, "configuration", lambda: changed)


@pytest.fixture
def stuck(world: World, ledger: LedgerRail) -> World:
    """Two deliveries refused for one cause, one brought out."""
    ledger.script.extend([Refused("The DMS says no.", code="test.no", remedy="Ask them.")] * 2)
    for _ in range(3):
        world.accept()
        world.work()
    return world


@pytest.mark.mission("X-05")
def test_each_cause_stands_once_with_its_oldest(stuck: World) -> None:
    found = digest(stuck.organisation.id, stuck.clock.now() - timedelta(days=1))

    assert (3, 1, 2) == (found.accepted, found.delivered, found.stuck)
    assert [("test.no", 2, "Ask them.")] == [(one.code, one.count, one.remedy) for one in found.causes]
    assert "2 × The DMS says no." in found.as_text()


@pytest.mark.mission("X-05")
def test_the_digest_goes_to_those_who_can_act_and_names_no_applicant(
    stuck: World, letterbox: Letterbox
) -> None:
    a_user(stuck.organisation, Role.FUNCTIONAL_ADMINISTRATOR, "frida@example.org")
    a_user(stuck.organisation, Role.CASEWORKER, "sami@example.org")

    assert 1 == mailing.send_digests()

    (mail,) = letterbox.mails
    assert "frida@example.org" in mail
    assert "sami@example.org" not in mail
    assert "Mustermann" not in mail


def test_where_nobody_is_needed_no_mail_is_sent(world: World, letterbox: Letterbox) -> None:
    a_user(world.organisation)
    world.accept()
    world.work()

    assert (0, []) == (mailing.send_digests(), letterbox.mails)


def test_a_mail_server_that_is_away_is_said(stuck: World, monkeypatch: pytest.MonkeyPatch) -> None:
    a_user(stuck.organisation)
    post_to(monkeypatch, "smtp://127.0.0.1:9")

    with pytest.raises(Unavailable, match="did not take the digest"):
        mailing.send_digests()
