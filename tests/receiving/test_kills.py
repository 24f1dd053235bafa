"""A process is killed at every point of receiving; the next one goes on behind it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from caseway.access.models import Organisation
from caseway.access.scope import scope
from caseway.cases.models import Document
from caseway.configuration import configuration
from caseway.delivery.models import Delivery
from caseway.intake.models import Submission
from caseway.receiving.models import Arrival
from caseway.testing.builders import a_connection

pytestmark = pytest.mark.crash
LEASE = 2


def work(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "caseway.testing.postbox_worker"],
        env={**os.environ, "CASEWAY_LEASE_SECONDS": str(LEASE), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    "point",
    [
        "arrival.after_collect",
        "accept.before_commit",
        "accept.after_commit",
        "arrival.after_intake",
        "arrival.before_answer_owed",
    ],
)
def test_it_is_taken_in_once_and_accepted_once(
    organisation: Organisation, point: str, tmp_path: Path
) -> None:
    a_connection(organisation, slug="postbox", rail="postbox", name="Postbox")
    killed = work(CASEWAY_CRASH=point, CASEWAY_CRASH_MARK=str(tmp_path / "deaths"))
    assert -signal.SIGKILL == killed.returncode, killed.stderr
    assert f"{point}\n" == (tmp_path / "deaths").read_text()
    with scope(organisation.id):
        assert ("found", 0) == (Arrival.objects.get().state, Delivery.objects.count())
    left = list((configuration().data / "rooms").glob("room-*/in/*"))
    assert (point not in ("arrival.after_intake", "arrival.before_answer_owed")) == bool(left)

    time.sleep(LEASE)
    done = work()

    assert 0 == done.returncode, done.stderr
    assert "0" == done.stdout.strip()  # nothing stays unpacked
    with scope(organisation.id):
        assert "taken_in" == Arrival.objects.get().state
        assert (1, 1) == (Submission.objects.count(), Document.objects.count())
        assert ["accept"] == list(Delivery.objects.values_list("purpose", flat=True))
