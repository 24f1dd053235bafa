"""`caseway onboarding` and `caseway catalogue`: what is to be settled first, and who takes what."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import typer

from caseway.cli.context import OrganisationOption, operator, set_up
from caseway.cli.output import Json, say, table

if TYPE_CHECKING:
    from caseway.delivery.models import CatalogueEntry

onboarding = typer.Typer(add_completion=False, no_args_is_help=True, help="What a connection needs first.")
catalogue = typer.Typer(add_completion=False, no_args_is_help=True, help="Who receives what.")
_Language = typer.Option("en", help="Language of the questions, such as de.")
_COLUMNS = ["name", "party_id", "reachable", "trusted", "services", "reply_channels", "seen_at"]


class Side(StrEnum):
    """Who answers."""

    responsible_officer = "responsible_officer"
    it_provider = "it_provider"


@onboarding.command("list")
def list_(
    connection: str, language: str = _Language, organisation: OrganisationOption = "", as_json: Json = False
) -> None:
    """List the questions of a connection with their state. Exit status 1 while one is open."""
    set_up()
    from caseway.delivery.onboarding import checklist

    items = checklist(operator(organisation), connection, language)
    rows = [asdict(item) for item in items]
    table(rows, ["code", "who", "state", "title", "asked_of", "answer"], as_json)
    raise typer.Exit(1 if any(item.is_open for item in items) else 0)


@onboarding.command()
def ask(
    connection: str, code: str, of: str = typer.Option(...), organisation: OrganisationOption = ""
) -> None:
    """Note whom a question was put to."""
    set_up()
    from caseway.delivery.onboarding import ask_item

    ask_item(operator(organisation), connection, code, of)
    typer.echo(f"{code} waits with {of}.")


@onboarding.command()
def answer(connection: str, code: str, text: str, organisation: OrganisationOption = "") -> None:
    """Keep the answer to a question."""
    set_up()
    from caseway.delivery.onboarding import answer_item

    answer_item(operator(organisation), connection, code, text)
    typer.echo(f"{code} is answered.")


@onboarding.command()
def skip(
    connection: str, code: str, reason: str = typer.Option(...), organisation: OrganisationOption = ""
) -> None:
    """Note that a question needs no answer here, and why."""
    set_up()
    from caseway.delivery.onboarding import skip_item

    skip_item(operator(organisation), connection, code, reason)
    typer.echo(f"{code} is not needed.")


@onboarding.command()
def reopen(connection: str, code: str, organisation: OrganisationOption = "") -> None:
    """Forget what became of a question."""
    set_up()
    from caseway.delivery.onboarding import reopen_item

    reopen_item(operator(organisation), connection, code)
    typer.echo(f"{code} is open again.")


@onboarding.command()
def request(
    connection: str,
    who: Side = typer.Option(..., help="Who shall answer."),
    language: str = _Language,
    organisation: OrganisationOption = "",
) -> None:
    """Print the open questions as a text to be sent."""
    set_up()
    from caseway.delivery.onboarding_request import request_text

    typer.echo(request_text(operator(organisation), connection, who.value, language), nl=False)


@catalogue.command()
def find(
    connection: str,
    service: str = typer.Option(..., help="Key of the service, 14 digits."),
    ars: str = typer.Option("", help="Regional key."),
    ags: str = typer.Option("", help="Municipality key."),
    area: str = typer.Option("", help="Area id of the directory."),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Ask the directory who takes a service somewhere, and keep what it says."""
    set_up()
    from caseway.delivery.catalogue import look_up
    from caseway.rails.directory import Wanted

    found = look_up(operator(organisation), connection, Wanted(service, ars, ags, area))
    table([_shown(entry) for entry in found], _COLUMNS, as_json)


@catalogue.command()
def areas(connection: str, words: str, organisation: OrganisationOption = "", as_json: Json = False) -> None:
    """Search places in the directory by name or post code; * stands for anything."""
    set_up()
    from caseway.delivery.catalogue import search_areas

    rows = [asdict(area) for area in search_areas(operator(organisation), connection, words)]
    table(rows, ["id", "name", "kind"], as_json)


@catalogue.command()
def search(
    words: str = typer.Argument("", help="Words of the name, id or service."),
    service: str = typer.Option("", help="Key or URN of the service."),
    schema: str = typer.Option("", help="URI of the schema."),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Search who is known already."""
    set_up()
    from caseway.delivery.catalogue import search_catalogue

    found = search_catalogue(operator(organisation), words, service, schema)
    table([_shown(entry) for entry in found], _COLUMNS, as_json)


@catalogue.command()
def reuse(
    service: str,
    schema: str = typer.Option("", help="URI of the schema."),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Say what exists for a service already, so that it need not be built anew."""
    set_up()
    from caseway.delivery.catalogue import reuse_hints

    hints = [asdict(hint) for hint in reuse_hints(operator(organisation), service, schema)]
    if hints or as_json:
        table(hints, ["kind", "sentence", "connection", "party_id", "schema_uri"], as_json)
    else:
        say({}, "Nothing is known for this service.", as_json)


def _shown(entry: CatalogueEntry) -> dict[str, Any]:
    services = sorted({(one.service, one.schema_uri) for one in entry.services.all()})
    return {
        "name": entry.name,
        "party_id": entry.party_id,
        "connection": entry.connection.slug,
        "environment": entry.environment,
        "reachable": entry.reachable,
        "trusted": entry.trusted,
        "status": entry.status,
        "services": [{"service": service, "schema": schema} for service, schema in services],
        "reply_channels": entry.reply_channels,
        "seen_at": entry.seen_at,
    }


COMMANDS = {"onboarding": onboarding, "catalogue": catalogue}
