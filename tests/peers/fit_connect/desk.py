"""A simulated platform with two participants at it: what each needs to know, and something to send."""

from __future__ import annotations

import hashlib
from pathlib import Path
from random import Random
from typing import Any

from caseway.rails.fit_connect.simulator import FitConnectSimulator
from tests.peers.fit_connect.keyring import Pair

DESTINATION = "5a1f3a52-7a0f-4d0c-9b53-0c6f7d3e1a01"
SERVICE = {"identifier": "urn:de:fim:leika:leistung:99010003001006", "name": "Baugenehmigung"}
SCHEMA = "https://schema.fitko.de/fim/s00000121_1.0.0.schema.json"
REPLY_SCHEMA = "urn:de:beispiel:bescheid"
PROBLEM = {
    "type": "https://schema.fitko.de/fit-connect/events/problems/schema-violation",
    "title": "Schema-Fehler",
    "detail": "Das Feld Bauort fehlt.",
    "instance": "data",
}


class Desk:
    """Sender and subscriber of the simulator's seed, as `at` of the Nimbus peer; files lie in `room`."""

    def __init__(self, simulator: FitConnectSimulator, room: Path) -> None:
        self.simulator = simulator
        self.room = room
        private = simulator.private_keys(DESTINATION)
        self._decryption = [key for key in private if key["key_ops"] == ["unwrapKey"]]
        self._signing = next(key for key in private if key["key_ops"] == ["sign"])

    def sender(self, **more: Any) -> dict[str, Any]:
        """Return who sends; `more` are keys for replies."""
        return self._at("demo-sender") | more

    def subscriber(self, **more: Any) -> dict[str, Any]:
        """Return who receives, with the keys of the destination."""
        return self._at("demo-subscriber") | {
            "decryptionKeys": self._decryption, "signingKey": self._signing
        } | more  # fmt: skip

    def written(self, name: str, content: bytes) -> str:
        """Write a file to send and return its path."""
        path = self.room / name
        path.write_bytes(content)
        return str(path)

    def large(self, name: str, size: int) -> str:
        """Write a large file of random bytes piece by piece and return its path."""
        path, random = self.room / name, Random(size)
        with path.open("wb") as target:
            for start in range(0, size, 10_000_000):
                target.write(random.randbytes(min(10_000_000, size - start)))
        return str(path)

    def application(self, *attachments: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Return what is to send: data in JSON with letters outside ASCII, and attachments."""
        data = self.written("data.json", '{"antrag": {"ort": "Größenhausen", "straße": "Äpfelweg"}}'.encode())
        return {
            "publicService": SERVICE,
            "data": {"path": data, "schemaUri": SCHEMA, "mimeType": "application/json"},
            "attachments": list(attachments),
        } | more

    def folder(self, name: str) -> str:
        """Make a folder to receive in."""
        path = self.room / name
        path.mkdir()
        return str(path)

    def _at(self, client: str) -> dict[str, Any]:
        addresses = self.simulator.addresses
        return {
            "token": addresses["token"],
            "submission": addresses["submissionBaseUrl"],
            "clientId": client,
            "clientSecret": f"{client}-secret",
            "destinationId": DESTINATION,
        }


def pdf(path: str, filename: str = "Lageplan.pdf", **more: Any) -> dict[str, Any]:
    """Return an attachment to send."""
    return {"path": path, "filename": filename, "mimeType": "application/pdf"} | more


def offer(pair: Pair) -> dict[str, Any]:
    """Return the metadata by which a sender offers a way back (metadata 2.1.0, replyChannel.fitConnect)."""
    key = {name: value for name, value in pair.public.items() if name != "x5c"}
    return {"replyChannel": {"fitConnect": {"processStandards": [REPLY_SCHEMA], "encryptionPublicKey": key}}}


def digest(path: str | Path) -> str:
    """Return the SHA-512 of a file in hex."""
    with Path(path).open("rb") as source:
        return hashlib.file_digest(source, "sha512").hexdigest()
