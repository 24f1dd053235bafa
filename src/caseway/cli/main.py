"""The command `caseway`. Commands import what they need when they run, so that help is instant."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "caseway.settings")

GROUPS: dict[str, tuple[str, str]] = {
    "up": ("caseway.cli.up", "Start everything: PostgreSQL, web, worker; with --demo a day of work."),
    "web": ("caseway.cli.serve", "Run a web process."),
    "worker": ("caseway.cli.serve", "Run a worker."),
    "migrate": ("caseway.cli.serve", "Bring the tables up to date."),
    "doctor": ("caseway.cli.doctor", "Say what is missing before it hurts."),
    "verify": (
        "caseway.cli.verify",
        "Test a connection and its mappings, and prove it by a conformance run.",
    ),
    "connections": ("caseway.cli.connections", "List, save, move on, pause and resume connections."),
    "schemas": ("caseway.cli.schemas", "List, add and remove schemas of subject data."),
    "keys": ("caseway.cli.keys", "List, make, import, certify, change and retire keys of a connection."),
    "onboarding": ("caseway.cli.onboarding", "List, ask and answer what a connection needs first."),
    "catalogue": ("caseway.cli.onboarding", "Find who receives what, and what exists already."),
    "routes": ("caseway.cli.connections", "List and add routes."),
    "simulate": ("caseway.cli.simulate", "Run the other side of a rail, with fault switches."),
    "submit": ("caseway.cli.submit", "Hand in an application over HTTP."),
    "deliveries": ("caseway.cli.deliveries", "List deliveries; retry or close one."),
    "arrivals": ("caseway.cli.arrivals", "List what came over connections; collect, accept or reject it."),
    "answer": ("caseway.cli.answer", "Answer the applicant of a case by the way they chose."),
    "replay": ("caseway.cli.deliveries", "Plan and run many retries as one batch."),
    "mapping": ("caseway.cli.mapping", "Lint, render, verify, import, export, publish and bind mappings."),
    "organisation": ("caseway.cli.people", "Create organisations."),
    "user": ("caseway.cli.people", "Create people and give them roles."),
    "client": ("caseway.cli.people", "Register systems that get tokens."),
    "audit": ("caseway.cli.people", "Verify and export the audit trail."),
    "backup": ("caseway.cli.backup", "Write the database and the contents to a folder."),
    "restore": ("caseway.cli.backup", "Read them back into an empty installation."),
}


class LazyGroup(TyperGroup):
    """A group whose commands are imported when they are called, not when they are listed."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(GROUPS)

    def get_command(self, ctx: Any, name: str) -> Any:
        if name not in GROUPS:
            return None
        return typer.main.get_command(import_module(GROUPS[name][0]).COMMANDS[name])

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_line) for name, (_, help_line) in GROUPS.items()])


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Caseway: the exchange hub for public cases. Nothing lost, nothing sent twice.",
)


@app.callback(invoke_without_command=True)
def _main(version: bool = typer.Option(False, "--version", help="Print the version and exit.")) -> None:
    if version:
        from caseway import __version__

        typer.echo(__version__)
        raise typer.Exit


def run() -> None:
    """Run the command line; errors of the tree become one line, a code and exit status 1."""
    from caseway.core.errors import CasewayError

    try:
        app()
    except CasewayError as error:
        typer.echo(f"{error.code}: {error.sentence}", err=True)
        if error.remedy:
            typer.echo(f"  {error.remedy}", err=True)
        for finding in error.details.get("findings", ()):
            if not finding.get("ok", False):
                typer.echo(f"  - {finding['code']}: {finding['sentence']}", err=True)
        raise SystemExit(1) from None
