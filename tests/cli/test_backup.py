"""A backup holds every row and content, proves itself, and comes back into an empty installation only."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Installation

Make = Callable[[], Installation]

SEED = """
from caseway.access.scope import everything, scope
from caseway.testing import builders
organisation = builders.an_organisation()
with scope(organisation.id):
    builders.a_connection(organisation)
    for number in range(3):
        builders.a_submission(organisation)
"""
# Every row of every tenant table that a delivery, a citizen or an auditor relies on, and every content, read.
STATE = """
import hashlib, json
from django.apps import apps
from django.core import serializers
from caseway.access.scope import everything
from caseway.cases.models import Rendition
from caseway.delivery.occasion import blob_store
found = {}
with everything():
    for app in ("access", "cases", "intake", "mapping", "delivery"):
        for model in apps.get_app_config(app).get_models():
            if model.__name__ in ("AuditEntry", "AuditHead"):
                continue
            rows = serializers.serialize("json", model._default_manager.order_by("pk"))
            found[model.__name__] = hashlib.sha256(rows.encode()).hexdigest()
    found["rows"] = Rendition.objects.count()
    for one in Rendition.objects.all():
        with blob_store().open(one.sha256) as stream:
            found[one.sha256] = len(stream.read())
print(json.dumps(found, sort_keys=True))
"""


@pytest.fixture(scope="module")
def seeded(installation: Make) -> Installation:
    """An installation with submissions, documents, contents and a connection."""
    made = installation()
    made.run("migrate")
    made.python(SEED)
    return made


@pytest.fixture(scope="module")
def saved(seeded: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its backup."""
    folder = tmp_path_factory.mktemp("saved") / "backup"
    seeded.run("backup", str(folder))
    return folder


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    """A copy of the backup, to be tampered with."""
    return Path(shutil.copytree(saved, tmp_path / "copy"))


@pytest.fixture(scope="module")
def empty(installation: Make, seeded: Installation) -> Installation:
    """An installation with the same keys that nothing is ever restored into."""
    return a_second(installation, seeded)


def a_second(installation: Make, first: Installation) -> Installation:
    """An empty installation with the keys of the first."""
    second = installation()
    shutil.copytree(first.data / "keys", second.data / "keys", dirs_exist_ok=True)
    return second


@pytest.mark.mission("X-07")
def test_rows_and_contents_come_back_as_they_were(
    installation: Make, seeded: Installation, saved: Path
) -> None:
    before = json.loads(seeded.python(STATE))
    second = a_second(installation, seeded)

    said = json.loads(second.run("restore", str(saved), "--json").splitlines()[-1])

    assert before == json.loads(second.python(STATE))
    assert before["rows"] > 0
    assert "0" == second.python("from caseway.cases.models import Case; print(Case.objects.count())")
    assert json.loads(second.run("audit", "verify", "--json"))["whole"]
    assert len(list((saved / "blobs").rglob("*/*/*"))) == said["contents"] > 0


def test_the_backup_can_be_checked_without_caseway(saved: Path) -> None:
    done = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=saved, check=False)

    assert 0 == done.returncode


def test_a_folder_that_holds_something_is_not_written_to(seeded: Installation, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")

    said = seeded.run("backup", str(tmp_path), status=1)

    assert "backup.folder_not_empty" in said
    assert ["mine.txt"] == [one.name for one in tmp_path.iterdir()]


def test_an_installation_in_use_is_not_overwritten(seeded: Installation, saved: Path) -> None:
    before = seeded.python(STATE)

    assert "restore.in_use" in seeded.run("restore", str(saved), status=1)
    assert before == seeded.python(STATE)


@pytest.mark.parametrize("victim", ["database.dump", "SHA256SUMS", "blobs/*/*/*"])
def test_a_damaged_file_is_told_and_nothing_is_restored(empty: Installation, copy: Path, victim: str) -> None:
    file = next(iter(sorted(copy.glob(victim))))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))

    assert "restore.damaged" in empty.run("restore", str(copy), status=1)
    assert "None" == empty.python(
        "from django.db import connection\n"
        "with connection.cursor() as cursor:\n"
        "    cursor.execute(\"SELECT to_regclass('access_organisation')\"); print(cursor.fetchone()[0])"
    )


def test_a_content_that_is_gone_makes_the_backup_fail(seeded: Installation, tmp_path: Path) -> None:
    content = next(one for one in (seeded.data / "blobs").glob("*/*/*") if one.is_file())
    content.rename(tmp_path / "away")
    try:
        assert "blob.missing" in seeded.run("backup", str(tmp_path / "backup"), status=1)
    finally:
        (tmp_path / "away").rename(content)

    assert not (tmp_path / "backup" / "manifest.json").exists()


def test_without_the_keys_it_comes_back_only_when_told_to(installation: Make, saved: Path) -> None:
    second = installation()

    assert "restore.other_keys" in second.run("restore", str(saved), status=1)
    second.run("restore", str(saved), "--other-keys")


def test_a_backup_of_a_later_version_is_refused(empty: Installation, copy: Path) -> None:
    manifest = json.loads((copy / "manifest.json").read_text(encoding="utf-8"))
    (copy / "manifest.json").write_text(json.dumps(manifest | {"caseway": "2999.1.0"}), encoding="utf-8")

    assert "restore.later_version" in empty.run("restore", str(copy), status=1)


def test_a_folder_that_is_no_backup_is_told(empty: Installation, tmp_path: Path) -> None:
    assert "restore.no_backup" in empty.run("restore", str(tmp_path), status=1)


def test_an_ordinary_owner_can_do_both(
    installation: Make, seeded: Installation, saved: Path, tmp_path: Path
) -> None:
    """In production the owner of the tables is no superuser, and held to row-level security itself."""
    second = a_second(installation, seeded)
    owned = ordinary_owner(second)
    second.run("restore", str(saved), **owned)

    second.run("backup", str(tmp_path / "again"), **owned)

    contents = [(one / "SHA256SUMS").read_text().splitlines()[1:] for one in (saved, tmp_path / "again")]
    assert contents[0] == contents[1] != []


def ordinary_owner(installation: Installation) -> dict[str, str]:
    """Make a database that belongs to a role without rights over others; return the settings for it."""
    import psycopg

    from caseway.embedded import socket_folder

    host = str(socket_folder(installation.data))
    with psycopg.connect(host=host, user="caseway_owner", dbname="postgres", autocommit=True) as connection:
        connection.execute("CREATE ROLE plain LOGIN")
        connection.execute("CREATE DATABASE plain OWNER plain")
    address = f"/plain?host={host.replace('/', '%2F')}"
    return {
        "CASEWAY_DATABASE_URL": f"postgresql://caseway_app@{address}",
        "CASEWAY_DATABASE_OWNER_URL": f"postgresql://plain@{address}",
    }
