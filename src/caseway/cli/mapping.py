"""`caseway mapping`: everything about mappings without a browser."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

import typer

from caseway.cli.context import OrganisationOption, operator, set_up
from caseway.cli.output import Json, say, table

app = typer.Typer(add_completion=False, no_args_is_help=True, help="How our facts become their fields.")
_File = typer.Argument(help="A mapping as YAML, or a five-column table as CSV.", exists=True, dir_okay=False)


@app.command("list")
def list_(organisation: OrganisationOption = "", as_json: Json = False) -> None:
    """List mappings with their versions."""
    set_up()
    from caseway.access.scope import scope
    from caseway.mapping.models import MappingVersion

    with scope(operator(organisation).organisation_id):
        rows = [
            {
                "mapping": one.mapping_id,
                "version": one.version,
                "state": one.state,
                "title": one.title,
                "published_at": one.published_at,
            }
            for one in MappingVersion.objects.order_by("mapping_id", "-version")
        ]
    table(rows, ["mapping", "version", "state", "title", "published_at"], as_json)


@app.command()
def lint(file: Path = _File, organisation: OrganisationOption = "", as_json: Json = False) -> None:
    """Check a mapping by itself. Exit status 1 when it has errors."""
    set_up()
    from caseway.access.scope import scope
    from caseway.mapping.publishing import findings_of

    actor = operator(organisation)
    with scope(actor.organisation_id):
        findings = findings_of(actor, _read(file))
    rows = [asdict(one) for one in findings]
    if rows or as_json:
        table(rows, ["level", "code", "path", "sentence"], as_json)
    else:
        typer.echo("No findings.")
    raise typer.Exit(1 if any(one.level == "error" for one in findings) else 0)


@app.command()
def render(
    file: Path = _File,
    submission: UUID = typer.Option(..., help="Id of a submission to preview with."),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Show what a mapping would make of a submission; sends nothing. Status 1 when it would stop."""
    set_up()
    from caseway.access.scope import scope
    from caseway.core.redaction import mask
    from caseway.mapping.publishing import preview

    actor = operator(organisation)
    with scope(actor.organisation_id):
        shown = preview(actor, _read(file), submission)
    rows = [
        {
            "target": target.target,
            "name": target.name,
            "id": one.id,
            "label": one.label,
            "value": mask(str(one.value)) if one.sensitive else one.value,
        }
        for target in shown.rendered.targets
        for one in target.properties
    ]
    table(rows, ["target", "id", "label", "value"], as_json)
    for problem in shown.problems:
        typer.echo(f"{problem.code}: {problem.sentence}", err=True)
    raise typer.Exit(1 if shown.problems else 0)


@app.command()
def rehearse(
    file: Path = _File,
    submission: UUID = typer.Option(..., help="Id of a submission to try with."),
    connection: str = typer.Option(..., help="Slug of the connection."),
    place: str = typer.Option(..., help="Folder of the DMS set aside for this, such as /Probe."),
    really: bool = typer.Option(False, "--really", help="Yes: file it there and delete it again."),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """File a submission into a scratch folder of the live DMS and delete it again. Exit status 1 if bad."""
    if not really:
        raise typer.BadParameter("This writes into the DMS for a moment; say --really.")
    set_up()
    from caseway.delivery.rehearsal import rehearse as rehearse_mapping

    report = rehearse_mapping(operator(organisation), _read(file), submission, connection, place)
    rows = [{"ok": one.ok, "code": one.code, "sentence": one.sentence} for one in report.findings]
    table(rows, ["ok", "code", "sentence"], as_json)
    raise typer.Exit(0 if report.ok else 1)


@app.command("import")
def import_(
    file: Path = _File,
    mapping_id: str = typer.Option("", "--id", help="Id of the mapping, for a table."),
    title: str = typer.Option("", help="Title, for a table."),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Make a file the draft of its mapping."""
    set_up()
    from caseway.access.scope import scope
    from caseway.mapping import publishing

    actor = operator(organisation)
    text = file.read_text(encoding="utf-8-sig")
    with scope(actor.organisation_id):
        if file.suffix.lower() == ".csv":
            draft: Any = publishing.import_table(actor, text, mapping_id or file.stem, title or file.stem)
        else:
            draft = publishing.import_yaml(actor, text)
    draft = getattr(draft, "version", draft) if not hasattr(draft, "mapping_id") else draft
    say({"mapping": draft.mapping_id, "version": draft.version}, f"{draft} is a draft now.", as_json)


@app.command()
def export(
    mapping_id: str,
    version: int,
    as_table: bool = typer.Option(False, "--table", help="The five-column table instead of YAML."),
    organisation: OrganisationOption = "",
) -> None:
    """Print a version as YAML, or as the five-column table."""
    set_up()
    from caseway.access.scope import scope
    from caseway.mapping import catalogue, publishing

    actor = operator(organisation)
    with scope(actor.organisation_id):
        found = catalogue.get_version(actor, mapping_id, version)
        typer.echo(publishing.export_table(found) if as_table else publishing.export_yaml(found), nl=False)


@app.command()
def publish(
    mapping_id: str,
    connection: str = typer.Option("", help="Connection whose types it is held against; not needed for one."),
    unverified: bool = typer.Option(False, "--unverified", help="Publish without asking the other side."),
    succeed: bool = typer.Option(True, help="Serve from now on what the version before serves."),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Make the draft a version that never changes, after it passed every check."""
    set_up()
    from caseway.access.scope import scope
    from caseway.delivery.live_types import live_types
    from caseway.mapping.drafts import need_draft
    from caseway.mapping.publishing import publish as publish_draft
    from caseway.mapping.publishing import succeed as succeed_before

    actor = operator(organisation)
    types = None
    if not unverified:
        with scope(actor.organisation_id):
            document = need_draft(actor.organisation_id, mapping_id).document
        live = live_types(actor, document, connection)
        if live.error is not None:
            raise live.error
        types = live.types
    with scope(actor.organisation_id):
        done = publish_draft(actor, mapping_id, types)
        if succeed:
            succeed_before(actor, done)
    say({"mapping": done.mapping_id, "version": done.version}, f"{done} is published.", as_json)


@app.command()
def bind(
    mapping_id: str,
    version: int,
    connection: str = typer.Option(..., help="Slug of the connection."),
    form: str = typer.Option("", help="Form it serves; empty with an empty service: everything."),
    service: str = typer.Option("", help="Service it serves."),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Have a published version serve a form or service from now on."""
    set_up()
    from caseway.access.scope import scope
    from caseway.mapping import catalogue
    from caseway.mapping.publishing import bind as bind_version

    actor = operator(organisation)
    with scope(actor.organisation_id):
        found = catalogue.get_version(actor, mapping_id, version)
        bind_version(actor, found, form_id=form, service_id=service, connection_slug=connection)
    say({"bound": str(found)}, f"{found} serves {form or service or 'everything'} now.", as_json)


def _read(file: Path) -> dict[str, Any]:
    from caseway.mapping.document import load

    return load(file.read_text(encoding="utf-8-sig"))


COMMANDS = {"mapping": app}
