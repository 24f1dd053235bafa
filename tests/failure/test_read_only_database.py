"""The database takes no writes for a while, as in a failover: new work is refused by name, none is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx2
import pytest
from django.db import connections
from django.urls import reverse

from caseway.access.database import ReadOnlyDatabase
from caseway.access.models import Organisation, Role
from caseway.access.scope import scope
from caseway.cases.models import Event
from caseway.delivery import engine
from caseway.delivery.models import Attempt
from caseway.intake.models import Submission
from caseway.testing.builders import a_submission, a_user
from caseway.testing.harness import look_after, running
from caseway.testing.harness_dms import DmsProcess
from caseway.testing.harness_sender import Sender
from caseway.testing.harness_world import Count, World
from caseway.testing.people import signed_in
from caseway.testing.tokens import issue_token
from tests.crash.conftest import Installation
from tests.failure.conftest import Town

NUMBER = 40


@contextmanager
def read_only() -> Iterator[None]:
    """Let every session but those of the block's own thread take no writes, the open ones too."""
    _switch("on")
    try:
        yield
    finally:
        _switch("off")


def _switch(to: str) -> None:
    connections.close_all()
    with connections["owner"].cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = off")
        cursor.execute("SELECT current_database()")
        name = connections["owner"].ops.quote_name(cursor.fetchone()[0])
        cursor.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {to}")
        if to == "on":
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    connections.close_all()


@pytest.mark.crash
def test_new_work_is_refused_by_name_and_all_goes_on_behind_it(
    installation: Installation, world: World[DmsProcess]
) -> None:
    web, url = installation.web()
    worker = installation.worker()
    sender = Sender(url, issue_token(world.organisation), world.organisation.slug)
    world.dms.misbehave({"kind": "slow", "seconds": 0.3, "actions": ["createDocument"]})
    began = time.monotonic()
    with running(web, worker), ThreadPoolExecutor(2) as hands:
        list(hands.map(sender.hand_in, range(NUMBER // 2)))
        with read_only():
            late = hands.map(sender.hand_in, range(NUMBER // 2, NUMBER))
            look_after([web, worker], lambda: sender.codes.count("database.read_only") > 3, seconds=120)
            stored = rows(world)
            ready = httpx2.get(f"{url}/health/ready", trust_env=False)
            time.sleep(3)
            assert stored == rows(world)
        list(late)
        look_after([web, worker], world.settled, seconds=240)
    sender.close()

    print(f"\nread only: {web.deaths} + {worker.deaths} deaths, {time.monotonic() - began:.1f} s")  # noqa: T201
    assert (503, "read_only") == (ready.status_code, ready.json()["checks"]["database"])
    assert {"database.read_only", "database.unavailable"} >= set(sender.codes)
    assert {503} == set(sender.statuses) - {200, 201}
    assert Count.perfect(NUMBER) == world.count()


def stand_still() -> None:
    """Have the session of this thread take no writes any more."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")


def test_a_person_is_told_in_words_and_the_next_try_works(organisation: Organisation) -> None:
    person = signed_in(a_user(organisation, Role.ADMINISTRATOR))
    person.raise_request_exception = False
    page = reverse("portal:message", args=[a_submission(organisation).id])  # reading it is written down
    stand_still()

    first, second = person.get(page), person.get(page)

    assert (503, 200) == (first.status_code, second.status_code)
    assert "takes no changes" in first.content.decode()


def test_what_was_sent_when_the_database_stood_still_is_looked_up_and_not_sent_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.open()
    town.world.accept(1)
    monkeypatch.setattr(
        "caseway.delivery.transmit.crash.point",
        lambda name: stand_still() if name == "send.after_reply_before_commit" else None,
    )
    with pytest.raises(ReadOnlyDatabase):
        town.work()
    monkeypatch.undo()
    monkeypatch.setattr(engine.drain, "batch_defer", lambda *jobs: town.jobs.extend(j["lanes"] for j in jobs))
    assert ({"transmitting": 1}, 1) == (town.world.states(), len(town.dms.objects()))

    town.wait(hours=1)

    assert Count.perfect(1) == town.world.count()


def rows(world: World[DmsProcess]) -> tuple[int, int, int]:
    with scope(world.organisation.id):
        return Submission.objects.count(), Event.objects.count(), Attempt.objects.count()
