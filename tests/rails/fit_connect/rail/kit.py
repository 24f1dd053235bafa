"""A simulated platform with a sender's and a receiver's connection to it, and the desks that use them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import RSAKey

from caseway.core.clock import now
from caseway.core.errors import CasewayError
from caseway.core.http import Exchange, open_client
from caseway.mapping.facts import Facts
from caseway.rails.contract import Link, Occasion, Receipt, Void
from caseway.rails.fit_connect import rail
from caseway.rails.fit_connect.config import FitConnectSettings
from caseway.rails.fit_connect.simulator import FitConnectSimulator
from caseway.rails.following import Followed, Sent
from caseway.rails.inbound import Arriving, Collected
from caseway.rails.keys import NO_KEYS, NO_SCHEMAS, Key, Keys, SchemaFile, Schemas
from caseway.testing.contract import Filing, Memory
from tests.rails.fit_connect.rail.papers import OURS


@dataclass(frozen=True)
class Held:
    """The keys of a connection, the one in force first."""

    keys: Sequence[Key]

    def signing(self) -> Key:
        return next(key for key in self.keys if key.use == "sign")

    def decryption(self) -> Sequence[Key]:
        return [key for key in self.keys if key.use == "decrypt"]


@dataclass(frozen=True)
class Registered:
    """The schemas an organisation registered."""

    schemas: Sequence[SchemaFile]

    def get(self, uri: str) -> SchemaFile | None:
        return next((one for one in self.schemas if one.uri == uri), None)


@dataclass
class World:
    """The platform and whoever is connected; everything is closed by `close`."""

    platform: FitConnectSimulator
    room: Path
    version: str = "v2"
    exchanges: list[Exchange] = field(default_factory=list)
    _open: ExitStack = field(default_factory=ExitStack)

    def close(self) -> None:
        self._open.close()

    def fault(self, kind: str, *actions: str, times: int | None = 1, **more: Any) -> None:
        """Turn a switch of the platform on, for one request where nothing else is said."""
        self.platform.switch_on({"kind": kind, "actions": list(actions), "times": times, **more})

    def settings(self, **changes: Any) -> FitConnectSettings:
        where, root = self.platform.addresses, self.platform.platform.pki.root_pem()
        given = {
            "platform": "custom",
            "api_version": self.version,
            "token_url": where["token"],
            "submission_url": where["submissionV1" if self.version == "v1" else "submissionV2"],
            "destination_url": where["destinationBaseUrl"],
            "routing_url": where["routing"],
            "portal_url": where["portal"],
            "roots_pem": root,
            "trust": "private",  # the system's list of authorities takes long to read
            "ca_pem": root,
            "read_timeout": 20,
        }
        return FitConnectSettings.model_validate({**given, **changes})

    def sender(self, *, keys: Keys = NO_KEYS, schemas: Schemas = NO_SCHEMAS, **changes: Any) -> Filing:
        """Open a sender's connection and return a desk that sends over it."""
        given = {"client_id": "demo-sender", "client_secret": "demo-sender-secret", "destination_id": OURS}
        return Filing(rail, self.link(self.settings(**{**given, **changes}), keys, schemas))

    def receiver(self, *, keys: Keys | None = None, schemas: Schemas = NO_SCHEMAS, **changes: Any) -> Link:
        """Open a receiver's connection for our destination, with its keys where none are given."""
        given = {
            "client_id": "demo-subscriber",
            "client_secret": "demo-subscriber-secret",
            "roles": "receive",
            "receive_destinations": (OURS,),
        }
        return self.link(self.settings(**{**given, **changes}), keys or self.keys(), schemas)

    def link(self, settings: FitConnectSettings, keys: Keys, schemas: Schemas) -> Link:
        client = self._open.enter_context(
            open_client(settings.http(), settings.auth(), self.exchanges.append)
        )
        return Link(uuid4(), "sandbox", settings, client, Memory(), keys, schemas)

    def keys(self, destination: str = OURS) -> Held:
        return Held([key_of(jwk) for jwk in self.platform.private_keys(destination)])

    def waiting(self, link: Link) -> list[Arriving]:
        return list(rail.waiting(link))

    def collect(self, link: Link, arriving: Arriving | None = None) -> Collected:
        """Collect what waits, into a room of its own."""
        wanted = arriving or self.waiting(link)[0]
        return rail.collect(wanted, link, Path(tempfile.mkdtemp(dir=self.room)))

    def answer(self, link: Link, purpose: str, arriving: Arriving, **brief: Any) -> Receipt:
        """Answer what arrived, as the engine does."""
        what = answer_to(purpose, arriving, **brief)
        (receipt,) = Filing(rail, link).all(what).values()
        return receipt

    def follow(self, desk: Filing, what: Occasion) -> Followed:
        """Read what became of what a desk sent."""
        own = {step.key: desk.receipts[step.key] for step in desk.plan(what)}
        return rail.follow(Sent(uuid4(), what.purpose, now(), own), desk.link)

    def handed_over(self) -> int:
        return int(self.platform.counts()["handedOver"])

    def doubled(self) -> int:
        return int(self.platform.counts()["doubled"])


