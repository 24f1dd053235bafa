"""`caseway organisation`, `user`, `client` and `audit`: who may do what, and who did."""

from __future__ import annotations

from typing import Annotated

import typer

from caseway.cli.context import OrganisationOption, operator, set_up
from caseway.cli.output import Json, say, table

organisation = typer.Typer(add_completion=False, no_args_is_help=True, help="Authorities that work here.")
user = typer.Typer(add_completion=False, no_args_is_help=True, help="People who sign in.")
client = typer.Typer(add_completion=False, no_args_is_help=True, help="Systems that get tokens.")
audit = typer.Typer(add_completion=False, no_args_is_help=True, help="Who did and saw what.")
for _group in (organisation, user, client, audit):
    _group.callback()(lambda: None)  # without it, a group of one command would lose that command's name


@organisation.command("create")
def create_organisation(
    slug: str,
    name: str = typer.Option(..., help="Name on the screens."),
    country: str = typer.Option("DE", help="DE, NL or DK."),
    as_json: Json = False,
) -> None:
    """Create an organisation."""
    set_up()
    from caseway.access.people import create_organisation as create

    made = create(slug, name, country)
    say({"id": str(made.id), "slug": made.slug}, f"{made.name} is created.", as_json)


@user.command("create")
def create_user(
    email: str,
    name: str = typer.Option(..., help="Name on the screens."),
    role: str = typer.Option(
        "functional_administrator", help="administrator, functional_administrator, caseworker or auditor."
    ),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Invite a person with a role; prints the address where they choose their password."""
    set_up()
    from caseway.access.people import invite_user

    invitation = invite_user(operator(organisation), email, name, role)
    text = f"{email} has the role {role}."
    if invitation.url:
        text += f" Their password is chosen at {invitation.url}"
    say({"email": email, "role": role, "url": invitation.url}, text, as_json)


@client.command("create")
def create_client(
    name: str,
    scope: Annotated[list[str], typer.Option(help="Scope it may ask for; repeatable.")] = [  # noqa: B006
        "submissions:write",
        "submissions:read",
    ],
    redirect: Annotated[list[str], typer.Option(help="Return address, for sign-in; repeatable.")] = [],  # noqa: B006
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Register a system; prints its secret, once."""
    set_up()
    from caseway.access.clients import register_client

    grants = ["client_credentials", *(["authorization_code"] if redirect else [])]
    made, secret = register_client(operator(organisation), name, grants, redirect, scope)
    text = f"CASEWAY_CLIENT_ID={made.client_id}\nCASEWAY_CLIENT_SECRET={secret}"
    say({"client_id": made.client_id, "client_secret": secret}, text, as_json)


@client.command("list")
def list_clients(organisation: OrganisationOption = "", as_json: Json = False) -> None:
    """List systems that get tokens."""
    set_up()
    from caseway.access.clients import clients

    rows = [
        {"client_id": one.client_id, "name": one.name, "last_used_at": one.last_used_at}
        for one in clients(operator(organisation))
    ]
    table(rows, ["client_id", "name", "last_used_at"], as_json)


@audit.command("verify")
def verify_trail(organisation: OrganisationOption = "", as_json: Json = False) -> None:
    """Recompute the chain of the audit trail. Exit status 1 when it is broken."""
    set_up()
    from caseway.access.audit import verify_chain

    broken = verify_chain(operator(organisation).organisation_id)
    say(
        {"whole": broken is None, "first_broken": broken},
        "The chain is whole." if broken is None else f"The chain is broken at number {broken}.",
        as_json,
    )
    raise typer.Exit(0 if broken is None else 1)


COMMANDS = {"organisation": organisation, "user": user, "client": client, "audit": audit}
