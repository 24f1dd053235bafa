"""`caseway connections` and `routes`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import typer

from caseway.cli.context import OrganisationOption, operator, set_up
from caseway.cli.output import Json, say, table

connections = typer.Typer(add_completion=False, no_args_is_help=True, help="Configured other sides.")
routes = typer.Typer(add_completion=False, no_args_is_help=True, help="What is owed when something arrives.")


@connections.command("list")
def list_(organisation: OrganisationOption = "", as_json: Json = False) -> None:
    """List connections with the age of the oldest thing each has not delivered."""
    set_up()
    from caseway.access.scope import scope
    from caseway.delivery.queries import connections_health

    with scope(operator(organisation).organisation_id):
        rows = [
            {
                "slug": one.connection.slug,
                "rail": one.connection.rail,
                "environment": one.connection.environment,
                "circuit": "paused" if one.connection.paused_at else one.connection.circuit,
                "open": one.open,
                "stuck": one.stuck,
                "oldest_seconds": int(one.age.total_seconds()),
            }
            for one in connections_health()
        ]
    columns = ["slug", "rail", "environment", "circuit", "open", "stuck", "oldest_seconds"]
    table(rows, columns, as_json)


@connections.command()
def save(
    slug: str,
    rail: str = typer.Option(..., help="Id of the rail, such as cmis."),
    settings: Path = typer.Option(..., exists=True, help="JSON file with the rail's settings."),
    name: str = typer.Option("", help="Name on the screens; default: the slug."),
    environment: str = typer.Option("sandbox", help="sandbox, test, reference or production."),
    paused: bool = typer.Option(False, help="Save it paused even when its test fails."),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Test a connection and save it."""
    set_up()
    from caseway.delivery.connections import ConnectionDraft, save_connection

    values = json.loads(settings.read_text(encoding="utf-8"))
    draft = ConnectionDraft(slug, name or slug, rail, environment, values)
    saved = save_connection(operator(organisation), draft, paused=paused)
    say({"slug": saved.slug, "paused": bool(saved.paused_at)}, f"{saved.slug} is saved.", as_json)


@connections.command()
def pause(
    slug: str, reason: str = typer.Option(...), organisation: OrganisationOption = "", as_json: Json = False
) -> None:
    """Stop trying anything on a connection."""
    set_up()
    from caseway.delivery.connections import pause_connection

    pause_connection(operator(organisation), slug, reason)
    say({"slug": slug, "paused": True}, f"{slug} is paused.", as_json)


@connections.command()
def resume(slug: str, organisation: OrganisationOption = "", as_json: Json = False) -> None:
    """Let a paused connection go on at once."""
    set_up()
    from caseway.delivery.connections import resume_connection

    resume_connection(operator(organisation), slug)
    say({"slug": slug, "paused": False}, f"{slug} goes on.", as_json)


@connections.command()
def diagnose(slug: str, organisation: OrganisationOption = "") -> None:
    """Print what somebody who helps needs to see of a connection, as JSON: no secret, nothing of a person."""
    set_up()
    from caseway.access.scope import scope
    from caseway.delivery.diagnosis import diagnose as diagnosis_of

    actor = operator(organisation)
    with scope(actor.organisation_id):
        found = diagnosis_of(actor, slug)
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2))


@connections.command()
def promote(
    slug: str,
    environment: str = typer.Option(..., help="Where to: sandbox, test, reference or production."),
    settings: Path = typer.Option(
        ..., exists=True, help="JSON file with the settings for there, secrets too."
    ),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Move a connection on to the next environment, with its proof; or back."""
    set_up()
    from caseway.access.scope import scope
    from caseway.delivery.connections import ConnectionDraft
    from caseway.delivery.models import Connection
    from caseway.delivery.promotion import promote_connection

    actor = operator(organisation)
    with scope(actor.organisation_id):
        stored = Connection.objects.filter(slug=slug).first()
    if stored is None:
        raise typer.BadParameter(f"There is no connection “{slug}”.")
    values = json.loads(settings.read_text(encoding="utf-8"))
    draft = ConnectionDraft(slug, stored.name, stored.rail, environment, values)
    moved = promote_connection(actor, slug, draft)
    say({"slug": slug, "environment": moved.environment}, f"{slug} is in {moved.environment} now.", as_json)


@routes.command("list")
def list_routes(organisation: OrganisationOption = "", as_json: Json = False) -> None:
    """List routes in their order."""
    set_up()
    from caseway.access.scope import scope
    from caseway.delivery.models import Route

    with scope(operator(organisation).organisation_id):
        rows = [
            {
                "id": str(route.id),
                "name": route.name,
                "kind": route.kind,
                "channel": route.channel,
                "form": route.form_id,
                "service": route.service_id,
                "connection": route.connection.slug,
                "active": route.active,
            }
            for route in Route.objects.select_related("connection")
        ]
    table(rows, ["id", "name", "kind", "channel", "form", "service", "connection", "active"], as_json)


_Name = typer.Option(..., help="Name of the route.")
_Form = typer.Option("", help="Only this form.")
_Service = typer.Option("", help="Only this service.")
_Kind = typer.Option("", help="application, message or answer; empty: all.")
_Channel = typer.Option("", help="Only what came by this channel, such as api.")
_Position = typer.Option(
    None, min=0, help="Order in which routes are looked at. Default: as it was; new: last."
)
_Off = typer.Option(False, "--off", help="Keep it, but do not use it.")


@routes.command()
def add(
    connection: str,
    name: str = _Name,
    form: str = _Form,
    service: str = _Service,
    kind: str = _Kind,
    channel: str = _Channel,
    position: int | None = _Position,
    off: bool = _Off,
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Owe a delivery to a connection when something arrives."""
    said = (connection, name, form, service, kind, channel, position, off)
    _save_route(None, said, organisation, as_json)


@routes.command()
def change(
    route: UUID,
    connection: str,
    name: str = _Name,
    form: str = _Form,
    service: str = _Service,
    kind: str = _Kind,
    channel: str = _Channel,
    position: int | None = _Position,
    off: bool = _Off,
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Say a route anew, as a whole. What is owed already stays owed."""
    said = (connection, name, form, service, kind, channel, position, off)
    _save_route(route, said, organisation, as_json)


@routes.command()
def remove(route: UUID, organisation: OrganisationOption = "", as_json: Json = False) -> None:
    """Take a route away. What is owed already stays owed."""
    set_up()
    from caseway.delivery.routes import remove_route

    name = remove_route(operator(organisation), route)
    say({"id": str(route), "removed": True}, f"Route “{name}” is gone.", as_json)


def _save_route(route: UUID | None, said: tuple[Any, ...], organisation: str, as_json: bool) -> None:
    set_up()
    from caseway.delivery.routes import drafted, save_route

    connection, name, form, service, kind, channel, position, off = said
    draft = drafted(
        name=name,
        connection=connection,
        form_id=form,
        service_id=service,
        kind=kind,
        channel=channel,
        position=position,
        active=not off,
    )
    saved = save_route(operator(organisation), draft, route)
    say({"id": str(saved.id), "name": saved.name}, f"Route “{saved.name}” is saved.", as_json)


COMMANDS = {"connections": connections, "routes": routes}
