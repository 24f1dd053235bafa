"""Contents on a file system: kept once, kept whole, or not kept."""

from __future__ import annotations

import hashlib
import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from caseway.core.blobs import Blob, BlobStore
from caseway.core.blobs_local import LocalBlobStore
from caseway.core.clock import clock
from caseway.core.errors import Invalid, NotConfigured, NotFound, TooLarge, Unavailable

HELLO = hashlib.sha256(b"hello").hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore.from_url(f"file://{tmp_path}/blobs")


def files_below(path: Path) -> list[Path]:
    return [file for file in path.rglob("*") if file.is_file()]


def test_a_content_comes_back_under_its_hash(store: BlobStore, tmp_path: Path) -> None:
    blob = store.write([b"he", b"", b"llo"])

    assert Blob(HELLO, 5) == blob
    assert [tmp_path / "blobs" / HELLO[:2] / HELLO[2:4] / HELLO] == files_below(tmp_path)
    with store.open(HELLO) as stream:
        assert stream.read() == b"hello"


def test_the_same_content_twice_is_kept_once(store: BlobStore, tmp_path: Path) -> None:
    assert store.write([b"hello"]) == store.write([b"hel", b"lo"])
    assert len(files_below(tmp_path)) == 1


def test_an_empty_content_is_a_content(store: BlobStore) -> None:
    blob = store.write([])

    assert store.size(blob.sha256) == 0
    with store.open(blob.sha256) as stream:
        assert stream.read() == b""


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what was synced, in order; of a file that has no lasting name yet: `file`."""
    names: list[str] = []
    real = os.fsync

    def note(descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        names.append(path.name if path.is_dir() else "file")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    return names


def test_file_and_folders_are_synced_before_the_write_returns(
    store: BlobStore, synced: list[str], tmp_path: Path
) -> None:
    store.write([b"hello"])

    assert ["file", HELLO[2:4], HELLO[:2], "blobs", tmp_path.name] == synced


def test_folders_that_are_known_to_be_on_disk_are_not_synced_again(
    store: BlobStore, synced: list[str]
) -> None:
    store.write([b"hello"])
    synced.clear()
    store.write([b"hello"])

    assert ["file", HELLO[2:4]] == synced


def test_folders_that_went_and_came_back_are_synced_again(
    store: BlobStore, synced: list[str], tmp_path: Path
) -> None:
    store.write([b"hello"])
    shutil.rmtree(tmp_path / "blobs" / HELLO[:2])
    synced.clear()
    store.write([b"hello"])

    assert ["file", HELLO[2:4], HELLO[:2], "blobs", tmp_path.name] == synced


def test_beyond_the_limit_nothing_is_kept(store: BlobStore, tmp_path: Path) -> None:
    with pytest.raises(TooLarge) as caught:
        store.write([b"hel", b"lo"], limit=4)

    assert caught.value.code == "blob.too_large"
    assert files_below(tmp_path) == []


def test_a_source_that_breaks_leaves_nothing(store: BlobStore, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"hel"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        store.write(broken())

    assert files_below(tmp_path) == []


def test_damage_is_told_before_the_last_piece_is_handed_out(store: BlobStore, tmp_path: Path) -> None:
    content = b"a" * 700_000
    blob = store.write([content])
    file = files_below(tmp_path)[0]
    file.write_bytes(content[:-1] + b"b")

    with store.open(blob.sha256) as stream:
        pieces = [stream.read(256 * 1024), stream.read(256 * 1024)]
        with pytest.raises(Unavailable) as caught:
            stream.read(256 * 1024)

    assert content[: 512 * 1024] == b"".join(pieces)
    assert caught.value.code == "blob.corrupt"


def test_a_truncated_content_is_damage_and_writing_it_again_heals(store: BlobStore, tmp_path: Path) -> None:
    store.write([b"hello"])
    files_below(tmp_path)[0].write_bytes(b"hel")

    with store.open(HELLO) as stream, pytest.raises(Unavailable):
        stream.read()
    store.write([b"hello"])
    with store.open(HELLO) as stream:
        assert stream.read() == b"hello"


def test_a_reader_can_measure_and_begin_again(store: BlobStore) -> None:
    store.write([b"hello"])

    with store.open(HELLO) as stream:
        assert stream.seek(0, os.SEEK_END) == 5
        stream.seek(0)
        assert stream.read() == b"hello"
        stream.seek(3)
        assert stream.read() == b"lo"


def test_what_is_not_there_is_not_found(store: BlobStore) -> None:
    with pytest.raises(NotFound) as caught, store.open(HELLO):
        pass

    assert caught.value.code == "blob.missing"
    assert not store.exists(HELLO)


def test_deleting_twice_is_no_error(store: BlobStore) -> None:
    store.write([b"hello"])
    store.delete(HELLO)
    store.delete(HELLO)

    assert not store.exists(HELLO)


@pytest.mark.parametrize("name", ["../../etc/passwd", HELLO.upper(), HELLO[:-1], HELLO + "\n"])
def test_a_name_that_is_no_hash_is_refused(store: BlobStore, name: str) -> None:
    with pytest.raises(Invalid) as caught, store.open(name):
        pass

    assert caught.value.code == "blob.name_invalid"


def test_only_old_leftovers_are_swept(store: BlobStore, tmp_path: Path) -> None:
    store.write([b"hello"])
    (tmp_path / "blobs" / "tmp" / "left").write_bytes(b"x")

    with clock.hold() as held:
        assert store.sweep_temporary(timedelta(hours=1)) == 0
        held.advance(timedelta(hours=2))
        assert store.sweep_temporary(timedelta(hours=1)) == 1
    assert store.exists(HELLO)


def test_a_disk_without_space_is_unavailable_and_leaves_nothing(store: BlobStore, tmp_path: Path) -> None:
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, former[1]))
    try:
        with pytest.raises(Unavailable) as caught:
            store.write([b"x" * 4000] * 3)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)
        signal.signal(signal.SIGXFSZ, handler)

    assert caught.value.code == "blob.no_space"
    assert files_below(tmp_path) == []


def test_a_full_file_system_is_unavailable_and_leaves_nothing(tmp_path: Path) -> None:
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("mounting a small file system needs root")
    try:
        with pytest.raises(Unavailable) as caught:
            LocalBlobStore(tmp_path / "blobs").write([b"x" * 16384] * 8)
        assert caught.value.code == "blob.no_space"
        assert files_below(tmp_path) == []
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(Unavailable) as caught:
        LocalBlobStore(tmp_path / "file" / "blobs").write([b"x"])

    assert caught.value.code == "blob.store_unavailable"


@pytest.mark.parametrize("url", ["", "/var/blobs", "file://host/x", "s3:///x", "ftp://x/y"])
def test_an_unusable_address_is_told(url: str) -> None:
    with pytest.raises(NotConfigured) as caught:
        BlobStore.from_url(url)

    assert caught.value.code == "blob.address_unusable"
