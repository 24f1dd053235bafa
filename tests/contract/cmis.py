"""The CMIS rail and a simulated DMS behind a cable that can be pulled."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from caseway.rails import cmis
from caseway.rails.cmis.config import CmisSettings
from caseway.rails.cmis.simulator import CmisSimulator
from caseway.rails.contract import Occasion, RailSettings
from caseway.rails.registry import rail
from caseway.testing.contract import OtherSide
from caseway.testing.harness_relay import Relay
from tests.rails.cmis.desk import document, occasion

EFFECTS = ["createFolder", "createDocument"]
SECRET = "Kein-Wort-davon-7391"


class CmisOtherSide(OtherSide):
    """Three effects for each occasion: folder, application, attachment."""

    name = "cmis"
    room = Path(cmis.__file__).parent
    secrets = (SECRET,)

    def __init__(self) -> None:
        self.rail = rail("cmis")

    def start(self) -> None:
        self._dms = CmisSimulator(auth=f"basic:caseway:{SECRET}")
        self._dms.start()
        self._cable = Relay(int(self._dms.url.rpartition(":")[2]))

    def stop(self) -> None:
        self._cable.close()
        self._dms.stop()

    def settings(self, **changes: Any) -> RailSettings:
        address = f"http://127.0.0.1:{self._cable.port}/cmis/browser"
        return CmisSettings(service_url=address, username="caseway", password=SECRET, **changes)

    def occasion(self, number: int = 0, *, content: bytes | None = None) -> Occasion:
        papers = [
            document("application", f"Antrag {number}.pdf", content or b"%%PDF-1.7 application %d" % number),
            document("attachment", f"Nachweis {number}.pdf", b"%%PDF-1.7 attachment %d" % number),
        ]
        return occasion(papers, submission=f"number-{number}")

    def effects(self) -> list[str]:
        return [one["id"] for one in self._dms.objects() if one["createdBy"] != "system"]

    def doubled(self) -> int:
        return len(self._dms.doubles())

    def contents(self) -> list[str]:
        return [one["sha256"] for one in self._dms.objects() if one["sha256"]]

    def lose_reply(self, after: int) -> None:
        self._dms.faults.add("drop_reply", actions=EFFECTS, after=after, times=1)

    def go_away(self) -> None:
        self._cable.pull()

    def refuse(self, words: str) -> None:
        self._dms.faults.add("refuse", actions=EFFECTS, message=words)

    def ask_for_pause(self, pause: timedelta) -> None:
        seconds = int(pause.total_seconds())
        self._dms.faults.add("rate_limited", actions=EFFECTS, retry_after=seconds)

    def hang(self, seconds: float) -> None:
        self._dms.faults.add("slow", actions=EFFECTS, seconds=seconds)

    def calm(self) -> None:
        self._dms.faults.clear()
        self._cable.pull()
        self._cable.plug_in()
