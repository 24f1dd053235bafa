"""What a command says: for people by default, one JSON document with `--json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def say(data: Any, text: str, as_json: bool) -> None:
    """Print data as one line of JSON, or the text."""
    typer.echo(json.dumps(data, default=str, ensure_ascii=False) if as_json else text)


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str], as_json: bool) -> None:
    """Print rows as JSON, or as a table with the named columns."""
    if as_json:
        typer.echo(json.dumps(list(rows), default=str, ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        drawn.add_column(column.replace("_", " "))
    for row in rows:
        drawn.add_row(*("" if row.get(column) is None else str(row[column]) for column in columns))
    Console().print(drawn)
