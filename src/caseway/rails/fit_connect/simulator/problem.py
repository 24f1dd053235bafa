"""What goes wrong, as the wire shows it: RFC 7807 `application/problem+json` (OpenAPI `Error`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from caseway.testing.simulator import Response, json_bytes

BASE = "https://schema.fitko.de/fit-connect/submission-api/problems/"
ROUTING_BASE = "https://schema.fitko.de/fit-connect/routing-api/problems/"
MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """An answer that is not a success. `slug` is the last part of the problem's type."""

    def __init__(
        self,
        status: int,
        slug: str,
        title: str,
        detail: str = "",
        *,
        headers: Iterable[tuple[str, str]] = (),
        base: str = BASE,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.slug = slug
        self.title = title
        self.detail = detail
        self.headers = list(headers)
        self.base = base

    def response(self) -> Response:
        """Return the problem as the wire shows it."""
        body: dict[str, Any] = {"type": self.base + self.slug, "title": self.title, "status": self.status}
        if self.detail:
            body["detail"] = self.detail
        return Response(self.status, [("Content-Type", MEDIA_TYPE), *self.headers], json_bytes(body))


def bad_request(detail: str) -> Problem:
    """400: the request cannot be read as what the specification says."""
    return Problem(400, "bad-request", "Bad request", detail)


def unauthorized(detail: str = "The access token is missing, unknown or expired.") -> Problem:
    """401 with the challenge of RFC 6750."""
    return Problem(
        401,
        "unauthorized",
        "Unauthorized",
        detail,
        headers=[("WWW-Authenticate", 'Bearer realm="fit-connect", error="invalid_token"')],
    )


def forbidden(detail: str) -> Problem:
    """403: the client is known and may not."""
    return Problem(403, "forbidden", "Forbidden", detail)


def not_found(what: str) -> Problem:
    """404 with the slug of the kind, such as `submission-not-found`."""
    return Problem(
        404, f"{what}-not-found", f"{what.capitalize()} not found", f"There is no such {what} for you."
    )


def conflict(detail: str) -> Problem:
    """409: the state of the submission does not allow this."""
    return Problem(409, "invalid-state-transition", "Invalid state transition", detail)


def too_large(detail: str) -> Problem:
    """413: a limit of size or number is passed."""
    return Problem(413, "payload-too-large", "Request entity too large", detail)


def unsupported_media_type(wanted: str) -> Problem:
    """415: the body has another type than the specification says."""
    return Problem(415, "unsupported-media-type", "Unsupported media type", f"Send {wanted}.")


def unprocessable(slug: str, title: str, detail: str = "") -> Problem:
    """422: readable, and wrong."""
    return Problem(422, slug, title, detail)
