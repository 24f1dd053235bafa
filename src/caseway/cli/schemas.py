"""`caseway schemas`: schemas that subject data are held against."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer

from caseway.cli.context import OrganisationOption, operator, set_up
from caseway.cli.output import Json, say, table

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Schemas that subject data are held against."
)
_SUFFIXES = {".xsd": "application/xml", ".json": "application/json"}


@app.command("list")
def list_(organisation: OrganisationOption = "", as_json: Json = False) -> None:
    """List the registered schemas."""
    set_up()
    from caseway.delivery.schemas import list_schemas

    rows = [
        {
            "uri": one.uri,
            "name": one.name,
            "media_type": one.media_type,
            "entry": one.entry,
            "service": one.service_id,
            "created_at": one.created_at,
            "created_by": one.created_by,
        }
        for one in list_schemas(operator(organisation))
    ]
    table(rows, ["uri", "name", "media_type", "entry", "service", "created_at"], as_json)


@app.command()
def add(
    uri: str,
    paths: list[Path] = typer.Argument(exists=True, help="Files of the schema, or a folder of them."),
    media_type: str = typer.Option("", help="Of the data; default: by the files, application/xml for .xsd."),
    entry: str = typer.Option("", help="File to begin with, where it cannot be told."),
    name: str = typer.Option("", help="Name on the screens."),
    service: str = typer.Option("", help="Service it belongs to."),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Register a schema: a set of XSD files, or JSON Schema. It takes the place of an earlier one."""
    set_up()
    from caseway.delivery.schemas import register_schema

    files = {name: file for path in paths for name, file in _files(path)}
    kinds = {_SUFFIXES.get(file.suffix.lower(), "") for file in files.values()}
    if len(kinds) != 1 or "" in kinds:
        raise typer.BadParameter("Give XSD files, or JSON Schema files (.xsd or .json), not both.")
    contents = {name: file.read_bytes() for name, file in files.items()}
    kind = media_type or kinds.pop()
    row = register_schema(
        operator(organisation), uri, kind, contents, entry=entry, name=name, service_id=service
    )
    say({"uri": row.uri, "entry": row.entry, "files": len(contents)}, f"{row.uri} is registered.", as_json)


@app.command()
def remove(uri: str, organisation: OrganisationOption = "", as_json: Json = False) -> None:
    """Forget a schema; data of it are not checked any more."""
    set_up()
    from caseway.delivery.schemas import remove_schema

    remove_schema(operator(organisation), uri)
    say({"uri": uri, "removed": True}, f"{uri} is gone.", as_json)


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    """Yield the schema files of a folder by their path in it, or the one file by its name."""
    if path.is_file():
        yield path.name, path
        return
    for file in sorted(path.rglob("*")):
        if file.is_file() and file.suffix.lower() in _SUFFIXES:
            yield file.relative_to(path).as_posix(), file


COMMANDS = {"schemas": app}
