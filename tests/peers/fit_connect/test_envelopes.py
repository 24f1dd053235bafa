"""Our encryption against Nimbus JOSE: each opens to the byte what the other sealed, and nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from caseway.rails.fit_connect.jwe import Sealed, Sealing
from caseway.rails.fit_connect.jwe_header import Reading
from caseway.rails.fit_connect.jwe_opening import open_file
from caseway.rails.fit_connect.jwk import read_public_jwk
from caseway.testing.fit_peer import NimbusPeer, PeerFailed
from tests.peers.fit_connect.keyring import Pair, make

SIZES = (0, 1, 2, 3, 767, 786_431, 786_432, 786_433, 3_000_001)  # around the pieces of a stream
PDF = "application/pdf"
LARGE = 220_000_000  # above what chunking is advised for


@pytest.fixture(scope="module")
def pair() -> Pair:
    return make("peer-encryption-1", "decrypt")


def written(room: Path, sizes: Sequence[int]) -> list[Path]:
    random = Random(11)
    found = []
    for size in sizes:
        found.append(room / f"{size}.plain")
        with found[-1].open("wb") as target:
            for start in range(0, size, 10_000_000):
                target.write(random.randbytes(min(10_000_000, size - start)))
    return found


def ours(path: Path, pair: Pair) -> tuple[Path, Sealed]:
    target = path.with_suffix(".jwe")
    with path.open("rb") as source, target.open("wb") as sink:
        sealing = Sealing(source, path.stat().st_size, read_public_jwk(pair.public, "encrypt"), PDF)
        for piece in sealing:
            sink.write(piece)
    assert target.stat().st_size == sealing.length
    return target, sealing.sealed


def pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        yield from iter(lambda: source.read(100_000), b"")


def digest(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha512").hexdigest()


def files(sources: Sequence[Path], suffix: str) -> list[dict[str, str]]:
    return [{"from": str(one), "to": str(one.with_suffix(suffix))} for one in sources]


def opened_by_nimbus(nimbus: NimbusPeer, pair: Pair, plain: Sequence[Path]) -> None:
    sealed = [ours(one, pair) for one in plain]
    answer = nimbus.run("open", {"decryptionKeys": [pair.private]}, {"files": files(
        [path for path, _ in sealed], ".back")})  # fmt: skip

    assert [one.tag for _, one in sealed] == answer["tags"]
    assert [PDF] * len(plain) == answer["types"]
    assert [digest(one) for one in plain] == [digest(one.with_suffix(".back")) for one in plain]
    assert [digest(one) for one in plain] == [known.sha512 for _, known in sealed]


def opened_by_us(nimbus: NimbusPeer, pair: Pair, plain: Sequence[Path]) -> None:
    answer = nimbus.run("seal", {}, {"key": pair.public, "mimeType": PDF, "files": files(plain, ".jwe")})
    opened = [
        open_file(
            pieces(one.with_suffix(".jwe")), [pair.key], one.with_suffix(".back"), Reading(LARGE, {PDF})
        )
        for one in plain
    ]

    assert answer["tags"] == [one.tag for one in opened]
    assert [digest(one) for one in plain] == [one.sha512 for one in opened]
    assert [digest(one) for one in plain] == [digest(one.with_suffix(".back")) for one in plain]
    assert {pair.public["kid"]} == {one.header.kid for one in opened}


def test_nimbus_opens_what_we_seal(nimbus: NimbusPeer, pair: Pair, tmp_path: Path) -> None:
    opened_by_nimbus(nimbus, pair, written(tmp_path, SIZES))


def test_we_open_what_nimbus_seals(nimbus: NimbusPeer, pair: Pair, tmp_path: Path) -> None:
    opened_by_us(nimbus, pair, written(tmp_path, SIZES))


@pytest.mark.slow
def test_nimbus_opens_220_mb_we_seal(nimbus: NimbusPeer, pair: Pair, tmp_path: Path) -> None:
    """The other way is in test_rail.py, with all that lies between."""
    opened_by_nimbus(replace(nimbus, heap=2048), pair, written(tmp_path, [LARGE]))


def test_nimbus_refuses_what_was_changed_after_we_sealed_it(
    nimbus: NimbusPeer, pair: Pair, tmp_path: Path
) -> None:
    path, _ = ours(written(tmp_path, [1000])[0], pair)
    text = path.read_bytes()
    path.write_bytes(text[:-200] + (b"A" if text[-200:-199] != b"A" else b"B") + text[-199:])

    with pytest.raises(PeerFailed, match="a JWE does not open"):
        nimbus.run("open", {"decryptionKeys": [pair.private]}, {"files": files([path], ".back")})


def test_nimbus_takes_only_keys_that_keep_the_rules(nimbus: NimbusPeer, pair: Pair, tmp_path: Path) -> None:
    task = {"mimeType": PDF, "files": files(written(tmp_path, [1]), ".jwe")}

    with pytest.raises(PeerFailed, match="key_ops"):
        nimbus.run("seal", {}, task | {"key": pair.public | {"key_ops": ["encrypt"]}})
