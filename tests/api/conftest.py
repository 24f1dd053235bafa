"""A sender with a token, and requests as they go over the wire."""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.test import Client as Browser

from caseway.access.models import Organisation
from caseway.testing.tokens import issue_token

BOUNDARY = "grenze"
File = tuple[str, str, str, bytes]  # part, file name, media type, content


def multipart(submission: Any, files: Iterable[File] = ()) -> bytes:
    """Return a multipart body: the JSON part first, then the files; bytes go in as they are."""
    said = submission if isinstance(submission, bytes) else json.dumps(submission).encode()
    body = io.BytesIO()
    for name, filename, media_type, content in [("submission", "", "application/json", said), *files]:
        shown = f'; filename="{filename}"' if filename else ""
        kind = f"Content-Type: {media_type}\r\n" if media_type else ""
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{shown}\r\n{kind}\r\n'
        body.write(head.encode() + content + b"\r\n")
    body.write(f"--{BOUNDARY}--\r\n".encode())
    return body.getvalue()


class Sender:
    """A system of one organisation that speaks to the REST door."""

    def __init__(self, token: str) -> None:
        self.token = token
        self._browser = Browser(SERVER_NAME="localhost", raise_request_exception=False)

    def submit(
        self, submission: Any = None, files: Iterable[File] = (), *, key: str | None = None, **headers: str
    ) -> Any:
        """Send a submission under a new key, or under the key given ("" sends none)."""
        return self.send_body(multipart(submission or {}, files), key=key, **headers)

    def send_body(
        self, body: bytes, *, key: str | None = None, content_type: str = "", **headers: str
    ) -> Any:
        """Send any bytes as the body of a submission."""
        key = str(uuid.uuid4()) if key is None else key
        named = {"Idempotency-Key": key} if key else {}
        return self.call(
            "POST",
            "submissions",
            body,
            content_type=content_type or f"multipart/form-data; boundary={BOUNDARY}",
            **named,
            **headers,
        )

    def call(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        content_type: str = "application/json",
        **headers: str,
    ) -> Any:
        """Send any request; `path` is below /api/v1/ unless it begins with a slash."""
        address = path if path.startswith("/") else f"/api/v1/{path}"
        authorization = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        return self._browser.generic(
            method, address, body, content_type, headers={**authorization, **headers}
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)


@pytest.fixture
def sender(organisation: Organisation) -> Sender:
    """A system that may do everything a system can."""
    return Sender(issue_token(organisation))


@pytest.fixture
def sender_of(db: None) -> Callable[..., Sender]:
    """Makes senders of any organisation, with any scopes."""
    return lambda organisation, *scopes: Sender(
        issue_token(organisation, scopes) if scopes else issue_token(organisation)
    )
