"""Our side: so many submissions handed over, then collected, proven and accepted; one line of figures."""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID, uuid4

import httpx2
from pydantic import SecretStr

from bench.figures import Peak
from caseway.core.http import open_client
from caseway.core.key_files import read_key_file
from caseway.mapping.facts import Facts
from caseway.rails.contract import Document, Link, Occasion
from caseway.rails.fit_connect import rail
from caseway.rails.fit_connect.config import FitConnectSettings
from caseway.rails.keys import Key, Use
from caseway.rails.samples import sample_document
from caseway.testing.contract import Filing, Memory

DESTINATION = "5a1f3a52-7a0f-4d0c-9b53-0c6f7d3e1a01"


class HeldKeys:
    """The office's keys, as the simulated platform gave them."""

    def __init__(self, keys: list[Key]) -> None:
        self._keys = keys

    def signing(self) -> Key:
        return next(one for one in self._keys if one.use == "sign")

    def decryption(self) -> list[Key]:
        return [one for one in self._keys if one.use == "decrypt"]


def main(addresses: dict[str, str], rounds: int, count: int, file: Path) -> dict[str, Any]:
    """Return the median ms of each way and how far memory rose."""
    with ExitStack() as stack:
        room = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sender = _link(addresses, stack, client_id="demo-sender", roles="send", destination_id=DESTINATION)
        receiver = replace(
            _link(
                addresses, stack, client_id="demo-subscriber", roles="receive",
                receive_destinations=(DESTINATION,),
            ),
            keys=HeldKeys(_keys(addresses)),
        )  # fmt: skip
        documents = [_document(file, number) for number in range(count)]
        data = sample_document(room, "structured", "d.json", b'{"a": 1}', media_type="application/json")
        _once(sender, receiver, [data], room)  # logins and keys are left out
        send, send_mib = _sent(sender, [*documents, data], rounds)
        receive, receive_mib = _received(receiver, room)
    return {"send_ms": send, "send_mib": send_mib, "receive_ms": receive, "receive_mib": receive_mib}


def _sent(link: Link, documents: list[Document], rounds: int) -> tuple[float, float]:
    times, peak = [], Peak()
    for _ in range(rounds):
        began = time.perf_counter()
        Filing(rail, link).all(_occasion(documents))
        times.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(times), 1), peak.above()


def _received(link: Link, room: Path) -> tuple[float, float]:
    times, peak = [], Peak()
    for arriving in list(rail.waiting(link)):
        began = time.perf_counter()
        own = Path(tempfile.mkdtemp(dir=room))
        found = rail.collect(arriving, link, own)
        brief = {
            "kind": "submission", "remote_id": arriving.remote_id, "destination": DESTINATION,
            "remote_case_id": arriving.remote_case_id, "tags": found.origin["tags"],
        }  # fmt: skip
        answer = Occasion(None, uuid4(), "application", Facts({}), (), None, purpose="accept", brief=brief)
        Filing(rail, link).all(answer)
        times.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(times), 1), peak.above()


def _once(sender: Link, receiver: Link, documents: list[Document], room: Path) -> None:
    Filing(rail, sender).all(_occasion(documents))
    _received(receiver, room)


def _occasion(documents: list[Document]) -> Occasion:
    values = {"service.leikaId": "99010003001006", "service.name": "Bauantrag"}
    return Occasion(uuid4(), uuid4(), "application", Facts(values), documents, None)


def _document(file: Path, number: int) -> Document:
    return Document(
        uuid4(), "attachment", number, f"{number}-{file.name}", "application/octet-stream",
        file.stat().st_size, "", "", "", partial(_opened, file),
    )  # fmt: skip


def _opened(file: Path) -> BinaryIO:
    return file.open("rb")


def _link(addresses: dict[str, str], stack: ExitStack, *, client_id: str, **more: Any) -> Link:
    settings = FitConnectSettings(
        platform="custom", api_version="v1", token_url=addresses["token"],
        submission_url=addresses["submissionV1"], client_id=client_id,
        client_secret=SecretStr(f"{client_id}-secret"),
        roots_pem=httpx2.get(addresses["rootCertificate"], timeout=120).text, **more,
    )  # fmt: skip
    client = stack.enter_context(open_client(settings.http(), settings.auth(), lambda _: None))
    return Link(UUID(int=len(client_id)), "sandbox", settings, client, Memory())


def _keys(addresses: dict[str, str]) -> list[Key]:
    from cryptography.hazmat.primitives import serialization

    told = httpx2.get(f"{addresses['admin']}/destinations/{DESTINATION}/private-keys", timeout=120).json()
    keys = []
    for jwk in told["keys"] if isinstance(told, dict) else told:
        use: Use = "sign" if "sign" in jwk["key_ops"] else "decrypt"
        found = read_key_file(json.dumps(jwk).encode(), use, "")
        pem = found.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        keys.append(Key(jwk["kid"], use, {}, pem, None))
    return keys


if __name__ == "__main__":
    _addresses, _rounds, _count, _file = sys.argv[1:5]
    os.environ.setdefault("NO_PROXY", "127.0.0.1")
    figures = main(json.loads(_addresses), int(_rounds), int(_count), Path(_file))
    sys.stdout.write(json.dumps(figures) + "\n")
