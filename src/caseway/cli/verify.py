"""`caseway verify`: is a connection well, do its mappings fit, and does the other side do what it must?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import typer

from caseway.cli.context import OrganisationOption, operator, set_up
from caseway.cli.output import Json, say, table
from caseway.core.errors import Invalid

if TYPE_CHECKING:
    from caseway.access.actor import Actor
    from caseway.delivery.conformance import RunWish
    from caseway.delivery.models import ConformanceRun
    from caseway.rails.contract import Finding

app = typer.Typer(add_completion=False)
Tell = Callable[["Finding"], None]
MB = 1_000_000


@app.command()
def verify(
    connection: str = typer.Argument("", help="Slug of the connection."),
    run: bool = typer.Option(
        True, help="Make the conformance run too, where the kind of connection has one."
    ),
    really: bool = typer.Option(False, "--really", help="Make it in the production environment as well."),
    place: str = typer.Option(
        "", help="Where at the other side it may act, such as a folder. Empty: its own."
    ),
    submission: UUID | None = typer.Option(None, help="Id of a submission to try with. Default: made up."),
    large_mb: float = typer.Option(25, help="Size of the large document, in MB."),
    patience: float = typer.Option(60, help="Seconds to wait for the other side in one clause."),
    report: Path | None = typer.Option(None, help="Write the signed report of the run to this file."),
    check_report: Path | None = typer.Option(None, exists=True, help="Check a signed report, nothing else."),
    key: list[Path] = typer.Option([], exists=True, help="Public keys of the installation that signed it."),
    public_keys: bool = typer.Option(False, "--public-keys", help="Print the keys that verify our reports."),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Test a connection, hold its mappings against the live other side, and make the conformance run.

    The run has effects at the other side, at the place named or one of its own, and takes them away again.
    Exit status 1 if anything is bad.
    """
    set_up()
    if public_keys:
        from caseway.core.signing import public_keys as ours

        typer.echo(json.dumps(ours(), indent=2))
    elif check_report is not None:
        _check(check_report, key, as_json)
    elif not connection:
        raise typer.BadParameter("Name a connection.")
    else:
        from caseway.delivery.conformance import RunWish

        wish = RunWish(place, submission, int(large_mb * MB), patience)
        _verify(operator(organisation), connection, wish if run else None, really, report, as_json)


def _verify(
    actor: Actor, slug: str, wish: RunWish | None, really: bool, report_file: Path | None, as_json: bool
) -> None:
    from caseway.delivery.verification import verify_connection

    report = verify_connection(actor, slug)
    if not as_json:
        table(_rows(report.findings), ["ok", "code", "sentence", "remedy"], as_json)
    made = _run(actor, slug, wish, really, as_json) if wish is not None else None
    if made is not None and report_file is not None:
        report_file.write_text(made.report + "\n", encoding="ascii")
    ok = report.ok and (made is None or made.passed)
    if as_json:
        shown = _shown(made) if made is not None else None
        say({"ok": ok, "findings": _rows(report.findings), "run": shown}, "", as_json)
    raise typer.Exit(0 if ok else 1)


def _run(actor: Actor, slug: str, wish: RunWish, really: bool, as_json: bool) -> ConformanceRun | None:
    from caseway.access.scope import scope
    from caseway.delivery.conformance import conforms, run_conformance
    from caseway.delivery.models import Connection

    with scope(actor.organisation_id):
        connection = Connection.objects.get(slug=slug)
    if not conforms(connection.rail):
        return None
    if connection.environment == "production" and not really:
        typer.echo("No conformance run: this is the production environment; say --really.", err=True)
        return None
    if as_json:
        return run_conformance(actor, slug, wish)
    with _telling() as tell:
        made = run_conformance(actor, slug, wish, tell)
    typer.echo(f"Conformance run {made.id}: {'passed' if made.passed else 'FAILED'}.")
    return made


@contextmanager
def _telling() -> Iterator[Tell]:
    """Show each finding as it comes, above a line that moves while the next one is tried."""
    from rich.console import Console
    from rich.markup import escape

    console = Console()
    with console.status("Trying …") as status:

        def tell(finding: Finding) -> None:
            mark = "[green]✓[/]" if finding.ok else "[red]✗[/]"
            console.print(f"{mark} {escape(finding.sentence)}", highlight=False)
            if not finding.ok and finding.remedy:
                console.print(f"  {escape(finding.remedy)}", highlight=False)
            status.update("Trying the next clause …")

        yield tell


def _check(file: Path, key_files: Iterable[Path], as_json: bool) -> None:
    from caseway.delivery.reports import check_report

    keys = [jwk for one in key_files for jwk in _keys(one)]
    facts = check_report(file.read_text(encoding="ascii", errors="replace"), keys).facts
    said = "passed" if facts["passed"] else "FAILED"
    where = f"{facts['connection']['name']} in the {facts['environment']} environment"
    say(facts, f"The signature holds. {facts['finishedAt']}: {where} {said}.", as_json)
    raise typer.Exit(0 if facts["passed"] else 1)


def _keys(file: Path) -> list[dict[str, Any]]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        return [dict(one) for one in found.get("keys", [found])]
    except (ValueError, TypeError, AttributeError):
        raise Invalid(
            f"{file.name} holds no public keys.",
            code="report.keys_unreadable",
            remedy="Give what `caseway verify --public-keys` printed where the report was made.",
        ) from None


def _rows(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [
        {"ok": one.ok, "code": one.code, "sentence": one.sentence, "remedy": one.remedy} for one in findings
    ]


def _shown(run: ConformanceRun) -> dict[str, Any]:
    return {
        "id": str(run.id),
        "environment": run.environment,
        "passed": run.passed,
        "clauses": run.clauses,
        "findings": run.findings,
        "report": run.report,
    }


COMMANDS = {"verify": app}
