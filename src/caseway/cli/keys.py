"""`caseway keys`: the keys of a connection without a browser. No command prints a private part."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from caseway.cli.context import OrganisationOption, operator, set_up
from caseway.cli.output import Json, say, table

if TYPE_CHECKING:
    from caseway.core.certificates import Subject
    from caseway.delivery.models import ConnectionKey

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Keys of a connection: made, certified, changed."
)
_File = typer.Argument(exists=True, dir_okay=False)
_COLUMNS = [
    "kid",
    "use",
    "state",
    "origin",
    "ends_at",
    "days_left",
    "self_signed",
    "overlap_until",
    "subject",
]


class KeyUse(StrEnum):
    """What a key is for."""

    sign = "sign"
    decrypt = "decrypt"


@app.command("list")
def list_(connection: str, organisation: OrganisationOption = "", as_json: Json = False) -> None:
    """List the keys of a connection, the newest first."""
    set_up()
    from caseway.delivery.keys import list_keys

    table([_shown(row) for row in list_keys(operator(organisation), connection)], _COLUMNS, as_json)


@app.command()
def generate(
    connection: str,
    use: KeyUse = typer.Argument(help="What the key is for."),
    common_name: str = typer.Option("", "--name", help="Name in the self-signed certificate."),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Make a key of 4096 bits with a self-signed certificate; it is not in force yet."""
    set_up()
    from caseway.core.certificates import Subject
    from caseway.delivery.keys import generate_key

    subject = Subject(common_name) if common_name else None
    row = generate_key(operator(organisation), connection, use.value, subject)
    _say(row, f"Key {row.kid} is made. Publish it (`keys export`), then `keys activate` it.", as_json)


@app.command("import")
def import_(
    connection: str,
    file: Path = _File,
    use: KeyUse = typer.Option(..., help="What the key is for."),
    password_file: Path | None = typer.Option(None, exists=True, help="File whose first line opens the key."),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Keep a key from a file: private JWK, PKCS #8 as PEM, PKCS #12."""
    set_up()
    from caseway.delivery.keys import import_key

    password = password_file.read_text(encoding="utf-8").partition("\n")[0] if password_file else ""
    row = import_key(operator(organisation), connection, use.value, file.read_bytes(), password)
    _say(row, f"Key {row.kid} is kept. The file is not needed any more; destroy it.", as_json)


@app.command()
def activate(
    connection: str,
    kid: str,
    overlap_days: int = typer.Option(30, min=0, max=730, help="How long the one before is understood."),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Put a key in force; the one before goes on for a while."""
    set_up()
    from caseway.delivery.keys import put_in_force

    row = put_in_force(operator(organisation), connection, kid, timedelta(days=overlap_days))
    _say(row, f"Key {row.kid} is in force.", as_json)


@app.command()
def retire(
    connection: str,
    kid: str,
    reason: str = typer.Option("", help="Why; needed with --force."),
    force: bool = typer.Option(False, "--force", help="Even while something may still need it."),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Erase the private part of a key for good."""
    set_up()
    from caseway.delivery.keys import retire_key

    row = retire_key(operator(organisation), connection, kid, reason, force=force)
    _say(row, f"Key {row.kid} is retired; its private part is gone.", as_json)


@app.command()
def export(
    connection: str,
    kid: str,
    certificates: bool = typer.Option(False, "--certificates", help="The chain as PEM instead of the JWK."),
    organisation: OrganisationOption = "",
) -> None:
    """Print the public part of a key, as others are given it."""
    set_up()
    from cryptography.hazmat.primitives.serialization import Encoding

    from caseway.core.jwk import chain_of
    from caseway.delivery.keys import public_key

    jwk = public_key(operator(organisation), connection, kid)
    if certificates:
        typer.echo("".join(one.public_bytes(Encoding.PEM).decode() for one in chain_of(jwk)), nl=False)
    else:
        typer.echo(json.dumps(jwk, indent=2))


@app.command()
def request(
    connection: str,
    kid: str,
    name: str = typer.Option(..., help="Common name the authority should certify."),
    authority: str = typer.Option("", "--organisation-name", help="Name of the organisation in it."),
    unit: str = typer.Option("", help="Department."),
    locality: str = typer.Option("", help="Town."),
    country: str = typer.Option("DE", help="Country, two letters."),
    organisation: OrganisationOption = "",
) -> None:
    """Print a request for a certificate (PKCS #10, PEM)."""
    set_up()
    from caseway.delivery.keys import certificate_request

    subject = _subject(name, authority, unit, locality, country)
    typer.echo(certificate_request(operator(organisation), connection, kid, subject), nl=False)


@app.command()
def install(
    connection: str,
    kid: str,
    file: Path = _File,
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Give a key the certificate that was issued for it, with those of the authorities above."""
    set_up()
    from caseway.delivery.keys import install_certificate

    pem = file.read_text(encoding="ascii", errors="replace")
    row = install_certificate(operator(organisation), connection, kid, pem)
    _say(row, f"Key {row.kid} has its certificate; publish it anew (`keys export`).", as_json)


def _subject(name: str, authority: str, unit: str, locality: str, country: str) -> Subject:
    from caseway.core.certificates import Subject

    return Subject(name, authority, unit, locality, country)


def _shown(row: ConnectionKey) -> dict[str, Any]:
    from caseway.delivery.key_care import describe

    return asdict(describe(row))


def _say(row: ConnectionKey, text: str, as_json: bool) -> None:
    say(_shown(row), text, as_json)


COMMANDS = {"keys": app}
