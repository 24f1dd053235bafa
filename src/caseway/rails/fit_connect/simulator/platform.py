"""The simulated platform: what all its APIs work on."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from caseway.rails.fit_connect.simulator.addresses import Addresses
from caseway.rails.fit_connect.simulator.callbacks import Caller
from caseway.rails.fit_connect.simulator.deadlines import Deadlines
from caseway.rails.fit_connect.simulator.login import Login
from caseway.rails.fit_connect.simulator.model import Case, Client, Destination, Parcel
from caseway.rails.fit_connect.simulator.options import Options
from caseway.rails.fit_connect.simulator.pki import Pki
from caseway.rails.fit_connect.simulator.rates import Area, Window
from caseway.rails.fit_connect.simulator.store import Store
from caseway.rails.fit_connect.simulator.vault import Vault
from caseway.testing.simulator import Faults

SERVICE_KID = "delivery-service-1"
PORTAL_KID = "self-service-portal-1"


class Platform:
    """Store, keys, tokens, callbacks, switches of one simulator. `url` is asked when an address is needed."""

    service_kid = SERVICE_KID
    portal_kid = PORTAL_KID

    def __init__(
        self, store: Store, vault: Vault, options: Options, faults: Faults, url: Callable[[], str]
    ) -> None:
        self.store = store
        self.vault = vault
        self.options = options
        self.faults = faults
        self._url = url
        self.pki = Pki(vault, url)
        self.login = Login(store, options)
        self.caller = Caller(faults, options, self.seconds)
        self.deadlines = Deadlines(self)
        self.window = Window()
        self.areas: list[Area] = []
        self.refused_kids: set[tuple[str, str]] = set()
        self.counted: Counter[str] = Counter()
        self._given: set[str] = set()
        self._counting = threading.Lock()

    @property
    def addresses(self) -> Addresses:
        """Where everything is."""
        return Addresses(self._url(), self.options.roots)

    def seconds(self) -> float:
        """Return the time as the platform says it: its clock may be wrong."""
        fault = self.faults.take("clock_skew", "clock") if len(self.faults) else None
        return self.store.clock.seconds() + (float(fault.parameters["seconds"]) if fault else 0.0)

    def tally(self, name: str, by: int = 1) -> None:
        """Count an effect."""
        with self._counting:
            self.counted[name] += by

    def service_key(self) -> RSAPrivateKey:
        """Return the key that signs the delivery service's events."""
        return self.vault.key("service")

    def portal_key(self) -> RSAPrivateKey:
        """Return the key that signs destination data."""
        return self.vault.key("portal")

    def destination_key(
        self, destination: Destination, kid: str, variant: str = "good"
    ) -> dict[str, Any] | None:
        """Return the public JWK of a destination's key, or None. Its own keys are made when asked for."""
        found = destination.keys.get(kid)
        if found is None or "made" not in found:
            return found
        return self.pki.key_jwk(found["made"], kid, found["operation"], variant)

    def forget(self) -> None:
        """Forget everything but keys and revocations."""
        self.store.clear()
        self.deadlines.clear()
        self.login.revoke()
        self.refused_kids.clear()
        self._given.clear()
        with self._counting:
            self.counted.clear()

    def rotate(self, destination: Destination) -> str:
        """Give a destination a new encryption key of the simulator's own; return the old kid."""
        with self.store.lock:
            old, kid = destination.encryption_kid, str(uuid.uuid4())
            destination.keys[kid] = {"made": self.spare_name(), "operation": "wrapKey"}
            destination.encryption_kid = kid
            self.store.save(destination)
        return old

    def spare_name(self) -> str:
        """Return the name of a key that nothing here uses yet; the names come again in the next simulator."""
        with self.store.lock:
            keys = (key for found in self.store.destinations.values() for key in found.keys.values())
            used = {key.get("made") for key in keys} | self._given
            name = next(name for name in (f"spare-{n}" for n in count(1)) if name not in used)
            self._given.add(name)
            return name

    def receives(self, client: Client, parcel: Parcel) -> bool:
        """Return whether this client is on the receiving side of a parcel."""
        if parcel.sent_by == "sender":
            return self.serves(client, parcel.destination_id)
        return self.store.cases[parcel.case_id].client == client.id

    def serves(self, client: Client, destination_id: str) -> bool:
        """Return whether this client is a subscriber of a destination."""
        return client.kind == "subscriber" and destination_id in client.destinations

    def concerned(self, client: Client, case: Case) -> bool:
        """Return whether this client is a party of a case."""
        return case.client == client.id or self.serves(client, case.destination_id)
