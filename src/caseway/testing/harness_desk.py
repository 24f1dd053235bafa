"""The party at the other end of the platform: an online service that sends, an office that receives.

They run in the test's own process, file by the rail without an engine, and are never killed.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from caseway.core.http import open_client
from caseway.core.key_files import read_key_file
from caseway.mapping.facts import Facts
from caseway.rails.contract import Link, Occasion, chunks
from caseway.rails.fit_connect import rail
from caseway.rails.fit_connect.config import FitConnectSettings
from caseway.rails.inbound import Arriving, Collected
from caseway.rails.keys import Key, Use
from caseway.testing.contract import Filing, Memory
from caseway.testing.harness_papers import FRAGMENT, as_occasion
from caseway.testing.harness_platform import OFFICE, PlatformProcess


@dataclass(frozen=True)
class HeldKeys:
    """Private keys, those to sign with and those to open with."""

    keys: Sequence[Key]

    def signing(self) -> Key:
        return next(one for one in self.keys if one.use == "sign")

    def decryption(self) -> Sequence[Key]:
        return [one for one in self.keys if one.use == "decrypt"]


@dataclass(frozen=True)
class Service:
    """An online service that hands applications over."""

    link: Link
    world: str

    def hand_over(self, number: int) -> None:
        """Hand the numbered application over. Raises `AssertionError` when it does not arrive."""
        with tempfile.TemporaryDirectory() as room:
            Filing(rail, self.link).all(as_occasion(self.world, number, Path(room)))


@dataclass(frozen=True)
class Office:
    """An office that takes in and accepts whatever waits."""

    link: Link

    def accept_all(self) -> Counter[str]:
        """Open, check and accept what waits. Returns the SHA-256 of all contents that came."""
        found: Counter[str] = Counter()
        for arriving in list(rail.waiting(self.link)):
            with tempfile.TemporaryDirectory() as room:
                collected = rail.collect(arriving, self.link, Path(room))
                found += _digests(collected)
            Filing(rail, self.link).all(_acceptance(arriving, collected))
        return found


@contextmanager
def a_service(platform: PlatformProcess, world: str) -> Iterator[Service]:
    """Open the desk of a service; any number of threads may use it."""
    who = {"client_id": "demo-sender", "client_secret": "demo-sender-secret"}
    with _link(platform, destination_id=OFFICE, fragment_bytes=FRAGMENT, **who) as link:
        yield Service(link, world)


@contextmanager
def an_office(platform: PlatformProcess) -> Iterator[Office]:
    """Open the desk of the office."""
    who = {"client_id": "demo-subscriber", "client_secret": "demo-subscriber-secret"}
    keys = HeldKeys([_key(jwk) for jwk in platform.office_keys()])
    with _link(platform, roles="receive", receive_destinations=(OFFICE,), **who) as link:
        yield Office(replace(link, keys=keys))


@contextmanager
def _link(platform: PlatformProcess, **who: Any) -> Iterator[Link]:
    settings = FitConnectSettings.model_validate(platform.settings(**who))
    with open_client(settings.http(), settings.auth(), lambda _: None) as client:
        yield Link(uuid4(), "sandbox", settings, client, Memory())


def _key(jwk: dict[str, Any]) -> Key:
    use: Use = "sign" if "sign" in jwk["key_ops"] else "decrypt"
    private = read_key_file(json.dumps(jwk).encode(), use).key
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return Key(jwk["kid"], use, {}, pem, None)


def _digests(collected: Collected) -> Counter[str]:
    found: Counter[str] = Counter()
    for file in collected.files:
        digest = sha256()
        with file.open() as stream:
            for piece in chunks(stream):
                digest.update(piece)
        found[digest.hexdigest()] += 1
    return found


def _acceptance(arriving: Arriving, collected: Collected) -> Occasion:
    brief = {
        "kind": arriving.kind,
        "remote_id": arriving.remote_id,
        "remote_case_id": arriving.remote_case_id,
        "destination": arriving.destination,
        "tags": collected.origin["tags"],
    }
    return Occasion(None, UUID(int=1), "application", Facts({}), (), None, purpose="accept", brief=brief)
