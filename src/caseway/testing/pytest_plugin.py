"""Fixtures for tests with Caseway: a real PostgreSQL of its own per test run, an organisation, a held clock.

Loaded by `-p caseway.testing.pytest_plugin`. The server starts with the first test that asks for `db`; the
application connects as the ordinary role, so that row-level security is in force in every test.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from caseway.access.models import Organisation
    from caseway.core.clock import Clock

DATA = Path(tempfile.mkdtemp(prefix="caseway-test-"))
os.environ["CASEWAY_DATA"] = str(DATA)
os.environ["CASEWAY_DATABASE_URL"] = ""
os.environ["CASEWAY_MALWARE"] = "eicar"
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "caseway.settings")
atexit.register(shutil.rmtree, DATA, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    """Set Django up before any conftest imports a model."""
    import django

    from caseway.core.log import configure

    django.setup()
    configure("console", strict=True)


@pytest.fixture(scope="session")
def database() -> Iterator[None]:
    """A migrated database on a server of this test run."""
    from django.db import connections

    from caseway.access.database import migrate
    from caseway.embedded import EmbeddedPostgres

    server = EmbeddedPostgres(DATA, durable=False)
    server.start()
    migrate(quiet=True)
    yield
    connections.close_all()
    server.stop()


@pytest.fixture
def db(database: None) -> Iterator[None]:
    """An empty database; what the test commits is cleared behind it."""
    from django.db import connections

    from caseway.delivery.links import close_clients

    yield
    close_clients()
    if connections["default"].in_atomic_block:
        raise AssertionError("the test left a transaction open")
    _clear()


def _clear() -> None:
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables "
            "WHERE schemaname = 'public' AND tablename NOT IN ('django_migrations', 'django_content_type')"
        )
        cursor.execute(f"TRUNCATE {cursor.fetchone()[0]} CASCADE")


@pytest.fixture
def organisation(db: None) -> Organisation:
    """Stadt Beispielhausen."""
    from caseway.access.models import Organisation

    return Organisation.objects.create(slug="beispielhausen", name="Stadt Beispielhausen", country="DE")


@pytest.fixture
def other_organisation(db: None) -> Organisation:
    """Gemeinde Musterdorf, which must never see what is not hers."""
    from caseway.access.models import Organisation

    return Organisation.objects.create(slug="musterdorf", name="Gemeinde Musterdorf", country="DE")


@pytest.fixture
def clock() -> Iterator[Clock]:
    """The one clock, held; `clock.advance(timedelta(...))` lets time pass."""
    from caseway.core.clock import clock as the_clock

    with the_clock.hold() as held:
        yield held
