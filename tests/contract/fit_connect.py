"""The FIT-Connect rail and a simulated platform behind a cable that can be pulled."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from joserfc import jwe
from joserfc.jwk import RSAKey

from caseway.rails import fit_connect
from caseway.rails.contract import Occasion, PlannedStep, RailSettings
from caseway.rails.fit_connect.config import FitConnectSettings
from caseway.rails.fit_connect.simulator import FitConnectSimulator
from caseway.rails.registry import rail
from caseway.testing.contract import OtherSide
from caseway.testing.harness_relay import Relay
from tests.rails.fit_connect.rail.papers import OURS, data, occasion, paper

STEPS = ["create_submission", "put_attachment", "submit"]


class FitConnectOtherSide(OtherSide):
    """Four steps for each occasion, of which only the last, the handing over, is seen by anybody."""

    name = "fit_connect"
    room = Path(fit_connect.__file__).parent
    secrets = ("demo-sender-secret",)

    def __init__(self) -> None:
        self.rail = rail("fit_connect")

    def start(self) -> None:
        self._platform = FitConnectSimulator()
        self._platform.start()
        self._cable = Relay(int(self._platform.url.rpartition(":")[2]))
        public = f"http://127.0.0.1:{self._cable.port}"
        self._platform.options = replace(self._platform.options, public_url=public)

    def stop(self) -> None:
        self._cable.close()
        self._platform.stop()

    def settings(self, **changes: Any) -> RailSettings:
        where = self._platform.addresses
        given: dict[str, Any] = {
            "platform": "custom",
            "client_id": "demo-sender",
            "client_secret": "demo-sender-secret",
            "token_url": where["token"],
            "submission_url": where["submissionV2"],
            "destination_id": OURS,
            "roots_pem": self._platform.platform.pki.root_pem(),
        }
        return FitConnectSettings.model_validate({**given, **changes})

    def occasion(self, number: int = 0, *, content: bytes | None = None) -> Occasion:
        papers = [
            data(b'{"number": %d}' % number, name=f"antrag-{number}"),
            paper("application", f"Antrag {number}.pdf", content or b"%%PDF-1.7 application %d" % number),
            paper("attachment", f"Nachweis {number}.pdf", b"%%PDF-1.7 attachment %d" % number),
        ]
        return occasion(papers, name=f"number-{number}")

    def has_effect(self, step: PlannedStep) -> bool:
        return step.kind == "submit"

    def effects(self) -> list[str]:
        parcels = self._platform.platform.store.parcels.values()
        handed = [one for one in parcels if one.submitted is not None]
        return [one.id for one in sorted(handed, key=lambda one: one.submitted or 0)]

    def doubled(self) -> int:
        return int(self._platform.counts()["doubled"])

    def contents(self) -> list[str]:
        return [hashlib.sha256(content).hexdigest() for content in self._opened()]

    def _opened(self) -> Iterator[bytes]:
        """What the recipient sees, opened with another JOSE library than the rail's own."""
        jwk = next(one for one in self._platform.private_keys(OURS) if one["key_ops"] == ["unwrapKey"])
        key = RSAKey.import_key({name: value for name, value in jwk.items() if name != "key_ops"})
        store = self._platform.platform.store
        for parcel in store.parcels.values():
            for name in ("data", *parcel.attachments):
                text = store.path(parcel, name).read_text()
                opened = jwe.decrypt_compact(text, key, algorithms=["RSA-OAEP-256", "A256GCM"])
                yield opened.plaintext or b""

    def lose_reply(self, after: int) -> None:
        self._platform.faults.add("drop_reply", actions=STEPS, after=after, times=1)

    def go_away(self) -> None:
        self._cable.pull()

    def refuse(self, words: str) -> None:
        self._platform.faults.add("problems_422", actions=STEPS, message=words)

    def ask_for_pause(self, pause: timedelta) -> None:
        seconds = int(pause.total_seconds())
        self._platform.faults.add("rate_limited", actions=STEPS, retry_after=seconds)

    def hang(self, seconds: float) -> None:
        self._platform.faults.add("slow", actions=STEPS, seconds=seconds)

    def calm(self) -> None:
        self._platform.faults.clear()
        self._cable.pull()
        self._cable.plug_in()
