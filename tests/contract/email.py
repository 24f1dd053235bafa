"""The e-mail rail and a mail server. Its one effect cannot be asked for afterwards."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from caseway.rails import email
from caseway.rails.contract import Occasion, RailSettings
from caseway.rails.email.simulator import EmailSimulator
from caseway.rails.registry import rail
from caseway.testing.contract import OtherSide
from caseway.testing.harness_relay import Relay
from tests.rails.email.desk import a_document, an_answer, settings_for

SECRET = "Kein-Wort-davon-2286"


class EmailOtherSide(OtherSide):
    """One effect for each occasion: a mail."""

    name = "email"
    room = Path(email.__file__).parent
    speaks_http = False
    can_probe = False
    names_pauses = False
    secrets = (SECRET,)

    def __init__(self) -> None:
        self.rail = rail("email")

    def start(self) -> None:
        self._server = EmailSimulator(security="none", login=("caseway", SECRET)).start()
        self._cable = Relay(self._server.smtp_port)

    def stop(self) -> None:
        self._cable.close()
        self._server.stop()

    def settings(self, **changes: Any) -> RailSettings:
        patience = {"timeout": changes.pop("read_timeout")} if "read_timeout" in changes else {}
        return settings_for(self._server, port=self._cable.port, **patience, **changes)

    def occasion(self, number: int = 0, *, content: bytes | None = None) -> Occasion:
        papers = [a_document(f"Bescheid {number}.pdf", content or b"%%PDF-1.7 answer %d" % number)]
        return an_answer(f"Ihr Antrag {number}", "Bewilligt.", papers, number)

    def effects(self) -> list[str]:
        return [mail.message_id for mail in self._server.mails.all()]

    def doubled(self) -> int:
        return self._server.mails.doubled()

    def contents(self) -> list[str]:
        return [one.sha256 for mail in self._server.mails.all() for one in mail.attachments]

    def lose_reply(self, after: int) -> None:
        self._server.faults.add("drop_reply", actions="data", after=after, times=1)

    def go_away(self) -> None:
        self._cable.pull()

    def refuse(self, words: str) -> None:
        self._server.faults.add("refuse", actions="rcpt", message=words)

    def ask_for_pause(self, pause: timedelta) -> None:
        self._server.faults.add("later", actions="rcpt")

    def hang(self, seconds: float) -> None:
        self._server.faults.add("slow", actions="data", seconds=seconds)

    def calm(self) -> None:
        self._server.faults.clear()
        self._cable.pull()
        self._cable.plug_in()