def answer_to(purpose: str, arriving: Arriving, **brief: Any) -> Occasion:
    """Return the answer that is owed to what arrived."""
    told = {
        "kind": arriving.kind,
        "remote_id": arriving.remote_id,
        "remote_case_id": arriving.remote_case_id,
        "destination": arriving.destination,
        **brief,
    }
    return Occasion(None, UUID(int=9), "application", Facts({}), (), None, purpose=purpose, brief=told)


def key_of(jwk: dict[str, Any]) -> Key:
    """Return a private JWK as the key store hands it to a rail."""
    return _key_of(json.dumps(jwk))


@cache
def _key_of(text: str) -> Key:
    """Reading a key of 4096 bits takes a second: each is read once."""
    jwk = json.loads(text)
    private = RSAKey.import_key({name: value for name, value in jwk.items() if name != "key_ops"})
    signs = "sign" in jwk["key_ops"]
    public = private.as_dict(private=False) | {
        "kid": jwk["kid"],
        "alg": jwk["alg"],
        "key_ops": ["verify" if signs else "wrapKey"],
    }
    assert private.private_key is not None
    pem = private.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Key(jwk["kid"], "sign" if signs else "decrypt", public, pem, None)


def contents(collected: Collected) -> dict[str, bytes]:
    """Return what was collected, by role and file name."""
    found = {}
    for one in collected.files:
        with one.open() as stream:
            found[f"{one.role}:{one.filename}"] = stream.read()
    return found


def with_settings(desk: Filing, **changes: Any) -> Filing:
    """Return a desk with other settings on the same connection, its journal kept."""
    settings = desk.link.settings.model_copy(update=changes)
    return replace(desk, link=replace(desk.link, settings=settings))


def submitted(receipts: dict[str, Receipt]) -> Receipt:
    """Return the receipt of the newest handing over."""
    return [receipt for key, receipt in receipts.items() if key.startswith("submit:")][-1]


def announced(receipts: dict[str, Receipt]) -> Receipt:
    """Return the receipt of the newest announcement."""
    return [receipt for key, receipt in receipts.items() if key.startswith("announce:")][-1]


def refusal(desk: Filing, what: Occasion) -> CasewayError:
    """Return the error that stands against an occasion."""
    with pytest.raises(CasewayError) as caught:
        desk.all(what)
    return caught.value


def sent_again(desk: Filing, what: Occasion) -> dict[str, Receipt]:
    """Send an occasion as the engine does: what is void is sent anew."""
    for _ in range(3):
        try:
            return desk.all(what)
        except Void as void:
            desk.receipts = {key: one for key, one in desk.receipts.items() if key not in void.keys}
            desk.progress.clear()
            desk.unknown.clear()
    raise AssertionError("it is void again and again")
