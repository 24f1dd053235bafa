"""The simulated platform as a network service."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from caseway.core.errors import CasewayError
from caseway.rails.fit_connect.simulator import admin, revocation, switches
from caseway.rails.fit_connect.simulator import seed as seeds
from caseway.rails.fit_connect.simulator.api import Api
from caseway.rails.fit_connect.simulator.counts import counts, describe
from caseway.rails.fit_connect.simulator.model import Client, Destination
from caseway.rails.fit_connect.simulator.options import Options
from caseway.rails.fit_connect.simulator.platform import Platform
from caseway.rails.fit_connect.simulator.seed import SeedSource
from caseway.rails.fit_connect.simulator.store import Store
from caseway.rails.fit_connect.simulator.vault import Vault
from caseway.testing.simulator import Request, Response, ServerTls, Simulator
from caseway.testing.simulator.base import FaultSetting, Note

WARM_KEYS = ("root", "intermediate", "service", "portal")


class FitConnectSimulator(Simulator):
    """FIT-Connect's APIs on 127.0.0.1: token, submission v1 and v2, destination, routing, portal, PKI.

    Use it as a context manager. `seed` is a YAML or JSON file, the data itself, or None for the one that
    ships. `state` is a folder that keeps everything over a kill -9, its keys too; without it everything is
    forgotten. `keys` is a folder for private keys (default: in `state`, else one shared by all simulators of
    this user, since a key takes seconds). Other settings are those of `Options`, by name.
    """

    switches = switches.ALL

    def __init__(
        self,
        *,
        seed: SeedSource = None,
        state: Path | None = None,
        keys: Path | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: ServerTls | None = None,
        faults: Iterable[FaultSetting] = (),
        **options: Any,
    ) -> None:
        super().__init__(host=host, port=port, tls=tls, faults=faults)
        self.options = replace(Options(), **options)
        self._source = seed
        store = Store(state)
        vault = Vault(keys or (state / "keys" if state else None))
        self.platform: Platform = Platform(store, vault, self.options, self.faults, self._public_url)
        self._api = Api(self.platform)
        try:
            self._plant()
        except CasewayError:
            store.close()
            raise

    @property
    def addresses(self) -> dict[str, str]:
        """Every address a client needs; `submissionV2`, `destinationV2`, `routing`, `token`, …"""
        return self.platform.addresses.describe()

    def start(self) -> FitConnectSimulator:
        """Listen and answer, in threads of its own; make missing keys in the background."""
        try:
            super().start()
        except OSError:
            self.platform.store.close()
            raise
        self.platform.caller.start()
        threading.Thread(target=self._warm, name="fit-connect-keys", daemon=True).start()
        return self

    def stop(self) -> None:
        """End every connection, stop calling back, let go of files."""
        self.platform.caller.stop()
        super().stop()
        self.platform.store.close()

    def reset(self) -> None:
        """Forget everything but keys, and plant the seed again."""
        self.faults.clear()
        self.log.clear()
        self.platform.forget()
        self._plant()

    def add_client(self, **data: Any) -> Client:
        """Add a client; see `seed.add_client`."""
        return seeds.add_client(self.platform, data)

    def add_destination(self, **data: Any) -> Destination:
        """Add a destination; see `seed.add_destination`."""
        return seeds.add_destination(self.platform, data)

    def private_keys(self, destination_id: str) -> list[dict[str, Any]]:
        """Return the private JWKs of a destination whose keys the simulator made."""
        return admin.private_keys(self, destination_id)

    def advance(self, seconds: float) -> None:
        """Let time pass on the platform."""
        admin.advance(self, seconds)

    def counts(self) -> dict[str, Any]:
        """Return what happened, counted."""
        return counts(self.platform)

    def describe(self) -> dict[str, Any]:
        """Return everything but secrets and contents."""
        return describe(self.platform)

    def answer(self, request: Request, note: Note) -> Response:
        """Answer one request: the APIs, the PKI, the admin API, the page."""
        top = request.segments[0] if request.segments else ""
        if top == "pki":
            note.action = "ocsp" if request.segments[1:2] == ["ocsp"] else "crl"
            fault = self.faults.first(switches.REFUSING, note.action)
            if fault is not None:
                note.applied(fault.kind)
                return switches.refusal(fault)
            return revocation.answer(self.platform.pki, request)
        if not top or top in admin.ROOTS:
            return admin.answer(self, request)
        return self._api.answer(request, note)

    def _public_url(self) -> str:
        return self.options.public_url or self.url

    def _plant(self) -> None:
        seeds.plant(self.platform, seeds.read(self._source))

    def _warm(self) -> None:
        for name in WARM_KEYS:
            self.platform.vault.key(name)
