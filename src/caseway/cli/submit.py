"""`caseway submit`: hand in an application over HTTP, as any form portal does."""

from __future__ import annotations

import json
import mimetypes
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from caseway.cli.output import Json, say
from caseway.core.errors import CasewayError, Invalid, NotPermitted, Unavailable

if TYPE_CHECKING:
    import httpx2

_OPEN = ("waiting", "transmitting", "unknown", "sent")

app = typer.Typer(add_completion=False)


@app.command()
def submit(
    files: list[Path] = typer.Argument(help="Files, the application first.", exists=True, dir_okay=False),
    form: str = typer.Option("", help="Id of the form."),
    service: str = typer.Option("", help="Id of the service."),
    service_name: str = typer.Option("", help="Name of the service."),
    data: Path = typer.Option(None, help="JSON file with the submission; other options override it."),
    structured: Path = typer.Option(None, help="The structured file (XML or JSON) among the files."),
    via: str = typer.Option("", help="Channel to hand it in on, such as fit-connect; its routes decide."),
    leika: str = typer.Option("", help="Key of the service in the catalogue (LeiKa), 14 digits."),
    region: str = typer.Option("", help="ARS or AGS of the place it is about."),
    reply_to: str = typer.Option("", help="E-mail address the applicant wants to be answered at."),
    wait: float = typer.Option(0, help="Seconds to wait for what becomes of it (scope deliveries:read)."),
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
    if service or service_name or leika:
        submission["service"] = {"id": service, "name": service_name or service, "leikaId": leika}
    if reply_to:
        submission["reply"] = {"channel": "email", "address": reply_to}
    submission |= {name: value for name, value in (("channel", via), ("region", region)) if value}
    submission.setdefault("documents", [_described(n, file, structured) for n, file in enumerate(files)])
    with _door(url, (client_id, client_secret), key or str(uuid7()), waits=wait > 0) as door:
        stored = door.post(submission, files)
        if wait > 0:
            stored = door.wait(stored["id"], wait)
    say(stored, _words(stored), as_json)


def _described(number: int, file: Path, structured: Path | None) -> dict[str, Any]:
    if structured is not None and file.resolve() == structured.resolve():
        role = "structured"
    else:
        role = "application" if number == 0 else "attachment"
    return {"part": f"f{number + 1}", "role": role, "title": file.name}


@dataclass(frozen=True)
class _Door:
    """The REST API with a token, and the key of this one submission."""

    http: httpx2.Client
    headers: Mapping[str, str]
    key: str

    def post(self, submission: dict[str, Any], files: list[Path]) -> dict[str, Any]:
        """Hand in, and return what the API says of it."""
        with ExitStack() as opened:
            parts: list[tuple[str, Any]] = [
                ("submission", ("submission.json", json.dumps(submission).encode(), "application/json"))
            ]
            for number, file in enumerate(files, 1):
                media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
                parts.append((f"f{number}", (file.name, opened.enter_context(file.open("rb")), media_type)))
            headers = {**self.headers, "Idempotency-Key": self.key}
            answer = self.http.post("/api/v1/submissions", files=parts, headers=headers)
        return _understood(answer.status_code, answer.json())

    def wait(self, submission_id: str, seconds: float) -> dict[str, Any]:
        """Ask what became of it until every delivery has come to an end or the time is over."""
        end = time.monotonic() + seconds
        while True:
            answer = self.http.get(f"/api/v1/submissions/{submission_id}", headers=self.headers)
            told = _understood(answer.status_code, answer.json())
            open_ = [one for one in told["deliveries"] if one["state"] in _OPEN]
            if not open_ or time.monotonic() >= end:
                return told
            time.sleep(0.5)


@contextmanager
def _door(url: str, client: tuple[str, str], key: str, *, waits: bool) -> Iterator[_Door]:
    import httpx2

    try:
        with httpx2.Client(base_url=url, timeout=300, trust_env=False) as http:
            token = http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=client)
            if token.status_code != 200:
                raise NotPermitted(
                    "The client got no token.",
                    code="submit.no_token",
                    remedy="Set CASEWAY_CLIENT_ID and CASEWAY_CLIENT_SECRET.",
                )
            told = token.json()
            if waits and "deliveries:read" not in str(told.get("scope", "")).split():
                raise NotPermitted(
                    "The client may hand in, but not see what becomes of it.",
                    code="submit.may_not_wait",
                    remedy="Register it with --scope deliveries:read too, or hand in without --wait.",
                )
            yield _Door(http, {"Authorization": f"Bearer {told['access_token']}"}, key)
    except httpx2.TransportError as error:
        raise Unavailable(
            f"Caseway does not answer at {url}.",
            code="submit.unreachable",
            remedy=f"Is it up? Hand in again with --key {key}; nothing is stored twice.",
        ) from error


def _words(stored: dict[str, Any]) -> str:
    lines = [f"Accepted as {stored['reference']} ({stored['id']})."]
    for one in stored.get("deliveries") or []:
        words = f": {one['sentence']}" if one.get("sentence") else ""
        lines.append(f"  {one['connection']}: {one['state']}{words}")
    return "\n".join(lines)


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
