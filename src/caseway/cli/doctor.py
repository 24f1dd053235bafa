"""`caseway doctor`: what is missing, before it hurts."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta

import typer

from caseway.cli.context import set_up
from caseway.cli.output import Json, say, table
from caseway.core.errors import CasewayError

app = typer.Typer(add_completion=False)
Row = dict[str, object]


@app.command()
def doctor(as_json: Json = False) -> None:
    """Look at settings, database, contents, scanner, certificates, queue and clock. Exit status 1 if bad."""
    set_up()
    rows = [row for look in LOOKS for row in _careful(look)]
    bad = any(row["state"] == "bad" for row in rows)
    if as_json:
        say({"ok": not bad, "findings": rows}, "", as_json)
    else:
        table(rows, ["state", "what", "sentence"], as_json)
    raise typer.Exit(1 if bad else 0)


def _careful(look: Callable[[], Iterator[Row]]) -> list[Row]:
    from django.db import Error

    what = look.__name__.strip("_").replace("_", " ")
    try:
        return list(look())
    except CasewayError as error:
        return [_row("bad", what, f"{error.sentence} {error.remedy}".strip())]
    except (Error, OSError) as error:
        return [_row("bad", what, f"Cannot be looked at: {type(error).__name__}.")]


def _row(state: str, what: str, sentence: str) -> Row:
    return {"state": state, "what": what, "sentence": sentence}


def _settings() -> Iterator[Row]:
    from caseway.configuration import configuration

    c = configuration()
    if c.environment != "production":
        yield _row("note", "environment", "This is a desk installation; production wants more.")
        return
    if not c.public_url.startswith("https://"):
        yield _row("bad", "public URL", "People and tokens travel over plain http; set an https address.")
    if c.malware in ("off", "eicar"):
        yield _row("bad", "malware", "Files are not scanned; set CASEWAY_MALWARE to a clamd.")


def _database() -> Iterator[Row]:
    from django.db import connection, connections
    from django.db.migrations.executor import MigrationExecutor

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, current_setting('fsync')")
        version, fsync = cursor.fetchone()
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        too_strong = cursor.fetchone()[0]
    yield _row("good" if version >= 150000 else "bad", "database", f"PostgreSQL {version // 10000}.")
    if fsync != "on":
        yield _row("bad", "database", "fsync is off: what is accepted may be lost in a power cut.")
    if too_strong:
        yield _row("bad", "database", "The application's role may go round row-level security.")
    executor = MigrationExecutor(connections["owner"])
    if waiting := executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield _row("bad", "database", f"{len(waiting)} migrations wait: run `caseway migrate`.")


def _contents() -> Iterator[Row]:
    from caseway.configuration import configuration
    from caseway.delivery.occasion import blob_store

    blob_store()
    free = shutil.disk_usage(configuration().data).free
    state = "bad" if free < 2_000_000_000 else "good"
    yield _row(state, "contents", f"{free // 1_000_000_000} GB are free in the data folder.")


def _scanner() -> Iterator[Row]:
    from caseway.configuration import configuration
    from caseway.intake.checks.malware import open_scanner

    open_scanner(configuration().malware)
    yield _row("good", "malware", "The scanner is configured.")


def _connections() -> Iterator[Row]:
    from caseway.access.models import Organisation
    from caseway.access.scope import scope
    from caseway.delivery.endings import endings
    from caseway.delivery.queries import connections_health

    for organisation in Organisation.objects.all():
        with scope(organisation.id):
            for health in connections_health():
                one = health.connection
                what = f"{organisation.slug}/{one.slug}"
                if one.circuit != "closed":
                    yield _row("bad", what, f"Does not answer: {one.last_failure_sentence}")
                if health.age > timedelta(hours=1):
                    yield _row("bad", what, f"Its oldest delivery waits for {health.age}.")
                if health.stuck:
                    yield _row("note", what, f"{health.stuck} deliveries need a person.")
            for ending in endings():
                state = "bad" if ending.days <= 14 else "note"
                yield _row(state, f"{organisation.slug}/{ending.slug}", ending.sentence())


def _clock() -> Iterator[Row]:
    from django.db import connection

    from caseway.core.clock import now

    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        drift = abs((cursor.fetchone()[0] - now()).total_seconds())
    yield _row("good" if drift < 5 else "bad", "clock", f"{drift:.1f} s between us and the database.")


LOOKS = (_settings, _database, _contents, _scanner, _connections, _clock)
COMMANDS = {"doctor": app}
