"""`caseway submit`: hand in an application over HTTP, as any form portal does."""

from __future__ import annotations

import json
import mimetypes
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import typer

from caseway.cli.output import Json, say
from caseway.core.errors import CasewayError, Invalid, NotPermitted, Unavailable

app = typer.Typer(add_completion=False)


@app.command()
def submit(
    files: list[Path] = typer.Argument(help="Files, the application first.", exists=True, dir_okay=False),
    form: str = typer.Option("", help="Id of the form."),
    service: str = typer.Option("", help="Id of the service."),
    service_name: str = typer.Option("", help="Name of the service."),
    data: Path = typer.Option(None, help="JSON file with the submission; other options override it."),
    structured: Path = typer.Option(None, help="The structured file (XML or JSON) among the files."),
    key: str = typer.Option("", help="Idempotency key; default: a new one."),
    url: str = typer.Option("http://127.0.0.1:8000", envvar="CASEWAY_URL", help="Where Caseway is."),
    client_id: str = typer.Option("", envvar="CASEWAY_CLIENT_ID", help="Client that hands in."),
    client_secret: str = typer.Option("", envvar="CASEWAY_CLIENT_SECRET", help="Its secret."),
    as_json: Json = False,
) -> None:
    """Hand in an application with its files; prints what it is called here."""
    from caseway.core.ids import uuid7

    submission = json.loads(data.read_text(encoding="utf-8")) if data else {}
    if form:
        submission.setdefault("form", {})["id"] = form
    if service or service_name:
        submission["service"] = {"id": service, "name": service_name or service}
    submission.setdefault("documents", [_described(n, file, structured) for n, file in enumerate(files)])
    stored = _post(url, (client_id, client_secret), key or str(uuid7()), submission, files)
    say(stored, f"Accepted as {stored['reference']} ({stored['id']}).", as_json)


def _described(number: int, file: Path, structured: Path | None) -> dict[str, Any]:
    if structured is not None and file.resolve() == structured.resolve():
        role = "structured"
    else:
        role = "application" if number == 0 else "attachment"
    return {"part": f"f{number + 1}", "role": role, "title": file.name}


def _post(
    url: str, client: tuple[str, str], key: str, submission: dict[str, Any], files: list[Path]
) -> dict[str, Any]:
    import httpx2

    try:
        with httpx2.Client(base_url=url, timeout=300, trust_env=False) as http, ExitStack() as opened:
            token = http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=client)
            if token.status_code != 200:
                raise NotPermitted(
                    "The client got no token.",
                    code="submit.no_token",
                    remedy="Set CASEWAY_CLIENT_ID and CASEWAY_CLIENT_SECRET.",
                )
            parts: list[tuple[str, Any]] = [
                ("submission", ("submission.json", json.dumps(submission).encode(), "application/json"))
            ]
            for number, file in enumerate(files, 1):
                media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
                parts.append((f"f{number}", (file.name, opened.enter_context(file.open("rb")), media_type)))
            answer = http.post(
                "/api/v1/submissions",
                files=parts,
                headers={
                    "Idempotency-Key": key,
                    "Authorization": f"Bearer {token.json()['access_token']}",
                },
            )
    except httpx2.TransportError as error:
        raise Unavailable(
            f"Caseway does not answer at {url}.",
            code="submit.unreachable",
            remedy=f"Is it up? Hand in again with --key {key}; nothing is stored twice.",
        ) from error
    return _understood(answer.status_code, answer.json())


def _understood(status: int, answer: dict[str, Any]) -> dict[str, Any]:
    if status < 300:
        return answer
    error = Invalid if status < 500 else CasewayError
    raise error(
        str(answer.get("detail") or answer.get("title")),
        code=str(answer.get("code", "submit.refused")),
        remedy=str(answer.get("remedy", "")),
    )


COMMANDS = {"submit": app}
