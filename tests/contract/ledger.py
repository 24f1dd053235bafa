"""The ledger: the smallest rail, without a wire. It shows what of the contract is the engine's own."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from caseway.core.errors import OutcomeUnknown, RateLimited, Refused, Unavailable
from caseway.rails.contract import Occasion, RailSettings, Step
from caseway.testing.contract import OtherSide
from caseway.testing.ledger import LedgerRail, LedgerSettings
from tests.rails.cmis.desk import document, occasion


def _lost(_: Step) -> None:
    raise OutcomeUnknown("the answer was lost", code="ledger.answer_lost")


class LedgerOtherSide(OtherSide):
    """Two effects for each occasion: an entry for the case, one for the occasion."""

    name = "ledger"
    speaks_http = False
    carries_documents = False

    def start(self) -> None:
        self._ledger = self.rail = LedgerRail()

    def stop(self) -> None:
        self._ledger.entries.clear()

    def settings(self, **changes: Any) -> RailSettings:
        return LedgerSettings()

    def occasion(self, number: int = 0, *, content: bytes | None = None) -> Occasion:
        return occasion(
            [document("application", "Antrag.pdf", content or b"%PDF-1.7")], submission=f"n{number}"
        )

    def effects(self) -> list[str]:
        return [f"L{number}" for number, _ in enumerate(self._ledger.entries, 1)]

    def doubled(self) -> int:
        return sum(count - 1 for count in Counter(self._ledger.entries).values())

    def lose_reply(self, after: int) -> None:
        self._ledger.script.extend([*[None] * after, _lost])

    def go_away(self) -> None:
        self._ledger.down = Unavailable("nobody answers", code="ledger.away")

    def refuse(self, words: str) -> None:
        self._ledger.script.append(Refused("The ledger refuses.", code="ledger.refused", remote=words))

    def ask_for_pause(self, pause: timedelta) -> None:
        error = RateLimited("The ledger asks for a pause.", code="ledger.busy", retry_after=pause)
        self._ledger.script.append(error)

    def hang(self, seconds: float) -> None:
        self._ledger.script.append(_lost)

    def calm(self) -> None:
        self._ledger.script.clear()
        self._ledger.down = None
