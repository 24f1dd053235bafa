"""`caseway answer`: answer the applicant of a case by the way they chose."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import typer

from caseway.cli.context import OrganisationOption, operator, set_up
from caseway.cli.output import Json, say

if TYPE_CHECKING:
    from caseway.access.actor import Actor
    from caseway.answers.ways import Ways
    from caseway.cases.models import Case
    from caseway.intake.files import IncomingFile

app = typer.Typer(add_completion=False)
PIECE = 256 * 1024


@app.command()
def answer(
    case: str = typer.Argument(help="Reference or id of the case."),
    subject: str = typer.Option(..., help="Subject, one line."),
    body_file: typer.FileText = typer.Option(
        ..., help="Text of the answer, UTF-8; - reads it from standard input.", encoding="utf-8"
    ),
    file: list[Path] = typer.Option(
        [], help="A document that goes with it; may be given several times.", exists=True, dir_okay=False
    ),
    key: str = typer.Option("", help="Idempotency key; default: a new one."),
    organisation: OrganisationOption = "",
    as_json: Json = False,
) -> None:
    """Answer the applicant of a case; says by which way it goes, or that none is connected."""
    set_up()
    from caseway.access.scope import scope
    from caseway.answers.sending import answer_case
    from caseway.answers.ways import ways_of
    from caseway.core.ids import uuid7

    actor = operator(organisation)
    found = _case(actor, case)
    with scope(actor.organisation_id):
        ways = ways_of(actor, found.id)
    received = answer_case(actor, found.id, subject, body_file.read(), _files(file), key or str(uuid7()))
    made = received.submission
    said = {
        "id": str(made.id),
        "reference": made.reference,
        "case": found.reference,
        "channel": ways.channel,
        "connection": ways.way.slug if ways.way else None,
    }
    say(said, f"Answered as {made.reference} on {found.reference}: {_way(ways)}", as_json)


def _way(ways: Ways) -> str:
    if ways.way is None:
        return f"kept on the case, for no way is connected for “{ways.channel or 'no channel named'}”."
    return f"it goes over {ways.way.name}."


def _case(actor: Actor, name: str) -> Case:
    """Return a case by id or reference. Raises `NotFound` (`case.not_found`)."""
    from caseway.access.scope import scope
    from caseway.cases.models import Case
    from caseway.core.errors import NotFound

    try:
        wanted: dict[str, object] = {"id": UUID(name)}
    except ValueError:
        wanted = {"reference": name}
    with scope(actor.organisation_id):
        found = Case.objects.filter(**wanted).first()
    if found is None:
        raise NotFound(f"There is no case “{name}”.", code="case.not_found")
    return found


def _files(paths: Sequence[Path]) -> Iterator[IncomingFile]:
    from caseway.intake.files import IncomingFile

    for number, path in enumerate(paths, 1):
        media_type = mimetypes.guess_type(path.name)[0] or ""
        yield IncomingFile(f"f{number}", path.name, media_type, _pieces(path))


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while piece := stream.read(PIECE):
            yield piece


COMMANDS = {"answer": app}
