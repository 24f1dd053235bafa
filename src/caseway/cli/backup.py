"""`caseway backup` and `caseway restore`: everything but the keys, in one folder that proves itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from caseway.cli.context import set_up
from caseway.cli.output import Json, say

backup_app = typer.Typer(add_completion=False)
restore_app = typer.Typer(add_completion=False)


@backup_app.command()
def backup(
    folder: Path = typer.Argument(help="A folder that does not exist yet, or is empty."),
    as_json: Json = False,
) -> None:
    """Write the database and every content to a folder, while Caseway goes on working. Keys are not in it."""
    set_up()
    from caseway.backup.writing import write_backup
    from caseway.configuration import configuration

    with _database():
        done = write_backup(folder.resolve())
    keys = (
        "in your settings"
        if configuration().secret_keys.get_secret_value()
        else configuration().data / "keys"
    )
    text = (
        f"{folder} holds the database and {done.contents} contents ({done.bytes} bytes).\n"
        f"The keys are not in it: keep those {keys} apart from it."
    )
    say({"folder": str(folder), "contents": done.contents, "bytes": done.bytes}, text, as_json)


@restore_app.command()
def restore(
    folder: Path = typer.Argument(
        help="The folder that `caseway backup` wrote.", exists=True, file_okay=False
    ),
    other_keys: bool = typer.Option(
        False, "--other-keys", help="Go on although the keys are others; stored secrets must be typed again."
    ),
    as_json: Json = False,
) -> None:
    """Read a backup into an empty installation; every file is checked before anything is changed."""
    set_up()
    from caseway.backup.reading import read_backup

    with _database():
        done = read_backup(folder.resolve(), other_keys=other_keys)
    text = f"The state of {done.made_at} is back, with {done.contents} contents. Start with `caseway up`."
    say({"made_at": done.made_at, "contents": done.contents, "bytes": done.bytes}, text, as_json)


@contextmanager
def _database() -> Iterator[None]:
    """Have the embedded PostgreSQL up for as long as it takes, where no other is configured."""
    from django.db import connections

    from caseway.configuration import configuration
    from caseway.embedded import EmbeddedPostgres

    c = configuration()
    server = None if c.database_url else EmbeddedPostgres(c.data)
    ours = server is not None and not server.running()
    if server is not None and ours:
        server.start()
    try:
        yield
    finally:
        connections.close_all()
        if server is not None and ours:
            server.stop()


COMMANDS = {"backup": backup_app, "restore": restore_app}
